#!/bin/bash
# SPDX-License-Identifier: MIT
# Two compressed files on btrfs that differ throughout can have the same FIEMAP, line by line.
#
# Guess: the same physical range means the same data; that is how sharing is found and copies compared.
# Found: btrfs compresses an extent of up to 128 KiB as a whole, and a reflink of its second half refers to
# the same extent with an offset *into the uncompressed data*.  FIEMAP has no field for that: it gives
# the start of the extent for both halves (flag "encoded").
# Matters: tools that compare, deduplicate or back up by physical addresses miss changes on compressed
# btrfs.  Only the items of the tree have the offset (BTRFS_IOC_TREE_SEARCH).
# Versions: e2fsprogs 1.47.0 (filefrag), xfsprogs 6.1.0 (xfs_io), Linux 6.18.
. "$(dirname "$0")/common"
packages e2fsprogs=1.47.0-2+b2 xfsprogs=6.1.0-1 btrfs-progs=6.2-1+deb12u2
disk btrfs mkfs.btrfs
cd "$scratch/btrfs"
btrfs property set . compression zstd
guess "two physical ranges"
perl -e 'print "one\n" x 16384, "two\n" x 16384' >whole
sync
xfs_io -f -c "reflink whole 0 0 64k" first >/dev/null
xfs_io -f -c "reflink whole 64k 0 64k" second >/dev/null
sync
differ=$({ cmp -l first second || true; } | wc -l)
seen "bytes that differ, of 65536: $differ" "$differ" -gt 40000
map() { filefrag -v "$1" | sed -n 's/^ *0: *//p'; }
a=$(map first) b=$(map second)
seen "first:  $a" -n "$a"
seen "second: $b" "$b" = "$a"
