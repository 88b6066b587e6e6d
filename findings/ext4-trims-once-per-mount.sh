#!/bin/bash
# SPDX-License-Identifier: MIT
# fstrim on ext4 discards nothing a second time until the next mount, even if the image below is full again.
#
# Guess: all that is free is discarded by each call; the manual of fstrim says that the same sectors are
# sent again.
# Found: ext4 remembers, in memory, which block groups were trimmed and had nothing freed since, and skips
# them; btrfs does the like for space that it has put to no use yet.  Remounting read-only and back doesn't
# change that.  XFS discards each time.
# Matters: an image that was filled meanwhile (fallocate to reserve it, a live move to other storage by full
# copy) stays full: fstrim in the guest exits 0, and frees nothing with the commonest file system.
# Versions: util-linux 2.38.1, Linux 6.18.
. "$(dirname "$0")/common"
packages util-linux=2.38.1-5+deb12u3
disk host mkfs.ext4
cd "$scratch"
mkdir guest
# trimmed IMAGE: KiB that it has after it was filled and then trimmed from inside.
trimmed() { fallocate -l 600M "$1"; fstrim guest; allocated "$1"; }
guess "under 131072 KiB after each fstrim"
for type in ext4 btrfs xfs; do
    image=host/$type
    truncate -s 600M "$image"
    "mkfs.$type" -q "$image" >/dev/null 2>&1
    mount -o loop,nodiscard "$image" guest
    a=$(trimmed "$image") b=$(trimmed "$image")
    mount -o remount,ro guest
    mount -o remount,rw guest
    c=$(trimmed "$image")
    umount guest
    mount -o loop,nodiscard "$image" guest
    d=$(trimmed "$image")
    umount guest
    seen "$type: $a KiB at first; when mounted again: $d KiB" "$a" -lt 131072 -a "$d" -lt 131072
    case $type in
    ext4) seen "$type: second time $b KiB, remounted $c KiB" "$b" -ge 614400 -a "$c" -ge 614400 ;;
    btrfs) seen "$type: second time $b KiB, remounted $c KiB" "$b" -ge 400000 -a "$c" -ge 400000 ;;
    xfs) seen "$type: second time $b KiB, remounted $c KiB" "$b" -lt 131072 -a "$c" -lt 131072 ;;
    esac
done
