#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Do the races (t/race.bats) notice what is wrong?

load ../lib/common

# A file system with reflinks, if there is one.
prepare() {
    for FS in btrfs xfs ext4 here once; do
        [ ! -d "$RUN_SCRATCH/$FS" ] || break
    done
    RACES=$RUN_SCRATCH/$FS/races
    mkdir -p "$RACES"
}

tidy() {
    rm -rf "$RACES"
}

@test "every program that is wrong on purpose loses its race" {
    "$BATS_TEST_DIRNAME/../race/catch" "$BATS_TEST_TMPDIR" "$RACES"
}
