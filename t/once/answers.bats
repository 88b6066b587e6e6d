#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Who answers fsck, help and refusals without thinking loses nothing: t/rescue.

load ../lib/common

prepare() {
    requires_root
    with_reflinks broken
    BROKEN=$PLACE
}

tidy() {
    rm -rf "$BROKEN"
}

@test "who pastes what fsck tells first, or types the examples of help, loses nothing" {
    "$BATS_TEST_DIRNAME/../rescue/run" "$BIN" "$BROKEN"
}

@test "every program that gives bad advice on purpose loses something" {
    "$BATS_TEST_DIRNAME/../rescue/catch" "$BATS_TEST_TMPDIR" "$BROKEN"
}
