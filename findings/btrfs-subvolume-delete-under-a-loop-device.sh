#!/bin/bash
# SPDX-License-Identifier: MIT
# btrfs subvolume delete takes an image away that is mounted, and nothing says afterwards that it is gone.
#
# Guess: EBUSY, as when a file system is unmounted, or a subvolume that is a mount point is deleted; else at least
# "(deleted)" behind the name in losetup -a and /proc/PID/fd, as after rm.
# Found: exit 0; loop device, mount and open files go on with what has no name any more, and the kernel
# goes on to tell the old name, plain.  After rm it is "(deleted)".
# Matters: a pool, or a VM's directory, that is a subvolume goes while VMs run; who looks for removed images by
# that word takes them for present, and detaching the device drops all.
# Versions: btrfs-progs 6.2, util-linux 2.38.1; Linux 6.18.
. "$(dirname "$0")/common"
packages btrfs-progs=6.2-1+deb12u2 util-linux=2.38.1-5+deb12u3
disk btrfs mkfs.btrfs
cd "$scratch/btrfs"
mkdir mounted
guess "refused; or the name is followed by (deleted)"
# backing: the name of the image that is mounted, as the kernel tells it, from the last slash on.
backing() {
    local device
    device=$(findmnt -n -o SOURCE mounted)
    sed 's|.*/||' "/sys/block/${device#/dev/}/loop/backing_file"
}
for how in "btrfs subvolume delete" "rm -r"; do
    if [ "$how" = "rm -r" ]; then mkdir vm; else btrfs subvolume create vm >/dev/null; fi
    truncate -s 64M vm/image
    mkfs.ext4 -q vm/image
    mount -o loop vm/image mounted
    exec 7<vm/image
    status=0
    $how vm >/dev/null || status=$?
    ! [ -e vm ] || cannot "it is there"
    echo more >mounted/file
    sync
    a=$(backing) b=$(readlink "/proc/$$/fd/7")
    expected="0, image, image"
    [ "$how" != "rm -r" ] || expected="0, image (deleted), image (deleted)"
    seen "$how: exit $status; loop device: $a; open file: ${b##*/}" "$status, $a, ${b##*/}" = "$expected"
    exec 7<&-
    umount mounted
done
