#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Streams of send are Ceph's: its tools merge them, and receive takes what comes of that.

load ../lib/common

V=appvms/a/private

# Commit V with what the words "TEXT OFFSET" say, then a hole at an offset.
change() {
    ok start $V
    printf %s "$1" | dd of="$A/private-dirty.img" bs=1 seek="$2" conv=notrunc status=none
    [ -z "${3-}" ] || fallocate -p -o "$3" -l 100000 "$A/private-dirty.img"
    ok stop $V --no-precache
}

@test "rbd merge-diff makes one of two increments, which is received" {
    command -v rbd >/dev/null || skip "needs rbd, of ceph-common"
    local streams=$RUN_SCRATCH/streams there=$RUN_SCRATCH/there
    mkdir -p "$streams" "$there/appvms/a" "$there/vm-templates"
    ok create $V --size=10M
    head -c 4M /dev/urandom >"$streams/data"
    ok import $V "$streams/data" --size=4M
    "$BIN" -q -C "$POOL" send $V | "$BIN" -q -C "$there" receive $V
    change two 5000
    change three 3000000 100000
    ok start $V
    ok resize $V 12M
    ok stop $V
    # 2 is what is there; 3 is in the middle, and must be called so in both
    "$BIN" -q -C "$POOL" send --from=2 $V 3 >"$streams/3"
    "$BIN" -q -C "$POOL" send --from=3 $V >"$streams/4"
    rbd merge-diff "$streams/3" "$streams/4" "$streams/merged" 2>"$streams/said" || fail "$(cat "$streams/said")"
    "$BIN" -q -C "$there" receive $V <"$streams/merged" 2>"$streams/said" && fail "without a sum"
    grep -q -e --no-sum "$streams/said"
    "$BIN" -q -C "$there" receive --no-sum $V <"$streams/merged"
    cmp "$A/private.img" "$there/$V.img"
    [ "$(stat -c %y "$A/private.img")" = "$(stat -c %y "$there/$V.img")" ]
    # and the chain goes on from there
    ok start $V
    ok stop $V
    "$BIN" -q -C "$POOL" send --from=5 $V | "$BIN" -q -C "$there" receive $V
    rm -rf "$streams" "$there"
}
