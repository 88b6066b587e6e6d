#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The power fails a thousand times on each file system, and 200 times more while the tool goes on
# after the first.  How that is tried: t/crash/crash.

load ../lib/common
load ../crash/lib

@test "1,000 power cuts on btrfs lose nothing" {
    nothing_is_lost --fs=btrfs --cuts=1000 --again=25
}

@test "1,000 power cuts on XFS lose nothing" {
    nothing_is_lost --fs=xfs --cuts=1000 --again=25
}

@test "1,000 power cuts on ext4 lose nothing" {
    nothing_is_lost --fs=ext4 --cuts=1000 --again=25
}

@test "wrong programs would be caught wherever they lose something" {
    # ext4 writes a file's data before a rename that replaces another (auto_da_alloc); XFS has the
    # whole of a reflink in its journal.
    is_caught rename-unsynced btrfs xfs ext4
    is_caught success-early btrfs xfs ext4
    is_caught tidy-unsynced btrfs xfs ext4
    is_caught clone-in-place btrfs xfs ext4
    is_caught clone-unsynced btrfs ext4
    is_caught fsync-late btrfs xfs
    is_caught prune-first btrfs xfs ext4
    is_caught unlink-first btrfs xfs ext4
}

@test "a disk that ignores flushes would be caught on each file system" {
    for fs in btrfs xfs ext4; do
        run crash --fs=$fs --cuts=100 --first --ignore-flushes "$TOOLS" "$BIN"
        echo "$output"
        [ "$status" = 1 ]
    done
}
