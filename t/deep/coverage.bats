#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Do the tests reach all of the program?

load ../lib/common

@test "every line that isn't listed is reached by a test, and 95% of all branches" {
    requires_root
    # Without the variables and inner commands of bats, which runs another.
    env -i PATH="${PATH#*/bats-core:}" TMPDIR="$RUN_SCRATCH" "$BATS_TEST_DIRNAME/../coverage"
}
