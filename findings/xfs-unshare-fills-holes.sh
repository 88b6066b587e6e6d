#!/bin/bash
# SPDX-License-Identifier: MIT
# FALLOC_FL_UNSHARE_RANGE (xfs_io funshare) allocates all the holes of a sparse clone on XFS.
#
# Guess: shared blocks get private copies, and holes, which share nothing, stay holes.
# Found: having unshared, XFS preallocates the range as well, as fallocate(2) in mode 0 does; so an image of
# 256 MiB with 4 MiB of data takes 256 MiB, and so does an empty one that never shared a block.  Called
# for the ranges with data alone, it does what one would guess.
# Matters: whoever makes a thin clone independent of its template gets a thick one, or ENOSPC where a copy by cp
# would have fitted.
# Versions: xfsprogs 6.1.0, coreutils 9.1, Linux 6.18.
. "$(dirname "$0")/common"
packages xfsprogs=6.1.0-1 coreutils=9.1-1 e2fsprogs=1.47.0-2+b2
disk xfs mkfs.xfs -m reflink=1
cd "$scratch/xfs"
truncate -s 256M template never-shared
noise 4 10 template
sync
cp --reflink=always template clone
cp --reflink=always template careful
cp --reflink=never template copy
shared() { filefrag -v "$1" | grep -c shared || true; }
guess "4096 KiB, none of it shared"
xfs_io -c "funshare 0 256m" clone
a=$(allocated clone) b=$(shared clone)
seen "unshared from end to end: $a KiB, shared extents: $b" "$a $b" = "262144 0"
cmp template clone
xfs_io -c "funshare 0 256m" never-shared
a=$(allocated never-shared)
seen "an empty file that shares nothing: $a KiB" "$a" -eq 262144
xfs_io -c "funshare 10m 4m" careful
a=$(allocated careful) b=$(shared careful)
seen "unshared where there are data: $a KiB, shared extents: $b" "$a $b" = "4096 0"
a=$(allocated copy)
seen "a copy by cp: $a KiB" "$a" -lt 10240
