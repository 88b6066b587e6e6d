#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# precache: prepare the next start.

load lib/common

V=appvms/a/private
D=P/appvms/a/private

prepare() {
    ok create $V --size=1M
    write_to "$A/private.img" one
    touch -d "2018-01-02T03:04:05.123456789Z" "$A/private.img"
}

@test "precache makes a clone of clean with its time and size" {
    ok precache $V
    says "$(cloned $D.img $D-precache.img)"
    files private.img private-precache.img
    [ "$(stat -c '%y %s %h' "$A/private-precache.img")" = "$(stat -c '%y %s %h' "$A/private.img")" ]
    holds "$A/private-precache.img" one
}

@test "precache that is good already stays" {
    ok precache $V
    before=$(snapshot)
    ok precache $V
    says
    [ "$(snapshot)" = "$before" ]
}

@test "precache replaces a stale one" {
    ok precache $V
    write_to "$A/private.img" two
    ok precache $V
    [[ "$ERR" == *"$(cloned "$POOL/$V.img" "$POOL/$V-precache.img")" ]] || fail
    holds "$A/private-precache.img" two
    files private.img private-precache.img private.img.1@*
}

@test "precache of a snapshot is of the source's clean image" {
    ok precache --snap-on-start=$V appvms/b/root
    says "created directory 'P/appvms/b'" "$(cloned $D.img P/appvms/b/root-precache.img)"
    A=$POOL/appvms/b
    files root-precache.img
    [ "$(stat -c %y "$A/root-precache.img")" = "$(stat -c %y "$POOL/$V.img")" ]
    # while the VM runs too
    ok start --snap-on-start=$V appvms/b/root
    ok precache --snap-on-start=$V appvms/b/root
    files root.img root-dirty.img root-precache.img
}

@test "precache refuses a dirty volume, whose next start wouldn't use it" {
    ok start $V
    fails 3 precache $V
    says "cannot precache '$D.img': it is dirty, stop it first"
}

@test "precache needs the image" {
    fails 4 precache appvms/a/root
    says "cannot find 'P/appvms/a/root.img': $NO_SUCH"
    fails 4 precache appvms/b/root
    fails 4 precache --snap-on-start=appvms/a/root appvms/b/root
    fails 2 precache --snap-on-start=$V $V
}

@test "a precache isn't taken for that of another state with the same time and size" {
    touch -d @1700000000 "$A/private.img" # by a program: a whole second
    ok precache $V
    ok import-begin --size=1M $V
    write_to "$A/private-import.img" two
    touch -d @1700000000 "$A/private-import.img"
    ok import-end $V
    ok start $V
    holds "$A/private-dirty.img" two
}

@test "nor by start, where another program has committed in a way that keeps it" {
    touch -d @1700000000 "$A/private.img"
    ok precache $V
    cp --sparse=always "$A/private.img" "$A/new"
    write_to "$A/new" two
    touch -d @1700000000 "$A/new"
    mv "$A/new" "$A/private.img"
    ok start $V
    says "removed '$D-precache.img'" "$(cloned $D.img $D-dirty.img)"
    holds "$A/private-dirty.img" two
}

@test "a commit removes the precache before the clean image is another" {
    ok precache $V
    cp -p "$A/private.img" "$A/private-import.img" # of the same time and size
    injected renameat:error=EIO:when=1 import-end $V
    [ "$STATUS" = 6 ]
    [ ! -e "$A/private-precache.img" ]
}
