#!/bin/bash
# SPDX-License-Identifier: MIT
# hardlink --reflink gives the file that it replaces a new mtime and takes its extended attributes away.
#
# Guess: the tool insists on equal mtime, owner and mode before it merges two files, and a reflink, unlike
# a hard link, leaves each file its own inode: only the blocks are shared, all else stays.
# Found: the second file is a new one: owner and mode are kept, its mtime is now, its extended
# attributes are gone.  By its own rule the two files wouldn't be merged any more.
# Matters: an image's mtime is its state's date for many tools, its attributes may be labels and marks.
# FIDEDUPERANGE (duperemove, jdupes -B) changes neither.
# Versions: util-linux 2.38.1, jdupes 1.21.3, XFS of Linux 6.18.
. "$(dirname "$0")/common"
packages util-linux=2.38.1-5+deb12u3 attr=1:2.5.1-4 jdupes=1.21.3-1+deb12u1
disk xfs mkfs.xfs
guess "both files keep mtime 2001-01-01 and their attributes"
fresh() {
    rm -rf "$scratch/xfs/files"
    mkdir "$scratch/xfs/files"
    cd "$scratch/xfs/files"
    noise 1 0 a
    cp --reflink=never a b
    setfattr -n user.label -v mine a b
    touch -d 2001-01-01 a b
    sync
}
state() {
    local mtimes labels shared
    mtimes=$(stat -c %y a b | grep -c '^2001-01-01')
    labels=$(getfattr a b | grep -c user.label)
    shared=$(filefrag -v a | grep -c shared || true)
    echo "kept: $mtimes mtimes, $labels labels; shared: $shared"
}
fresh
hardlink -q --reflink=always .
a=$(state)
seen "hardlink --reflink: $a" "$a" = "kept: 1 mtimes, 1 labels; shared: 1"
fresh
jdupes -q -B . >/dev/null
a=$(state)
seen "jdupes -B: $a" "$a" = "kept: 2 mtimes, 2 labels; shared: 1"
