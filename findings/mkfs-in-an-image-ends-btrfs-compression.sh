#!/bin/bash
# SPDX-License-Identifier: MIT
# Once mkfs.ext4 or mkfs.xfs has run on an image on btrfs, nothing written to that image is compressed.
#
# Guess: files take compression from their directory; what is in them, a file system, doesn't matter.
# Found: both zero some MiB with fallocate(2) (FALLOC_FL_ZERO_RANGE), and one preallocated range, be it of
# 4 KiB, sets a flag of the inode (PREALLOC, in "btrfs inspect-internal dump-tree") that makes all later writes to
# any place of the file go where nothing is compressed.  Neither mount -o compress-force nor cutting the file to 0
# bytes helps, and lsattr shows no difference.  A reflink has the same blocks and not the flag.
# Matters: images are the very files that meet mkfs, at the host or in the guest (a loop device passes zeroing
# on), so a pool with compression takes full size.  Clone each image once after mkfs.
# Versions: btrfs-progs 6.2, e2fsprogs 1.47.0, xfsprogs 6.1.0, util-linux 2.38.1, Linux 6.18.
. "$(dirname "$0")/common"
packages btrfs-progs=6.2-1+deb12u2 e2fsprogs=1.47.0-2+b2 xfsprogs=6.1.0-1 util-linux=2.38.1-5+deb12u3
disk btrfs mkfs.btrfs
cd "$scratch/btrfs"
mkdir pool
btrfs property set pool compression zstd

# compressed FILE: how many of 256 pieces are, after 32 MiB of one letter were written at 300 MiB.
compressed() {
    head -c 32M /dev/zero | tr "\0" x | dd of="$1" bs=1M seek=300 conv=notrunc iflag=fullblock status=none
    sync "$1"
    filefrag -v "$1" | grep -c encoded || true
}

for image in plain ext4 xfs loop fallocate; do truncate -s 400M pool/$image; done
guess "256 of 256 pieces, each time"
a=$(compressed pool/plain)
seen "truncate: $a" "$a" -eq 256
mkfs.ext4 -q pool/ext4
a=$(compressed pool/ext4)
seen "mkfs.ext4: $a" "$a" -eq 0
mkfs.xfs -q pool/xfs
a=$(compressed pool/xfs)
seen "mkfs.xfs: $a" "$a" -eq 0
device=$(losetup --show -f pool/loop)
mkfs.ext4 -q "$device"
losetup -d "$device"
a=$(compressed pool/loop)
seen "mkfs.ext4 on a loop device: $a" "$a" -eq 0
fallocate -l 4096 pool/fallocate
a=$(compressed pool/fallocate)
seen "fallocate of 4 KiB: $a" "$a" -eq 0
b=$(lsattr pool/plain | cut -d ' ' -f 1) c=$(lsattr pool/ext4 | cut -d ' ' -f 1)
seen "lsattr: $b, $c" "$b" = "$c"
cp --reflink=always pool/ext4 pool/clone
a=$(compressed pool/clone)
seen "a reflink of the second one: $a" "$a" -eq 256
mount -o remount,compress-force=zstd .
truncate -s 0 pool/ext4
a=$(compressed pool/ext4)
seen "the second one again, emptied, with compress-force: $a" "$a" -eq 0
