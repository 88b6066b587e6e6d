#!/bin/bash
# SPDX-License-Identifier: MIT
# cat IMAGE >COPY makes a reflink, with the holes, where the file system has reflinks.
#
# Guess: cat reads and writes bytes, so COPY has blocks of its own and no holes; that is how one makes a
# file independent, dense, or newly laid out where cp would be too clever.
# Found: cat of coreutils 9 asks copy_file_range(2) first, which on btrfs and XFS shares the blocks and
# leaves out the holes.  Through a pipe (cat IMAGE | cat >COPY) it is as guessed; so it is on ext4.
# Matters: a second copy by cat, kept in case the first goes bad, goes bad with it; and the write that was
# to be paid at once is paid by whoever writes to either file later, or is refused with ENOSPC.
# Versions: coreutils 9.1, util-linux 2.38.1; btrfs, XFS, ext4 of Linux 6.18.
. "$(dirname "$0")/common"
packages coreutils=9.1-1
guess "65536 KiB, nothing shared"
for type in btrfs xfs ext4; do
    disk "$type" "mkfs.$type"
    cd "$scratch/$type"
    truncate -s 64M image
    noise 16 8 image
    sync
    cat image >copy
    # shellcheck disable=SC2002 # the pipe is the point
    cat image | cat >piped
    sync
    a=$(allocated copy) b=$(filefrag -v copy | grep -c shared) || true
    if [ $type = ext4 ]; then
        seen "$type: cat >copy: $a KiB, $b extents shared" "$a $b" = "65540 0"
    else
        seen "$type: cat >copy: $a KiB, $b extents shared" "$a" -eq 16384 -a "$b" -ge 1
    fi
    a=$(allocated piped) b=$(filefrag -v piped | grep -c shared) || true
    seen "$type: cat | cat >piped: $a KiB, $b extents shared" "$a" -ge 65536 -a "$b" -eq 0
done
