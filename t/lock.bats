#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Locks: processes on one VM take turns, different VMs don't wait for each other.

load lib/common

V=appvms/a/private

prepare() {
    ok create $V --size=1M
    ok create appvms/b/private --size=1M
    exec {LOCK}<"$A"
}

tidy() {
    exec {LOCK}<&-
}

@test "every transition takes the VM's lock, and --wait=0 doesn't wait for it" {
    flock "$LOCK"
    for verb in start stop discard revert remove precache cleanup "resize $V 2M" \
        "create --force --size=1" "prune --revisions-to-keep=0" \
        "start --volatile --size=1 appvms/a/volatile" "start --snap-on-start=appvms/b/private appvms/a/root" \
        "import $V appvms/b/private" "import-begin --size=1" import-end "clone appvms/b/private appvms/a/root" \
        "export --output=appvms/a/out appvms/b/private" "copy appvms/b/private.img appvms/a/out"; do
        # shellcheck disable=SC2086
        case $verb in
        *appvms*) fails 5 --wait=0 $verb ;;
        *) fails 5 --wait=0 $verb $V ;;
        esac
        says "cannot lock 'P/appvms/a': another process is at work there"
    done
    head -c 64K /dev/urandom >"$A/private.img.1@2018-01-02T03:04:05Z"
    fails 5 --wait=0 reclaim --keep=0 64K
    says "cannot lock 'P/appvms/a': another process is at work there"
}

@test "questions take no lock" {
    flock "$LOCK"
    ok --wait=0 verify $V
    ok --wait=0 revisions $V
    rl --wait=0 is-dirty $V
    [ "$STATUS" = 1 ]
    ok --wait=0 export $V --output=out
    # nor does anybody's source
    ok --wait=0 clone $V appvms/b/copy
    ok --wait=0 start --snap-on-start=$V appvms/b/root
}

@test "another VM's volumes don't wait" {
    flock "$LOCK"
    ok --wait=0 start appvms/b/private
    ok --wait=0 create appvms/c/private --size=1
}

@test "--wait=SECONDS waits that long, and no longer" {
    flock "$LOCK"
    before=${EPOCHREALTIME/./}
    fails 5 --wait=0.2 start $V
    after=${EPOCHREALTIME/./}
    [ $((after - before)) -ge 200000 ]
    fails 5 --wait=.1 start $V
    for bad in "" . x -1 1s 1e9 nan 0x1; do fails 2 --wait="$bad" start $V; done
}

@test "a process that waits has its turn when the other is done, and says what it waits for" {
    flock "$LOCK"
    : >"$RUN_SCRATCH/err"
    "$BIN" -C "$POOL" start $V >"$RUN_SCRATCH/out" 2>"$RUN_SCRATCH/err" {LOCK}<&- &
    waiter=$!
    for _ in {1..3000}; do
        ! grep -q waiting "$RUN_SCRATCH/err" || break
        sleep 0.01
    done
    files private.img
    flock -u "$LOCK"
    wait $waiter
    files private.img private-dirty.img
    [ "$(head -n 1 "$RUN_SCRATCH/err")" = "reflinkctl: waiting for another process at work in '$A'" ]
    [ "$(cat "$RUN_SCRATCH/out")" = "$A/private-dirty.img" ]
}

@test "a process that waited for another one's turn sees what that has made" {
    # btrfs lists through a descriptor only what was there when it was opened.
    # It waits as stop, for whom what was made is the newest revision.
    session $V one --revisions-to-keep=9 --no-precache
    ok start $V
    flock "$LOCK"
    "$BIN" -q -C "$POOL" stop --revisions-to-keep=9 --no-precache $V {LOCK}<&- &
    waiter=$!
    until_waiting $waiter
    cp "$A/private.img" "$A/private.img.41@2018-01-02T03:04:05Z"
    flock -u "$LOCK"
    wait $waiter
    files private.img private.img.{1,41,42}@\*
}

@test "a process that waited for remove makes the directory anew, and doesn't work in the old one" {
    flock "$LOCK"
    "$BIN" -q -C "$POOL" start --volatile --size=1M appvms/a/volatile >/dev/null {LOCK}<&- &
    waiter=$!
    until_waiting $waiter
    rm -r "$A"
    flock -u "$LOCK"
    wait $waiter
    files volatile-dirty.img
}

@test "a process that waited leaves a directory alone that was moved, and works in what is there" {
    for there in nothing another; do
        flock "$LOCK"
        "$BIN" -q -C "$POOL" remove --discard $V {LOCK}<&- 2>"$RUN_SCRATCH/err" &
        waiter=$!
        until_waiting $waiter
        mv "$A" "$POOL/appvms/saved"
        [ $there = nothing ] || cp -a "$POOL/appvms/saved" "$A"
        flock -u "$LOCK"
        STATUS=0
        wait $waiter || STATUS=$?
        [ $there = another ] || [ "$STATUS" = 4 ] || fail "$(cat "$RUN_SCRATCH/err")"
        [ ! -e "$A" ] || fail "it is there still"
        [ -e "$POOL/appvms/saved/private.img" ] || fail "that was moved out of the way"
        mv "$POOL/appvms/saved" "$A"
    done
}

@test "who made the directory but didn't get the lock leaves it to who has that" {
    B=$POOL/appvms/b/c
    # It sleeps between mkdir and the lock, the other one when it has that and an unnamed file.
    (
        exec {LOCK}<&-
        for _ in {1..3000}; do
            [ ! -d "$B" ] || break
            sleep 0.01
        done
        strace -qq -o /dev/null -e trace=fsync -e inject=fsync:delay_enter=1500000:when=1 \
            "$BIN" -q -C "$POOL" create appvms/b/c/root --size=1M || touch "$POOL/failed"
    ) &
    injected fsync:delay_exit=700000:when=1 --wait=0 create appvms/b/c/private --size=1M
    [ "$STATUS" = 5 ] || fail
    says "created directory 'P/appvms/b/c'" \
        "cannot lock 'P/appvms/b/c': another process is at work there"
    wait
    [ ! -e "$POOL/failed" ] || fail "the one with the lock has failed"
    A=$B
    files root.img
}

@test "many processes on one volume leave a volume that is whole" {
    for i in 1 2 3 4 5 6; do
        (for _ in 1 2 3; do
            "$BIN" -q -C "$POOL" start $V >/dev/null
            "$BIN" -q -C "$POOL" stop $V --revisions-to-keep=1
        done) {LOCK}<&- &
    done
    wait
    ok stop $V --revisions-to-keep=1
    [ "$(cd "$A" && ls | without_times | sed 's/img\.[0-9]*@/img.N@/')" = "private-precache.img
private.img
private.img.N@*" ] || fail
}
