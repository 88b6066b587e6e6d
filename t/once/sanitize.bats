#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The life of a volume of each kind while ASan, LSan and UBSan watch; t/deep/sanitize.bats has all
# tests of subcommands under them, and valgrind.

load ../lib/common
load ../sanitize/lib

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
    watched "$BATS_TEST_TMPDIR"
    lives_of_each_kind
    [ -z "$(reports "$BATS_TEST_TMPDIR")" ] || fail "$(reports "$BATS_TEST_TMPDIR")"
    # and it would have been noticed
    for wrong in leaked overrun overflown; do is_caught "$BATS_TEST_TMPDIR" $wrong; done
}
