#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a kill or a failing system call leaves, at every one of them: see t/fault/sweep.
# t/deep/fault.bats has them all on each file system.

load lib/common

setup_file() {
    cc -O2 -Wall -Wextra -o "$BATS_FILE_TMPDIR/inject" "$BATS_TEST_DIRNAME/fault/inject.c"
}

sweep() {
    "$BATS_TEST_DIRNAME/fault/sweep" "$@" "$BIN" "$BATS_FILE_TMPDIR/inject" "$POOL"
}

# Each file system has its share of the failures.
share() {
    case $FS in
    btrfs) echo --share=0/3 ;;
    xfs) echo --share=1/3 ;;
    *) echo --share=2/3 ;;
    esac
}

@test "a kill before any system call leaves the old state or the new one, and work goes on" {
    sweep kill
}

@test "a system call that fails or falls short is told, and leaves the old state or the new one" {
    sweep "$(share)" fault
}
