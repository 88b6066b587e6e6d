#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The tests of subcommands while ASan, LSan and UBSan watch, and the life of a volume of each kind
# under valgrind.

load ../lib/common
load ../sanitize/lib

# What can't pass: a test that counts, or breaks into, calls that these watchers make as well.
CALLS_COUNTED="holes are not read, but where they are misreported
a source that shrinks while it is read is a failure
a block device that shrinks while it is read is a failure
a source that is written to while it is read is a failure
interrupted reads and writes are repeated, and short ones completed
where not even a named tempfile can be created, that is told
a dry run that can't go on says so
not one system call would have changed anything
stop --no-precache, and start after precache, clone nothing and touch no data"

@test "ASan, LSan and UBSan have nothing to say about all tests of subcommands" {
    requires_root
    watched "$BATS_TEST_TMPDIR"
    chmod 755 "$RUN_SCRATCH" # some tests are other users
    cd "$BATS_TEST_DIRNAME/../.."
    # t/fault.bats counts calls throughout.
    path=$(tr : '\n' <<<"$PATH" | grep -v bats-core | paste -sd :) # of bats itself, not of its parts
    # shellcheck disable=SC2046 # names without spaces
    env -i PATH="$path" TMPDIR="$RUN_SCRATCH" BIN="$BIN" FILESYSTEMS="${FILESYSTEMS:-}" \
        ASAN_OPTIONS="$ASAN_OPTIONS" UBSAN_OPTIONS="$UBSAN_OPTIONS" \
        t/run $(ls t/*.bats | grep -vx t/fault.bats) >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- || true
    tail -n 1 "$BATS_TEST_TMPDIR/said" | figure
    [ -z "$(reports "$BATS_TEST_TMPDIR")" ] || fail "$(reports "$BATS_TEST_TMPDIR")"
    failed=$(sed -n 's/^[a-z0-9]*: not ok [0-9]* //p' "$BATS_TEST_TMPDIR/said" | sort -u)
    [ "$failed" = "$(sort <<<"$CALLS_COUNTED")" ] || fail "$(cat "$BATS_TEST_TMPDIR/said")"
}

@test "valgrind has nothing to say about the life of a volume of each kind" {
    under_valgrind "$BATS_TEST_TMPDIR"
    lives_of_each_kind
    [ -z "$(reports "$BATS_TEST_TMPDIR")" ] || fail "$(reports "$BATS_TEST_TMPDIR")"
    # and it would have had
    for wrong in leaked uninitialised; do is_caught "$BATS_TEST_TMPDIR" $wrong; done
}
