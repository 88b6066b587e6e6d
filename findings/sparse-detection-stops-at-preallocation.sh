#!/bin/bash
# SPDX-License-Identifier: MIT
# cp and tar -S treat a preallocated file as dense: 1 MiB of data in 64 MiB becomes 64 MiB of data.
#
# Guess: both ask SEEK_DATA where data are; preallocated blocks are a hole for it, so that copy and
# archive hold 1 MiB.
# Found: both look at st_blocks first, and a file that has as many blocks as its size needs isn't searched for
# holes.  Its zeros are read and written as data.  nbdcopy, which seeks right away, and cp
# --sparse=always and rsync -S, which look for zeros, make it sparse.
# Matters: the backup of a preallocated image is as large as the image, and what is restored can't even be
# told from data by SEEK_DATA any more.
# Versions: coreutils 9.1, tar 1.34, rsync 3.5.0, libnbd 1.14.2; btrfs, XFS, ext4 of Linux 6.18.
. "$(dirname "$0")/common"
packages coreutils=9.1-1 tar=1.34+dfsg-1.2+deb12u1 rsync=3.5.0+ds1-0+deb12u1 libnbd-bin=1.14.2-1 libnbd0=1.14.2-1
guess "1 MiB and a little in each copy"
for type in btrfs xfs ext4; do
    disk "$type" "mkfs.$type"
    cd "$scratch/$type"
    fallocate -l 64M image
    noise 1 10 image
    sync
    cp --reflink=never image by-cp
    tar -Scf by-tar image
    cp --reflink=never --sparse=always image by-cp-always
    rsync -S image by-rsync
    nbdcopy image by-nbdcopy
    a=$(allocated by-cp) b=$(allocated by-tar)
    seen "$type: cp $a KiB, tar -S $b KiB" "$a" -ge 65536 -a "$b" -ge 65536
    a=$(allocated by-cp-always) b=$(allocated by-rsync) c=$(allocated by-nbdcopy)
    seen "$type: cp --sparse=always $a, rsync -S $b, nbdcopy $c KiB" "$a" -lt 4096 -a "$b" -lt 4096 -a "$c" -lt 4096
done
