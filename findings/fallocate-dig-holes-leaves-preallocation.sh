#!/bin/bash
# SPDX-License-Identifier: MIT
# fallocate --dig-holes doesn't give back blocks that were allocated and never written.
#
# Guess: it makes a file as sparse as it can be in place: whatever reads as zeros becomes a hole.
# Found: it looks for zeros in what SEEK_DATA calls data only, and preallocated blocks are a hole for
# SEEK_DATA already, so 64 MiB of them stay allocated.  Zeros that were written are dug out.
# Matters: an image restored with preallocation looks done (no data left to dig) and takes full size; a copy
# by cp is smaller than the same file "made sparse".
# Versions: util-linux 2.38.1, btrfs, XFS, ext4 of Linux 6.18.
. "$(dirname "$0")/common"
packages util-linux=2.38.1-5+deb12u3
guess "0 KiB for each"
for type in btrfs xfs ext4; do
    disk "$type" "mkfs.$type"
    cd "$scratch/$type"
    fallocate -l 64M preallocated
    dd if=/dev/zero of=zeros bs=1M count=64 status=none
    sync
    fallocate -d preallocated
    fallocate -d zeros
    a=$(allocated preallocated) b=$(allocated zeros)
    seen "$type: preallocated $a KiB, zeros $b KiB" "$a" -ge 65536 -a "$b" -eq 0
done
