#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The life of a volume of each kind under valgrind.

load ../lib/common
load ../lib/sanitize

@test "valgrind has nothing to say about the life of a volume of each kind" {
    build "$BATS_TEST_TMPDIR/build" gcc -O1
    printf '#!/bin/sh\nexec valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=all %s "$@"\n' \
        "--log-file='$BATS_TEST_TMPDIR/report.%p' '$BIN'" >"$BATS_TEST_TMPDIR/watched"
    chmod +x "$BATS_TEST_TMPDIR/watched"
    BIN=$BATS_TEST_TMPDIR/watched
    lives_of_each_kind
    # It doesn't know openat2(2) and loop(4), and says so; what it complains of has a stack.
    ! grep -hE -B 3 -A 9 '^==[0-9]+==    (at|by) 0x' "$BATS_TEST_TMPDIR"/report.* || fail "found something"
}
