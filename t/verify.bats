#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# verify: does the image exist that start needs?

load lib/common

V=appvms/a/private

prepare() {
    ok create $V --size=1M
}

@test "verify of an origin wants clean, or dirty" {
    before=$(snapshot)
    ok verify $V
    says
    [ -z "$OUT" ]
    [ "$(snapshot)" = "$before" ]
    ok start $V
    ok verify $V
    rm "$A/private.img"
    ok verify $V
    rm "$A/private-dirty.img"
    touch "$A/private-precache.img" "$A/private-import.img"
    fails 4 verify $V
    says "cannot find 'P/appvms/a/private.img'"
    fails 4 verify appvms/b/private
    says "cannot find 'P/appvms/b/private': $NO_SUCH"
}

@test "verify of a snapshot wants the source's clean image" {
    ok verify --snap-on-start=$V appvms/b/root
    [ ! -e "$POOL/appvms/b" ]
    fails 4 verify --snap-on-start=appvms/a/root appvms/b/root
    says "cannot find 'P/appvms/a/root.img': $NO_SUCH"
    fails 4 verify --snap-on-start=appvms/c/root appvms/b/root
    fails 2 verify --snap-on-start=appvms/c/root-dirty appvms/b/root
}

@test "verify of an origin snapshot wants the source, or dirty" {
    ok verify --snap-on-start=$V --save-on-stop appvms/b/root
    fails 4 verify --snap-on-start=appvms/c/root --save-on-stop appvms/b/root
    ok start --snap-on-start=$V --save-on-stop appvms/b/root
    rm "$A/private.img"
    ok verify --snap-on-start=$V --save-on-stop appvms/b/root
    rm "$POOL/appvms/b/root-dirty.img"
    fails 4 verify --snap-on-start=$V --save-on-stop appvms/b/root
}

@test "verify of a volatile volume wants nothing" {
    ok verify --volatile appvms/b/volatile
    fails 2 verify --volatile appvms/b/volatile-dirty
}

@test "verify takes a volume by any path that start takes, and refuses those that it refuses" {
    ok create $V-2 --size=1M
    ln -s a "$POOL/appvms/link"
    for pool in / /tmp "$POOL" "$POOL/appvms/a"; do
        "$BIN" -C "$pool" verify "$POOL/$V"
        "$BIN" -C "$pool" verify --snap-on-start="$POOL/$V" "$POOL/appvms/b/root"
        "$BIN" -C "$pool" verify "$POOL/appvms/link/private"
    done
    touch "$POOL/appvms/file"
    for volume in appvms/file/x/volatile nowhere/b/volatile "$POOL/nowhere/b/volatile"; do
        for verb in "start --size=1M" verify; do
            # shellcheck disable=SC2086 # words
            fails 4 $verb --volatile "$volume"
        done
    done
}

@test "verify refuses an image that is no file" {
    rm "$A/private.img"
    mkfifo "$A/private.img"
    fails 3 verify $V
    fails 3 verify --snap-on-start=$V appvms/b/root
}

@test "verify refuses what start would refuse" {
    ok create vm-templates/t/root --size=1M
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    ok stop appvms/a/root # as an origin
    for verb in verify start; do
        fails 3 $verb --snap-on-start=vm-templates/t/root appvms/a/root
        says "cannot treat the volume as a snapshot: there are revisions of 'P/appvms/a/root.img' (if it\
 has nothing of its own: remove it, and start it anew)"
    done
    ok remove appvms/a/root
    ok verify --snap-on-start=vm-templates/t/root appvms/a/root
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    fails 3 verify --volatile appvms/a/root
}
