#!/bin/bash
# SPDX-License-Identifier: MIT
# A btrfs quota with room for an image refuses that the image is overwritten in place.
#
# Guess: overwriting 1 MiB at a time, each made durable, frees what it takes; 60 MiB fit a limit of 64.
# Found: EDQUOT after 3 MiB.  An extent stays as a whole, and is charged as a whole, until the last block of it
# was replaced, and what is copied in one go has extents of up to 128 MiB.  The same image, written in
# pieces of 1 MiB, can be overwritten from end to end.  du says 60 MiB all the while.
# Matters: an image restored below its limit gives its guest I/O errors later, and neither du nor the size of
# the image tells why.
# Versions: btrfs-progs 6.2, Linux 6.18.
. "$(dirname "$0")/common"
packages btrfs-progs=6.2-1+deb12u2
disk btrfs mkfs.btrfs
cd "$scratch/btrfs"
btrfs quota enable .
btrfs -q subvolume create volume
btrfs qgroup limit 64M volume
# MiB that the quota counts for the subvolume.
charged() { btrfs qgroup show -r --raw --sync volume | awk 'END { print int($2 / 1048576) }'; }
# piece N: a new MiB number N.
piece() { dd if=/dev/urandom of=volume/image bs=1M count=1 seek="$1" conv=notrunc,fsync status=none; }
# overwrite: how many MiB of the image, from its start, before there is an error.
overwrite() {
    reason='' done=0
    for i in $(seq 0 59); do
        reason=$(piece "$i" 2>&1 | grep -o 'Disk quota exceeded' || true)
        [ -z "$reason" ] || break
        done=$((done + 1))
    done
}

guess "60 MiB are overwritten, both times"
noise 60 0 volume/image
sync volume/image
a=$(charged)
overwrite
seen "written in one go, $a MiB charged: $done MiB overwritten, then: $reason" "$done" -le 8 -a -n "$reason"
device=$(losetup --show -f volume/image)
reason=$(dd if=/dev/urandom of="$device" bs=1M count=60 conv=fsync 2>&1 | grep -o 'Input/output error' || true)
losetup -d "$device"
seen "overwritten through a loop device: $reason" "$reason" = "Input/output error"
a=$(($(allocated volume/image) / 1024)) b=$(charged)
seen "du $a MiB, charged $b MiB" "$a" -eq 60 -a "$b" -gt 60
rm volume/image
btrfs filesystem sync .
for i in $(seq 0 59); do piece "$i"; done
a=$(charged)
overwrite
seen "written in pieces, $a MiB charged: $done MiB overwritten" "$done" -eq 60
