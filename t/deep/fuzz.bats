#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What reads the text of others, fed with anything for an hour; FUZZ_SECONDS is another time.

load ../lib/common

@test "an hour of inputs brings no reader of foreign text down" {
    "$BATS_TEST_DIRNAME/../fuzz/build" "$BATS_TEST_TMPDIR"
    run "$BATS_TEST_DIRNAME/../fuzz/run" "$BATS_TEST_TMPDIR" "${FUZZ_SECONDS:-3600}"
    figure <<<"$output"
    [ "$status" = 0 ]
}
