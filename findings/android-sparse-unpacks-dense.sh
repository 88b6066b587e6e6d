#!/bin/bash
# SPDX-License-Identifier: MIT
# simg2img unpacks a sparse image ("Android sparse") to a file without a single hole.
#
# Guess: a format named for its holes gives them back; img2simg stores none of the zeros.
# Found: simg2img writes what the format calls a fill, of zeros here, byte for byte: all blocks are
# allocated.  img2simg finds zeros by looking at each block, and never asks where the holes are.
# Matters: a flash image of a 64 GiB device takes 64 GiB after unpacking; fallocate -d gets it back.
# Versions: android-sdk-libsparse-utils 29.0.6; ext4 and btrfs of Linux 6.18.
. "$(dirname "$0")/common"
packages android-sdk-libsparse-utils=1:29.0.6-28 android-libsparse=1:29.0.6-28 android-libbase=1:29.0.6-28 \
    android-liblog=1:29.0.6-28 android-libbacktrace=1:29.0.6-28
export LD_LIBRARY_PATH="$LD_LIBRARY_PATH:$scratch/root/usr/lib/x86_64-linux-gnu/android"
PATH="$PATH:$scratch/root/usr/lib/android-sdk/platform-tools"
guess "image, packed and unpacked take 1024 KiB each, and little more"
for type in ext4 btrfs; do
    disk "$type" "mkfs.$type"
    cd "$scratch/$type"
    truncate -s 64M image
    noise 1 8 image
    img2simg image packed >/dev/null
    simg2img packed unpacked
    cmp image unpacked || cannot "it came back otherwise"
    a=$(allocated image) b=$(allocated packed) c=$(allocated unpacked)
    seen "$type: image $a KiB, packed $b, unpacked $c" "$a" -lt 1100 -a "$b" -lt 1100 -a "$c" -ge 65536
done
