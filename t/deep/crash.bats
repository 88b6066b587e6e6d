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
    is_caught rename-unsynced none stop btrfs xfs ext4
    is_caught success-early none start,stop btrfs xfs ext4
    is_caught tidy-unsynced none stop btrfs xfs ext4
    is_caught clone-in-place all create,start,resize btrfs xfs ext4
    is_caught clone-unsynced none create,start,resize btrfs ext4
    is_caught fsync-late metadata stop btrfs xfs
    is_caught prune-first all stop btrfs xfs ext4
    is_caught unlink-first all stop,revert btrfs xfs ext4
}

@test "a disk that ignores flushes would be caught on each file system" {
    for fs in btrfs xfs ext4; do
        run crash --fs=$fs --cuts=100 --first --ignore-flushes "$TOOLS" "$BIN"
        echo "$output"
        [ "$status" = 1 ]
    done
}
