#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# is-dirty: is there a dirty image?

load lib/common

V=appvms/a/private

@test "is-dirty says yes or no by its exit code" {
    ok create $V --size=1M
    rl is-dirty $V
    [ "$STATUS" = 1 ]
    [ -z "$OUT$ERR" ]
    ok start $V
    ok is-dirty $V
    [ -z "$OUT$ERR" ]
    ok stop $V
    rl is-dirty $V
    [ "$STATUS" = 1 ]
}

@test "is-dirty --json prints true or false" {
    ok create $V --size=1M
    rl is-dirty --json $V
    [ "$STATUS $OUT" = "1 false" ]
    ok start $V
    ok is-dirty --json $V
    [ "$OUT" = true ]
}

@test "is-dirty sees the dirty image of this volume alone" {
    mkdir "$A"
    touch "$A/private2-dirty.img" "$A/private-dirty.img~abcdefgh" "$A/private-dirty-dirty.img"
    rl is-dirty $V
    [ "$STATUS" = 1 ]
}

@test "is-dirty needs the VM's directory, and no lock" {
    fails 4 is-dirty $V
    says "cannot find '$A/private': $NO_SUCH"
    ok create $V --size=1M
    exec {lock}<"$A"
    flock "$lock"
    rl --wait=0 is-dirty $V
    exec {lock}<&-
    [ "$STATUS" = 1 ]
}
