#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# snapshot: commit what the dirty image is at this moment, while the VM runs on.

load lib/common

V=appvms/a/private
D=P/appvms/a/private
NOTE="'$D.img' is what a power cut would have left now"

# Revision 1 (empty), clean is "one", dirty "two".
prepare() {
    ok create $V --size=1M
    session $V one
    ok start $V
    write_to "$A/private-dirty.img" two
}


@test "snapshot makes a reflink of dirty clean, and clean a revision" {
    has_reflinks || return 0
    cp --reflink "$A/private.img" "$A/private-precache.img"
    inode=$(inode "$A/private-dirty.img")
    ok snapshot $V
    says "linked '$D.img' -> '$D.img.2@*'" "removed '$D-precache.img'" \
        "reflinked '$D-dirty.img' -> '$D.img'" "$NOTE"
    files private.img private-dirty.img private.img.{1,2}@\*
    holds "$A/private.img" two
    holds "$A"/private.img.2@* one
    differ "$A/private.img" "$A/private-dirty.img"
    [ "$(inode "$A/private-dirty.img")" = "$inode" ]
}

@test "the stop after a snapshot makes that a revision" {
    has_reflinks || return 0
    ok snapshot $V
    write_to "$A/private-dirty.img" three
    ok stop $V --no-precache
    files private.img private.img.{1,2,3}@\*
    holds "$A"/private.img.3@* two
    holds "$A/private.img" three
}

@test "snapshot goes on under a VM that writes" {
    has_reflinks || return 0
    attach "$A/private-dirty.img"
    ok snapshot $V
    write_to "$LOOP" three
    sync "$LOOP"
    holds "$A/private.img" two
    ok snapshot $V
    holds "$A/private.img" three
    holds "$A"/private.img.3@* two
    ! grep -q warning <<<"$ERR" || fail "a warning"
}

@test "snapshot --pin pins the new state" {
    has_reflinks || return 0
    ok snapshot --pin=monday $V
    says "linked '$D.img' -> '$D.img.2@*'" "reflinked '$D-dirty.img' -> '$D.img'" \
        "linked '$D.img' -> '$D.img.3@*'" "linked '$D.img.3@*' -> '$D.img.3@*+monday'" "$NOTE"
    write_to "$A/private-dirty.img" three
    ok stop $V --revisions-to-keep=0 --no-precache
    files private.img private.img.3@\* private.img.3@\*+monday
    holds "$A"/private.img.3@*+monday two
    fails 3 snapshot --pin=monday $V
    fails 2 snapshot --pin=7 $V
}

@test "snapshot prunes nothing" {
    has_reflinks || return 0
    for text in three four five; do
        ok snapshot $V
        write_to "$A/private-dirty.img" $text
    done
    files private.img private-dirty.img private.img.{1,2,3,4}@\*
}

@test "snapshot needs reflinks, and changes nothing where there are none" {
    if has_reflinks; then
        injected ioctl:error=EOPNOTSUPP snapshot --pin=x $V
        [ "$STATUS" = 3 ]
    else
        fails 3 snapshot --pin=x $V
    fi
    says "cannot take a snapshot of '$D-dirty.img': there are no reflinks here, and a copy would be of\
 many moments"
    files private.img private-dirty.img private.img.1@\*
}

@test "snapshot needs a dirty image that is to be saved" {
    ok stop $V --no-precache
    fails 3 snapshot $V
    says "cannot take a snapshot of '$D.img': it isn't dirty, and its clean image is its newest state\
 (pin that)"
    fails 4 snapshot appvms/a/nothing
    fails 4 snapshot appvms/b/private
    ok start --volatile --size=1M appvms/a/volatile
    fails 3 snapshot appvms/a/volatile
    says "cannot take a snapshot of 'P/appvms/a/volatile.img': it is volatile, which no stop commits"
    ok create vm-templates/t/root --size=1M
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    fails 3 snapshot appvms/a/root
    says "cannot take a snapshot of 'P/appvms/a/root.img': it is a snapshot, which no stop commits"
}

@test "snapshot refuses an image of which writes were lost" {
    injected fsync:error=EIO:when=1 snapshot $V
    [ "$STATUS" = 6 ]
    files private.img private-dirty.img private.img.1@\*
    fails 3 snapshot $V
    holds "$A/private.img" one
}

@test "snapshot of a dirty image without a clean one makes the clean one" {
    has_reflinks || return 0
    rm "$A/private.img"
    ok snapshot $V
    says "reflinked '$D-dirty.img' -> '$D.img'" "$NOTE"
    files private.img private-dirty.img private.img.1@\*
}
