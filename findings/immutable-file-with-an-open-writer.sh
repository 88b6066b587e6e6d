#!/bin/bash
# SPDX-License-Identifier: MIT
# chattr +i on a file that somebody has open for writing stops the writer on ext4, not on btrfs and XFS.
#
# Guess: the attribute is looked at when a file is opened, on all file systems: an open writer goes on.
# Found: ext4 looks again at each write (ext4_write_checks): EPERM in mid-file.  With a loop device as the
# writer the guest's flushes fail with I/O errors.  btrfs and XFS let it write on for as long as it likes.
# Matters: +i to protect a base image either breaks a VM that runs, or protects nothing, by file system.
# Versions: e2fsprogs 1.47.0, btrfs, XFS, ext4 of Linux 6.18.
. "$(dirname "$0")/common"
packages e2fsprogs=1.47.0-2+b2
before_cleaning() { chattr -f -i "$scratch"/{btrfs,xfs,ext4}/{file,image} 2>/dev/null; }
guess "written, by the descriptor and by the loop device, on all three"
for type in btrfs xfs ext4; do
    disk "$type" "mkfs.$type"
    cd "$scratch/$type"
    exec 7>>file
    truncate -s 16M image
    device=$(losetup --show -f image)
    chattr +i file image
    a=written b=written
    echo line 2>/dev/null >&7 || a=refused
    dd if=/dev/urandom of="$device" bs=1M count=1 conv=fsync status=none 2>/dev/null || b=refused
    chattr -i file image
    exec 7>&-
    losetup -d "$device"
    expected=written
    [ "$type" = ext4 ] && expected=refused
    seen "$type: descriptor $a, loop device $b" "$a $b" = "$expected $expected"
done
