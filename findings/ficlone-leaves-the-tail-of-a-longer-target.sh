#!/bin/bash
# SPDX-License-Identifier: MIT
# FICLONE onto a longer file leaves that file's length and the rest of its content.
#
# Guess: FICLONE takes no range: the whole target becomes a clone of the whole source, as with cp --reflink.
# Found: it is FICLONERANGE up to the end of the source; what the target has behind that stays.  cp empties
# the target beforehand (and xfs_io's reflink, which doesn't, shows the bare call).
# Matters: a revision restored by the ioctl over a grown image is neither the one nor the other.
# Versions: xfsprogs 6.1.0, coreutils 9.1; btrfs and XFS of Linux 6.18.
. "$(dirname "$0")/common"
packages xfsprogs=6.1.0-1 coreutils=9.1-1
guess "8 MiB, equal to the source"
for type in btrfs xfs; do
    disk "$type" "mkfs.$type"
    cd "$scratch/$type"
    noise 8 0 source
    noise 12 0 target
    tail -c 4M target >rest
    xfs_io -c 'reflink source' target >/dev/null
    cmp -s -n $((8 << 20)) source target || cannot "no clone"
    a=$(($(stat -c %s target) >> 20)) b=other
    ! tail -c 4M target | cmp -s - rest || b="the old"
    seen "$type, FICLONE: $a MiB, the last 4 MiB are $b ones" "$a $b" = "12 the old"
    cp --reflink=always source target
    a=$(($(stat -c %s target) >> 20))
    seen "$type, cp --reflink: $a MiB" "$a" = 8
done
