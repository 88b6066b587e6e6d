#!/bin/bash
# SPDX-License-Identifier: MIT
# A reflink of a btrfs image can be mounted beside its original, and has a UUID that is nowhere on disk.
#
# Guess: two devices with one UUID: the second mount is refused, or shows the first file system; so one
# runs btrfstune -u before.
# Found: since 6.7 the kernel gives the second one a random UUID for as long as it is mounted
# (/sys/fs/btrfs/UUID/temp_fsid is 1).  Both are separate file systems; blkid, which reads the device,
# still tells the same UUID of both, "btrfs filesystem show" of the mount tells the temporary one.
# Matters: who finds the mount of an image by UUID gets the other one, or none; and the same
# commands do something else on the kernels before 6.7 that are still about.
# Versions: btrfs-progs 6.2, util-linux 2.38.1, Linux 6.18.
. "$(dirname "$0")/common"
packages btrfs-progs=6.2-1+deb12u2 util-linux=2.38.1-5+deb12u3
disk xfs mkfs.xfs
cd "$scratch"
mkdir one two
guess "refused, or a write to the one is seen in the other"
truncate -s 300M xfs/image
mkfs.btrfs -q xfs/image >/dev/null
mount -o loop xfs/image one
echo original >one/file
sync
cp --reflink=always xfs/image xfs/clone
status=0
mount -o loop xfs/clone two || status=$?
seen "second mount: exit $status" "$status" -eq 0
echo changed >two/file
a=$(cat one/file two/file | tr '\n' ' ')
seen "the two files: $a" "$a" = "original changed "
one=$(blkid -p -o value -s UUID xfs/image) two=$(blkid -p -o value -s UUID xfs/clone)
shown=$(btrfs filesystem show two | sed -n 's/.*uuid: //p')
temporary=$(cat "/sys/fs/btrfs/$shown/temp_fsid")
seen "UUID on disk is the same: $one $two" "$one" = "$two"
seen "UUID of the second mount is another: $shown" "$shown" != "$one"
seen "temp_fsid of it: $temporary" "$temporary" -eq 1
