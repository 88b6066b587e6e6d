#!/bin/bash
# SPDX-License-Identifier: MIT
# Two files written one after the other have the same mtime, to the nanosecond, on Linux 6.18 too.
#
# Guess: since multigrain timestamps (6.13) a change after a look at the times gets a finer, later time,
# so equal nanoseconds mean the same write.
# Found: that holds for one file: written, looked at, written again, it shows another time.  Two
# files written in one tick of the clock (1 to 10 ms) both get the tick's time.
# Matters: mtime and size together don't tell which of two images a third is a copy of.
# Source: Documentation/filesystems/multigrain-ts.rst in the kernel.
# Versions: coreutils 9.1; btrfs, XFS, ext4 of Linux 6.18.
. "$(dirname "$0")/common"
packages coreutils=9.1-1
guess "0 of 50 pairs have equal times"
for type in btrfs xfs ext4; do
    disk "$type" "mkfs.$type"
    cd "$scratch/$type"
    pairs=0 again=0
    for i in $(seq 50); do
        echo state | tee "a$i" "b$i" >/dev/null
        [ "$(stat -c %y "a$i")" = "$(stat -c %y "b$i")" ] && pairs=$((pairs + 1))
        one=$(stat -c %y "a$i")
        echo state >"a$i"
        [ "$one" = "$(stat -c %y "a$i")" ] && again=$((again + 1))
    done
    seen "$type: two files, $pairs of 50 equal" "$pairs" -ge 40
    seen "$type: one file, looked at and rewritten, $again of 50 equal" "$again" -eq 0
done
