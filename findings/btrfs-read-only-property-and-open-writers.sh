#!/bin/bash
# SPDX-License-Identifier: MIT
# A btrfs subvolume made read-only by its property goes on changing under whoever has a file open.
#
# Guess: EBUSY while there are writers, as remounting read-only gives; or their writes fail from then on.
# Found: "btrfs property set SUBVOLUME ro true" succeeds, new opens for writing get EROFS, and an open
# descriptor or a loop device writes on, durably.  A snapshot taken with -r is frozen from the start.
# Matters: a "read-only" subvolume isn't a state of its images as long as somebody has them open.
# Versions: btrfs-progs 6.2, Linux 6.18.
. "$(dirname "$0")/common"
packages btrfs-progs=6.2-1+deb12u2
disk btrfs mkfs.btrfs
cd "$scratch"
guess "EBUSY, or the image keeps its contents"
btrfs -q subvolume create btrfs/volume
truncate -s 16M btrfs/volume/image
noise 1 0 new
device=$(losetup --show -f btrfs/volume/image)
status=0
btrfs property set btrfs/volume ro true || status=$?
seen "property set with a loop device attached: exit $status" "$status" -eq 0
opened=yes
{ exec 7<>btrfs/volume/image; } 2>/dev/null || opened=no
seen "a new open for writing: $opened" "$opened" = no
status=0
dd if=new of="$device" bs=1M conv=fsync status=none || status=$?
losetup -d "$device"
umount btrfs
mount -o loop btrfs.disk btrfs
property=$(btrfs property get btrfs/volume ro)
written=no
cmp -n 1048576 new btrfs/volume/image && written=yes
seen "after a write by the loop device and a remount: $property, image has it: $written" \
    "$status $property $written" = "0 ro=true yes"
