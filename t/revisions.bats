#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# revisions: what revert can go back to.

load lib/common

V=appvms/a/private

prepare() {
    ok create $V --size=1M
    truncate -s 2M "$A/private.img.10@2018-01-02T03:04:05Z"
    dd if=/dev/zero of="$A/private.img.2@2019-01-02T03:04:05Z" bs=64K count=1 status=none
    (cd "$A" && touch private.img@2018-01-02T03:04:05Z private.img.x@2018-01-02T03:04:05Z \
        private.img.1@2018-01-02T03:04:05Z~abcdefgh root.img.5@2018-01-02T03:04:05Z)
    sync "$A"/*
}

@test "revisions lists number, time, size and usage, oldest first" {
    ok revisions $V
    [ "$OUT" = "\
REVISION  TIME                      SIZE     USAGE
       2  2019-01-02T03:04:05Z  64.0 KiB  64.0 KiB
      10  2018-01-02T03:04:05Z   2.0 MiB       0 B" ] || fail
    says
}

@test "revisions --json" {
    ok --json revisions $V
    [ "$OUT" = '[{"revision": 2, "time": "2019-01-02T03:04:05Z", "size": 65536, "usage": 65536,'\
' "path": "'"$A"'/private.img.2@2019-01-02T03:04:05Z", "pins": []},'\
' {"revision": 10, "time": "2018-01-02T03:04:05Z", "size": 2097152, "usage": 0,'\
' "path": "'"$A"'/private.img.10@2018-01-02T03:04:05Z", "pins": []}]' ] || fail
    python3 -c 'import json, sys; json.loads(sys.argv[1])' "$OUT"
}

@test "revisions of a volume without any is empty" {
    rm "$A"/private.img.*
    ok revisions $V
    [ -z "$OUT" ]
    ok revisions --json $V
    [ "$OUT" = "[]" ]
}

@test "revisions needs a volume, with or without a clean image" {
    fails 4 revisions appvms/b/private
    fails 4 revisions appvms/a/nothing
    rm "$A/private.img"
    ok revisions $V
    fails 2 revisions
}

@test "revisions needs no lock" {
    exec {lock}<"$A"
    flock "$lock"
    ok --wait=0 revisions $V
    exec {lock}<&-
}
