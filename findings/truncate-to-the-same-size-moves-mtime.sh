#!/bin/bash
# SPDX-License-Identifier: MIT
# Setting a file to the size that it has moves its mtime, or doesn't: by system call and file system.
#
# Guess: nothing is changed, so nothing is; or it counts as a change everywhere.
# Found: ftruncate(2), and so truncate(1), moves mtime on btrfs, XFS and ext4.  truncate(2) moves it on ext4
# alone.  Punching a hole where there is one leaves it on btrfs, and moves it on XFS and ext4.
# Matters: "truncate -s SIZE image", to be sure of a size, makes an image look newer than its copies; who
# tells states apart by mtime (rsync, make, backup programs) sees a change without one.
# Versions: coreutils 9.1, util-linux 2.38.1; btrfs, XFS, ext4 of Linux 6.18.
. "$(dirname "$0")/common"
packages coreutils=9.1-1 util-linux=2.38.1-5+deb12u3

# moved COMMAND...: does COMMAND move the mtime of the image?
moved() {
    touch -d 2001-01-01 image
    "$@"
    sync
    if [ "$(stat -c %Y image)" = 978307200 ]; then result=stays; else result=moves; fi
}
guess "all alike"
for type in btrfs xfs ext4; do
    disk "$type" "mkfs.$type"
    cd "$scratch/$type"
    truncate -s 4M image
    noise 1 0 image
    sync
    moved truncate -s 4M image
    a=$result
    moved python3 -c 'import os; os.truncate("image", 4 << 20)'
    b=$result
    moved fallocate -p -o 2M -l 1M image
    said="ftruncate $a, truncate $b, punching a hole $result"
    case $type in
    btrfs) expected="ftruncate moves, truncate stays, punching a hole stays" ;;
    xfs) expected="ftruncate moves, truncate stays, punching a hole moves" ;;
    ext4) expected="ftruncate moves, truncate moves, punching a hole moves" ;;
    esac
    seen "$type: $said" "$said" = "$expected"
done
