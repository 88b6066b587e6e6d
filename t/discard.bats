#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# discard: back to the last clean state.

load lib/common

V=appvms/a/private
D=P/appvms/a/private

prepare() {
    ok create $V --size=1M
    session $V one
    ok start $V
    write_to "$A/private-dirty.img" two
}

@test "discard removes dirty, and nothing else" {
    touch "$A/private2-dirty.img" "$A/private-import.img" "$A/private-dirty.img~abcdefgh"
    clean=$(inode "$A/private.img")
    ok discard $V
    says "removed '$D-dirty.img'"
    files private.img private.img.1@\* private-import.img private-dirty.img~abcdefgh \
        private2-dirty.img
    [ "$(inode "$A/private.img")" = "$clean" ]
    ok start $V
    holds "$A/private-dirty.img" one
}

@test "discard of a volume that isn't dirty does nothing" {
    ok discard $V
    before=$(snapshot)
    ok discard $V
    says
    [ "$(snapshot)" = "$before" ]
}

@test "discard never removes the only copy" {
    rm "$A/private.img"
    fails 3 discard $V
    says "cannot discard '$D-dirty.img': there is no clean image to go back to (stop commits it)"
    fails 3 discard --force $V
}

@test "discard needs a volume" {
    rm "$A"/*
    fails 4 discard $V
    says "cannot find '$D.img': $NO_SUCH"
    fails 4 discard appvms/b/private
    fails 2 discard
    fails 2 discard $V $V
}

@test "discard refuses while a loop device holds dirty, unless told otherwise" {
    ln -s "$A/private-dirty.img" "$POOL/link"
    attach "$POOL/link"
    fails 3 discard $V
    says "cannot remove '$D-dirty.img': '$LOOP' uses it (--force removes it all the same)"
    ok discard --force $V
    files private.img private.img.1@\*
}

@test "discard doesn't mind a loop device on the clean image" {
    attach "$A/private.img"
    ok discard $V
}
