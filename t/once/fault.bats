#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Running out of memory, and whether the sweeps of t/fault notice what is wrong.

load ../lib/common

setup_file() {
    "$BATS_TEST_DIRNAME/../fault/build" "$BATS_FILE_TMPDIR"
}

# A file system with reflinks, if there is one.
prepare() {
    for FS in xfs btrfs ext4 here once; do
        [ ! -d "$RUN_SCRATCH/$FS" ] || break
    done
    export FS
    SWEPT=$RUN_SCRATCH/$FS/fault
    mkdir -p "$SWEPT"
}

tidy() {
    rm -rf "$SWEPT"
}

@test "whenever memory runs out, that is told, and nothing is lost" {
    [ "$(id -u)" != 0 ] || attach_removed
    "$BATS_TEST_DIRNAME/../fault/sweep" memory "$BATS_FILE_TMPDIR/src/reflinkctl" \
        "$BATS_FILE_TMPDIR/inject" "$SWEPT"
}

@test "without memory for all states, clone --revisions closes no descriptor of others" {
    local n status=6
    set -- "$BATS_FILE_TMPDIR/src/reflinkctl" -qC "$SWEPT"
    "$@" setup --setup-check=no "$SWEPT"
    "$@" create --size=1M appvms/a/private
    touch "$SWEPT/appvms/a/private.img.1@2018-01-02T03:04:05Z"
    for ((n = 1; status; n++)); do
        status=0
        NOMEM=$n strace -qq -e trace=close -o "$RUN_SCRATCH/closed" "$@" \
            clone --revisions appvms/a/private appvms/b/private 3>/dev/null || status=$?
        ! grep '^close(0)' "$RUN_SCRATCH/closed" || fail "allocation $n"
    done
    [ "$n" -gt 8 ]
}

@test "every program that is wrong on purpose is caught" {
    "$BATS_TEST_DIRNAME/../fault/wrong/catch" "$BATS_FILE_TMPDIR" "$SWEPT"
}
