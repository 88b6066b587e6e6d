#!/bin/bash
# SPDX-License-Identifier: MIT
# mkfs.xfs -f, wipefs -a and mkfs.vfat overwrite an image that is mounted; mke2fs -F, mkfs.btrfs -f, mkswap don't.
#
# Guess: whoever makes a file system looks whether it is mounted; or, since it is a file and not the loop
# device that is, none of them sees it.
# Found: three find it, follow the loop device to its file, a hard link of it, too, and refuse with any force;
# the others look at devices alone, and exit 0.  wipefs needs no force with a file, as it does with the device.
# Matters: "-f" stands in every recipe, for the old file system that is there; it doesn't say that nobody uses it.
# Versions: xfsprogs 6.1.0, util-linux 2.38.1, dosfstools 4.2, e2fsprogs 1.47.0, btrfs-progs 6.2; Linux 6.18.
. "$(dirname "$0")/common"
packages xfsprogs=6.1.0-1 util-linux=2.38.1-5+deb12u3 dosfstools=4.2-1 e2fsprogs=1.47.0-2+b2 \
    btrfs-progs=6.2-1+deb12u2
disk ext4 mkfs.ext4
cd "$scratch/ext4"
mkdir mounted

# tried COMMAND...: its exit status with an image that is mounted, and what came of the image.
tried() {
    local status=0 before
    rm -f image link
    truncate -s 400M image
    mkfs.ext4 -q image
    ln image link
    mount -o loop image mounted
    sync
    before=$(sha256sum <image)
    "$@" >/dev/null 2>&1 </dev/null || status=$?
    if [ "$(sha256sum <image)" = "$before" ]; then result="exit $status, as before"; else result="exit $status, overwritten"; fi
    umount mounted
}
guess "all exit 1, as before"
for command in "mkfs.xfs -q -f image" "wipefs -a image" "mkfs.vfat image"; do
    # shellcheck disable=SC2086 # words
    tried $command
    seen "$command: $result" "$result" = "exit 0, overwritten"
done
for command in "mke2fs -q -F -t ext4" "mkfs.btrfs -q -f" "mkswap -f"; do
    for name in image link; do
        # shellcheck disable=SC2086
        tried $command $name
        seen "$command $name: $result" "$result" = "exit 1, as before"
    done
done
