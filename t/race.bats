#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Many processes on few volumes, some of them killed: see t/race/run.

load lib/common

@test "whoever comes first and whoever is killed, nothing is lost or mixed, and life goes on" {
    "$BATS_TEST_DIRNAME/race/run" --seconds=4 "$BIN" "$POOL"
}
