#!/bin/bash
# SPDX-License-Identifier: MIT
# An image whose content is replaced in place shows its old content through a loop device, for as long as
# anybody has the device open.
#
# Guess: the device is a view of the file, and reads through the file's cache; at the latest after sync(1),
# or for a program that opens the device anew, both are the same.
# Found: the device has a cache of its own, which knows nothing of writes to the file; what was once read
# comes from there.  It goes when the last who has the device open closes it (a mounted file system never
# does), with blockdev --flushbufs, or under memory pressure: page by page, so that old and new are mixed.
# Two loop devices of one image differ in the same way.
# Matters: restoring a backup over an attached image, cp --reflink included, seems to have done nothing;
# then the guest writes old blocks among the new.
# Versions: coreutils 9.1, util-linux 2.38.1; btrfs, XFS, ext4 of Linux 6.18.
. "$(dirname "$0")/common"
packages coreutils=9.1-1 util-linux=2.38.1-5+deb12u3
differing() { { cmp -l image "$device" || true; } | wc -l; }
guess "0 bytes of 4 MiB differ between device and file"
for type in btrfs xfs ext4; do
    disk "$type" "mkfs.$type"
    cd "$scratch/$type"
    noise 4 0 image
    noise 4 0 backup
    device=$(losetup --show -f image)
    exec 7<"$device"
    cmp -s image "$device" || cannot "they differ before"
    cp --reflink=auto backup image
    sync
    a=$(differing)
    seen "$type: after cp over the image and sync $a bytes differ" "$a" -gt 4000000
    blockdev --flushbufs "$device"
    a=$(differing)
    seen "$type: after blockdev --flushbufs $a" "$a" = 0
    exec 7<&-
    losetup -d "$device"
done
