#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The sum at the end of a stream, on every processor: see t/sha256.c.

load ../lib/common

@test "the sum is that of sha256sum, with the processor's instructions and without" {
    cd "$BATS_TEST_DIRNAME/../.."
    sum=$BATS_TEST_TMPDIR/sum
    gcc -O2 -std=gnu17 -I. -Wall -Wextra -Werror -o "$sum" t/sha256.c
    head -c 100000 /dev/urandom >"$sum.bytes"
    for length in {0..300} 4095 4096 4097 99999 100000; do
        head -c "$length" "$sum.bytes" >"$sum.some"
        wanted=$(sha256sum <"$sum.some")
        for how in "" anywhere; do
            # shellcheck disable=SC2086 # no word, or one
            [ "$("$sum" $how <"$sum.some")" = "${wanted%% *}" ] || fail "$length bytes, $how"
        done
    done
}
