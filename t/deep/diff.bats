#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Thousands of pairs of images with random histories, quiet and moving; DIFF_PAIRS is another number.

load ../lib/common
load ../lib/disks

PAIRS=${DIFF_PAIRS:-5000}

tidy() {
    remove_disks
}

histories_on() {
    local what=$1
    disk histories 2G "${@:2}"
    run "$BATS_TEST_DIRNAME/../diff/histories" --pairs="$PAIRS" "$BIN" "$DISKS/histories"
    figure <<<"$what: $output"
    [ "$status" = 0 ]
    run "$BATS_TEST_DIRNAME/../diff/histories" --pairs=$((PAIRS / 2)) --seed=1000000 --moving \
        "$BIN" "$DISKS/histories"
    figure <<<"$what, moving: $output"
    [ "$status" = 0 ]
}

@test "diff misses nothing, and tells nothing that is equal, on btrfs" {
    histories_on btrfs mkfs.btrfs
}

@test "diff misses nothing, and tells nothing that is equal, on XFS" {
    histories_on xfs mkfs.xfs -m reflink=1
}

@test "diff misses nothing, and tells nothing that is equal, on XFS with blocks of 1 KiB" {
    histories_on "xfs, 1 KiB" mkfs.xfs -m reflink=1 -b size=1024
}

@test "diff misses nothing, and tells nothing that is equal, on ext4" {
    histories_on ext4 mkfs.ext4
}
