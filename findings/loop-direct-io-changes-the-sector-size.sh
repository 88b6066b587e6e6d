#!/bin/bash
# SPDX-License-Identifier: MIT
# losetup --direct-io=on may give the device sectors of 4096 bytes, and then the image's partition
# table isn't found and its file system can't be mounted.
#
# Guess: direct I/O is a matter of speed; where it can't be done with sectors of 512 bytes, losetup
# refuses, or the device goes through the page cache.
# Found: on a file system whose device has sectors of 4096 bytes, the loop device made with direct I/O
# gets that logical sector size as well (drivers/block/loop.c, loop_default_blocksize).  A GPT lies at
# sector 1, so it is gone (blkid sees a protective MBR only); ext4 with blocks of 1 KiB doesn't mount.
# Switching direct I/O on later is refused.
# Matters: an image that works on one host doesn't on another, whose disk has larger sectors.
# Versions: util-linux 2.38.1, Linux 6.18.
. "$(dirname "$0")/common"
packages fdisk=2.38.1-5+deb12u3 mount=2.38.1-5+deb12u3 util-linux=2.38.1-5+deb12u3 e2fsprogs=1.47.0-2+b2
cd "$scratch"
mkdir big inner
truncate -s 1G big.disk
big=$(losetup --show -f --sector-size 4096 big.disk)
mkfs.xfs -q "$big"
mount "$big" big
cd big
guess "512 either way, or a refusal"
truncate -s 64M parted.img small.img
printf 'label: gpt\n,20M\n' | sfdisk -q parted.img
mkfs.ext4 -q -b 1024 small.img
probe() { # probe FILE [OPTION]: set size, table, mounts
    device=$(losetup --show -f "${@:2}" "$1")
    size=$(blockdev --getss "$device")
    table=$(blkid -p -o value -s PTTYPE "$device" || true)
    mounts=no
    if mount "$device" ../inner 2>/dev/null; then mounts=yes; umount ../inner; fi
    losetup -d "$device"
}
probe parted.img
seen "buffered: sectors of $size, table $table" "$size $table" = "512 gpt"
probe parted.img --direct-io=on
seen "direct: sectors of $size, table $table" "$size $table" = "4096 PMBR"
probe small.img
seen "buffered: ext4 with blocks of 1 KiB mounts: $mounts" "$mounts" = yes
probe small.img --direct-io=on
seen "direct: ext4 with blocks of 1 KiB mounts: $mounts" "$mounts" = no
device=$(losetup --show -f small.img)
later=0
losetup --direct-io=on "$device" 2>/dev/null || later=$?
losetup -d "$device"
seen "direct I/O switched on later: exit $later" "$later" -ne 0
