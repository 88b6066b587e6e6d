#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# is-outdated: has the source been committed since the snapshot?

load lib/common

V=appvms/a/root
T=vm-templates/t/root

outdated() {
    rl is-outdated --snap-on-start=$T $V
    [ "$STATUS" = "$1" ] || fail "expected status $1"
    [ -z "$OUT$ERR" ]
}

prepare() {
    ok create $T --size=1M
    session $T t1
    ok start --snap-on-start=$T $V
}

@test "is-outdated tells whether the template was committed since" {
    outdated 1
    ok start $T
    write_to "$POOL/$T-dirty.img" t2
    outdated 1
    ok stop $T
    outdated 0
    ok stop --snap-on-start=$T $V
    ok start --snap-on-start=$T $V
    outdated 1
}

@test "is-outdated is no while there is no snapshot" {
    ok stop --snap-on-start=$T $V
    outdated 1
}

@test "is-outdated goes by the time and size of a snapshot that couldn't be a link" {
    ok stop --snap-on-start=$T $V
    injected linkat:error=EMLINK:when=1 start --snap-on-start=$T $V
    [ "$STATUS" = 0 ]
    differ "$POOL/$V.img" "$POOL/$T.img"
    outdated 1
    ln "$POOL/$V.img" "$POOL/mine" # by a backup program, say
    outdated 1
    rm "$POOL/mine"
    touch "$POOL/$T.img"
    outdated 0
    touch -r "$POOL/$V.img" "$POOL/$T.img"
    outdated 1
    truncate -s 2M "$POOL/$T.img"
    touch -r "$POOL/$V.img" "$POOL/$T.img"
    outdated 0
}

@test "is-outdated goes by the inode of a link, whatever the time says" {
    cp -p "$POOL/$T.img" "$POOL/new"
    ln "$POOL/$T.img" "$POOL/$T.img.9@2018-01-02T03:04:05Z"
    mv "$POOL/new" "$POOL/$T.img"
    outdated 0
}

@test "is-outdated --json prints true or false" {
    rl --json is-outdated --snap-on-start=$T $V
    [ "$STATUS $OUT" = "1 false" ]
    session $T t2
    ok --json is-outdated --snap-on-start=$T $V
    [ "$OUT" = true ]
}

@test "is-outdated needs the source and its name" {
    fails 2 is-outdated $V
    says "is-outdated needs --snap-on-start=SOURCE"
    fails 2 is-outdated --snap-on-start=$V $V
    fails 4 is-outdated --snap-on-start=vm-templates/x/root $V
    fails 4 is-outdated --snap-on-start=vm-templates/t/x $V
}

@test "a VM that was never started has no outdated snapshot" {
    rl is-outdated --snap-on-start=$T appvms/b/root
    [ "$STATUS$ERR" = 1 ]
}
