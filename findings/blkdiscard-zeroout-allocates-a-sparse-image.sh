#!/bin/bash
# SPDX-License-Identifier: MIT
# blkdiscard -z, which zeroes a block device, allocates all of a sparse image beneath a loop device.
#
# Guess: zeros over a hole stay a hole, or are made one; the loop device knows how to punch.
# Found: the kernel is told to keep what was provisioned, so that the loop device makes fallocate(2) with
# doesn't see that, since what was never written isn't read as zeros; plain blkdiscard gives it back.
# Matters: wiping a thin disk before use, as installers and backup programs do, costs its whole size at the
# host; and of a reflink it breaks all sharing, where a discard would have cost nothing.
# Versions: util-linux 2.38.1, Linux 6.18 (XFS, btrfs, ext4).
. "$(dirname "$0")/common"
packages util-linux=2.38.1-5+deb12u3
disk xfs mkfs.xfs
disk btrfs mkfs.btrfs
disk ext4 mkfs.ext4

guess "64 MiB that were never written take nothing after they were zeroed"
for fs in xfs btrfs ext4; do
    image=$scratch/$fs/image
    truncate -s 64M "$image"
    loop=$(losetup -f --show "$image")
    blkdiscard -z "$loop"
    seen "$fs: all of it is allocated: $(allocated "$image") KiB" "$(allocated "$image")" -ge 65536
    blkdiscard "$loop"
    seen "$fs: blkdiscard without -z leaves $(allocated "$image") KiB" "$(allocated "$image")" -le 64
    losetup -d "$loop"
done
