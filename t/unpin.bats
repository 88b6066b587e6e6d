#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# unpin: what pin kept may go.

load lib/common

V=appvms/a/private
D=P/appvms/a/private

prepare() {
    ok create $V --size=1M
    session $V one --no-precache
    ok pin $V 1 a
}

@test "unpin removes the pin and leaves the revision" {
    ok unpin $V a
    says "removed '$D.img.1@*+a'"
    files private.img private.img.1@\*
    ok prune $V 1
}

@test "unpin removes what the pin alone has kept" {
    rm "$A"/private.img.1@*Z
    ok unpin $V a
    files private.img
}

@test "unpin needs a pin that is there" {
    fails 4 unpin $V b
    says "cannot find pin 'b' of '$D.img'"
    fails 4 unpin $V 1
    fails 4 unpin appvms/b/private a
    fails 2 unpin $V
}

@test "unpin leaves the last that is left of a volume" {
    rm "$A"/private.img "$A"/private.img.1@*Z
    fails 3 unpin $V a
    says "cannot unpin '$D.img': nothing else is left of it (fsck tells what may take its place; or remove it)"
    ok revert $V a
    ok unpin $V a
    files private.img
}
