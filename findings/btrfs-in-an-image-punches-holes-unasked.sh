#!/bin/bash
# SPDX-License-Identifier: MIT
# A btrfs inside a loop-mounted image gives deleted files' blocks back to the host by itself.
#
# Guess: that takes fstrim or the mount option discard, as with ext4 and XFS; a preallocated image
# (made with mkfs.btrfs -K, which doesn't discard) stays allocated.
# Found: since 6.2 btrfs mounts with discard=async where the device can discard, and a loop device can
# whenever the file under it can have holes.  Some seconds after files were deleted in it, the image has
# holes, and its reservation is gone.  mount -o nodiscard prevents it.
# Matters: preallocation against ENOSPC in guests doesn't last with this guest file system alone.
# Versions: btrfs-progs 6.2, e2fsprogs 1.47.0, Linux 6.18.  Takes up to two minutes.
. "$(dirname "$0")/common"
packages btrfs-progs=6.2-1+deb12u2 e2fsprogs=1.47.0-2+b2
disk host mkfs.ext4
cd "$scratch"
guess "both images keep their 524288 KiB, or all but a little"
for type in btrfs ext4; do
    fallocate -l 512M "host/$type"
    mkdir "$type"
done
mkfs.btrfs -q -K host/btrfs >/dev/null
mkfs.ext4 -q -E nodiscard host/ext4
for type in btrfs ext4; do
    mount -o loop "host/$type" "$type"
    for i in $(seq 20); do noise 8 0 "$type/file$i"; done
    sync
    rm "$type"/file*
    sync
done
options=$(findmnt -n -o OPTIONS btrfs | tr , '\n' | grep discard || true)
seen "options of the btrfs mount: $options" "$options" = "discard=async"
for _ in $(seq 120); do
    a=$(allocated host/btrfs)
    [ "$a" -lt 450000 ] && break
    sleep 1
done
b=$(allocated host/ext4)
seen "image with btrfs in it: $a KiB" "$a" -lt 450000
seen "image with ext4 in it: $b KiB" "$b" -ge 500000
