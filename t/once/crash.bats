#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The power fails: what was promised by then is there, and everything else is old or new.
# How that is tried: t/crash/crash.  t/deep/crash.bats has ten times as many cuts.

load ../lib/common
load ../crash/lib

@test "100 power cuts on btrfs lose nothing" {
    nothing_is_lost --fs=btrfs --cuts=100 --again=2
}

@test "100 power cuts on XFS lose nothing" {
    nothing_is_lost --fs=xfs --cuts=100 --again=2
}

@test "100 power cuts on ext4 lose nothing" {
    nothing_is_lost --fs=ext4 --cuts=100 --again=2
}

@test "a rename before the data is on the disk would be caught" {
    is_caught rename-unsynced none stop xfs
}

@test "success before the directory is on the disk would be caught" {
    is_caught success-early none start,stop ext4
}

@test "a directory left unflushed after prune and precache would be caught" {
    is_caught tidy-unsynced none stop xfs
}

@test "success of a stop that finds an interrupted one's work unflushed would be caught" {
    is_caught repeat-unsynced none stop btrfs
}

@test "a clone under its final name would be caught" {
    is_caught clone-in-place all create,start,resize btrfs
}

@test "a clone named before its data is on the disk would be caught" {
    is_caught clone-unsynced none create,start,resize btrfs
}

@test "a clean image before its revisions would be caught" {
    is_caught clean-first metadata clone xfs
}

@test "a flush after the rename would be caught" {
    is_caught fsync-late metadata stop btrfs
}

@test "removing old revisions before the commit stands would be caught" {
    is_caught prune-first all stop ext4
}

@test "a moment without a clean image would be caught" {
    is_caught unlink-first all stop,revert ext4
}

@test "a disk that ignores flushes would be caught" {
    run crash --fs=xfs --cuts=100 --first --ignore-flushes "$TOOLS" "$BIN"
    echo "$output"
    [ "$status" = 1 ]
}
