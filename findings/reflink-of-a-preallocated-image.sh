#!/bin/bash
# SPDX-License-Identifier: MIT
# A reflink of a preallocated file has no blocks on XFS, and has the same ones, shared, on btrfs.
#
# Guess: a clone has the extents of its source, so that du says the same of both.
# Found: XFS leaves out what was never written: the clone takes 0 KiB.  btrfs shares unwritten extents
# too: du says 64 MiB for both, filefrag says "unwritten, shared", yet a first write to either must
# allocate, so that neither has its reservation any more: making a clone took it from the *source*.
# Matters: a reservation doesn't survive a snapshot, and only one of the two shows it.
# Versions: coreutils 9.1, btrfs and XFS of Linux 6.18.
. "$(dirname "$0")/common"
packages coreutils=9.1-1
disk btrfs mkfs.btrfs
disk xfs mkfs.xfs
guess "the same on both: the clone takes 65536 KiB"
for type in btrfs xfs; do
    fallocate -l 64M "$scratch/$type/source"
    sync
    cp --reflink=always "$scratch/$type/source" "$scratch/$type/clone"
done
cd "$scratch"
a=$(allocated xfs/clone) b=$(allocated btrfs/clone)
seen "XFS: $a KiB" "$a" -eq 0
seen "btrfs: $b KiB" "$b" -eq 65536
place() { filefrag -v btrfs/source | awk '$1 == "0:" { print $4 }'; }
flags=$(filefrag -v btrfs/source | awk '$1 == "0:" { print $NF }')
seen "btrfs, source: $flags" "$flags" = "last,unwritten,shared,eof"
before=$(place)
noise 1 0 btrfs/source
sync
after=$(place)
seen "btrfs: a write to the source goes from $before to $after" "$before" != "$after"
