#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Do the tests reach all of the program?

load ../lib/common
load ../lib/disks

tidy() {
    remove_disks
}

@test "every line that isn't listed is reached by a test, and 95% of all branches" {
    requires_root
    # Without the variables and inner commands of bats, which runs another.
    disk swept 1G mkfs.btrfs
    env -i PATH="${PATH#*/bats-core:}" TMPDIR="$RUN_SCRATCH" SWEPT="$DISKS/swept" "$BATS_TEST_DIRNAME/../coverage"
}
