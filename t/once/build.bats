#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The program as it was built.

load ../lib/common

@test "the program is static and hardened" {
    run readelf -lW "$BIN"
    [[ "$output" != *INTERP* ]]
    [[ "$output" == *GNU_RELRO* ]]
    [[ "$(grep GNU_STACK <<<"$output")" != *RWE* ]]
    # The stack protector's failure path is linked in.
    nm "$BIN" | grep -q __stack_chk_fail
}
