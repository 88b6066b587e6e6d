#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Running out of memory, and whether the sweeps of t/fault notice what is wrong.

load ../lib/common

setup_file() {
    "$BATS_TEST_DIRNAME/../fault/build" "$BATS_FILE_TMPDIR"
}

# A file system with reflinks, if there is one.
prepare() {
    for FS in xfs btrfs ext4 here once; do
        [ ! -d "$RUN_SCRATCH/$FS" ] || break
    done
    export FS
    SWEPT=$RUN_SCRATCH/$FS/fault
    mkdir -p "$SWEPT"
}

tidy() {
    rm -rf "$SWEPT"
}

@test "whenever memory runs out, that is told, and nothing is lost" {
    [ "$(id -u)" != 0 ] || attach_removed
    "$BATS_TEST_DIRNAME/../fault/sweep" memory "$BATS_FILE_TMPDIR/src/reflinkctl" \
        "$BATS_FILE_TMPDIR/inject" "$SWEPT"
}

@test "every program that is wrong on purpose is caught" {
    "$BATS_TEST_DIRNAME/../fault/wrong/catch" "$BATS_FILE_TMPDIR" "$SWEPT"
}
