#!/bin/bash
# SPDX-License-Identifier: MIT
# cp --sparse=never of a sparse file gives a sparse file, where the file system has reflinks.
#
# Guess: "never" writes the holes as zeros, so that the copy has all its blocks; the manual names it as
# the way to make such a file, for instance for swap.
# Found: since coreutils 9 cp tries to clone first, whatever --sparse says, and a clone has the holes
# of its source.  Only together with --reflink=never are they filled.
# Matters: on the same btrfs or XFS "fully allocated" isn't so, and the blocks aren't even the copy's own.
# Versions: coreutils 9.1, btrfs and XFS of Linux 6.18.
. "$(dirname "$0")/common"
packages coreutils=9.1-1
disk btrfs mkfs.btrfs
disk xfs mkfs.xfs
guess "65536 KiB"
for type in btrfs xfs; do
    cd "$scratch/$type"
    truncate -s 64M sparse
    cp --sparse=never sparse never
    cp --sparse=never --reflink=never sparse really
    a=$(allocated never) b=$(allocated really)
    seen "$type, --sparse=never: $a KiB" "$a" -eq 0
    seen "$type, and --reflink=never: $b KiB" "$b" -eq 65536
done
