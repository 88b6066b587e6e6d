#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The life of a volume of each kind while ASan, LSan and UBSan watch; t/deep/sanitize.bats has
# them under valgrind.

load ../lib/common
load ../lib/sanitize

# A file system with reflinks, if there is one.
prepare() {
    for FS in btrfs xfs here once; do
        [ ! -d "$RUN_SCRATCH/$FS" ] || break
    done
    POOL=$RUN_SCRATCH/$FS/pool
    A=$POOL/appvms/a
    mkdir -p "$POOL/appvms" "$POOL/vm-templates"
}

@test "the life of a volume of each kind touches no memory that isn't its own, and frees it" {
    build "$BATS_TEST_TMPDIR/build" clang -O1 "$SANITIZERS"
    watch "$BATS_TEST_TMPDIR"
    lives_of_each_kind
    ! cat "$BATS_TEST_TMPDIR"/report.* 2>/dev/null || fail "found something"
}
