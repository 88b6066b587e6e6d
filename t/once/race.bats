#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Do the races (t/race.bats) notice what is wrong?

load ../lib/common

prepare() {
    with_reflinks races
    RACES=$PLACE
}

tidy() {
    rm -rf "$RACES"
}

@test "every program that is wrong on purpose loses its race" {
    "$BATS_TEST_DIRNAME/../race/catch" "$BATS_TEST_TMPDIR" "$RACES"
}
