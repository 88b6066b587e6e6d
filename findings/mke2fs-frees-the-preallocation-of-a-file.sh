#!/bin/bash
# SPDX-License-Identifier: MIT
# mkfs.ext4 on a preallocated image file makes it sparse; mkfs.xfs and mkfs.btrfs leave it allocated.
#
# Guess: discarding is for devices; a file that fallocate(1) filled stays so under mkfs.
# Found: mke2fs "discards" a regular file by punching one hole over all of it (-E nodiscard prevents
# that).  The two others, on the same file, give nothing back.
# Matters: space was set aside so that the guest can never meet ENOSPC, and it is gone without a word.
# Versions: e2fsprogs 1.47.0, xfsprogs 6.1.0, btrfs-progs 6.2.
. "$(dirname "$0")/common"
packages e2fsprogs=1.47.0-2+b2 xfsprogs=6.1.0-1 btrfs-progs=6.2-1+deb12u2
disk ext4 mkfs.ext4
cd "$scratch/ext4"
guess "all three file systems leave 512 MiB allocated"
for type in ext4 xfs btrfs; do
    fallocate -l 512M "$type.img"
    "mkfs.$type" -q "$type.img" >/dev/null 2>&1
done
a=$(allocated ext4.img) b=$(allocated xfs.img) c=$(allocated btrfs.img)
seen "after mkfs.ext4 $a KiB are left" "$a" -lt 65536
seen "after mkfs.xfs $b KiB" "$b" -ge 524288
seen "after mkfs.btrfs $c KiB" "$c" -ge 524288
rm ext4.img
fallocate -l 512M ext4.img
mkfs.ext4 -q -E nodiscard ext4.img
a=$(allocated ext4.img)
seen "after mkfs.ext4 -E nodiscard $a KiB" "$a" -ge 524288
