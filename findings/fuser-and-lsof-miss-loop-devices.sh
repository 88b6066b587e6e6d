#!/bin/bash
# SPDX-License-Identifier: MIT
# fuser and lsof say that nobody uses an image that a loop device has open and a file system is mounted from.
#
# Guess: both look for whoever uses a file, the kernel included: fuser lists "kernel" for mounts and swap.
# Found: they look through /proc/PID; the file is open in the kernel, without a process.  Exit 1, nothing
# printed, as for a file that is free.  losetup -j knows, and so does a lease (fcntl F_SETLEASE).
# Matters: "fuser image || rm image" removes the disk of a running guest.
# Versions: psmisc 23.6, lsof 4.95.0, util-linux 2.38.1; btrfs, XFS, ext4 of Linux 6.18.
. "$(dirname "$0")/common"
packages psmisc=23.6-1 lsof=4.95.0-1 util-linux=2.38.1-5+deb12u3
guess "exit 0, with something about the loop device or the mount"
for type in btrfs xfs ext4; do
    disk "$type" "mkfs.$type"
    cd "$scratch/$type"
    truncate -s 64M image
    mkfs.ext4 -q image
    mkdir mounted
    mount -o loop image mounted
    a=0 b=0
    said=$(fuser image 2>/dev/null) || a=$?
    said+=$(lsof image 2>/dev/null) || b=$?
    seen "$type: fuser exits $a, lsof $b, they print '$said'" "$a $b $said" = "1 1 "
    a=$(losetup -j image | wc -l)
    seen "$type: losetup -j finds $a" "$a" = 1
    exec 7<image
    a=0
    said=$(fuser image 2>/dev/null) || a=$?
    seen "$type: a process that has it open: fuser exits $a" "$a" = 0
    exec 7<&-
    umount mounted
done
