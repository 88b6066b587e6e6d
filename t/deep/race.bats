#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Ten minutes of races (t/race/run), on each file system its share.

load ../lib/common
load ../lib/disks

tidy() {
    remove_disks
}

races_on() {
    disk race 2G "$@"
    run "$BATS_TEST_DIRNAME/../race/run" --seconds=200 --seed="$1" "$BIN" "$DISKS/race"
    figure <<<"$1: $output"
    [ "$status" = 0 ]
}

@test "200 seconds of races on btrfs lose nothing" {
    races_on mkfs.btrfs
}

@test "200 seconds of races on XFS lose nothing" {
    races_on mkfs.xfs
}

@test "200 seconds of races on ext4 lose nothing" {
    races_on mkfs.ext4
}
