#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Where files can be neither renamed nor linked within their directory (EXDEV): XFS says so of those that
# are older than the project of the directory.  A clone takes the new name, then the old one goes.

load lib/common

V=appvms/a/private
D=P/appvms/a/private

prepare() {
    ok create $V --size=1M
    session $V one
    session $V two
}

# The volume's files are older than the project of its directory.  Elsewhere than on XFS it is strace that
# says so: FAULTS, options for under_strace.
age() {
    FAULTS=(-e "trace=renameat,renameat2,linkat,unlinkat")
    if [ "$FS" = xfs ]; then
        xfs_io -c "chproj 5" -c "chattr +P" "$A"
    else
        FAULTS+=(-e inject=renameat:error=EXDEV:when=1 -e inject=renameat2:error=EXDEV:when=1)
    fi
}

moves() {
    under_strace "${FAULTS[@]}" -- "$@"
    [ "$STATUS" = 0 ] || fail "status"
    [[ "$TRACE" == *EXDEV* ]] || fail "$TRACE"
}

@test "start makes the precache, or with snapshots disabled the clean image, the dirty one" {
    ok precache $V
    age
    moves start $V
    says "$(cloned $D-precache.img $D-dirty.img)" "removed '$D-precache.img'"
    files private.img private-dirty.img private.img.1@\* private.img.2@\*
    holds "$A/private-dirty.img" two
    ok discard $V
    moves start $V --revisions-to-keep=-1
    says "$(cloned $D.img $D-dirty.img)" "removed '$D.img'"
    holds "$A/private-dirty.img" two
    ok stop $V
    holds "$A/private.img" two
    holds "$A"/private.img.2@* one
}

@test "stop commits, and the next start knows its precache" {
    ok start $V
    write_to "$A/private-dirty.img" three
    age
    moves stop $V
    [[ "$ERR" == *"removed '$A/private-dirty.img'"* ]] || fail
    files private.img private-precache.img private.img.{1,2,3}@\*
    holds "$A/private.img" three
    holds "$A"/private.img.3@* two
    ok start $V
    says "renamed '$D-precache.img' -> '$D-dirty.img'"
    holds "$A/private-dirty.img" three
}

@test "revert and import-end do, too" {
    age
    moves revert $V
    files private.img private.img.1@\* private.img.3@\*
    holds "$A/private.img" one
    holds "$A"/private.img.3@* two
    ok import-begin $V --size=1M
    write_to "$A/private-import.img" imported
    if [ "$FS" = xfs ]; then ok import-end $V; else moves import-end $V; fi
    holds "$A/private.img" imported
    holds "$A"/private.img.4@* one
    [ ! -e "$A/private-import.img" ]
}

@test "whatever a kill between the two steps leaves, no state is lost and none is invented" {
    ok start $V
    write_to "$A/private-dirty.img" three
    age
    FAULTS+=(-e inject=unlinkat:signal=KILL:when=1)
    rm -f "$A/private-precache.img"
    under_strace "${FAULTS[@]}" -- stop $V --no-precache
    [ "$STATUS" = 137 ] || fail "it wasn't killed"
    holds "$A/private.img" three
    holds "$A/private-dirty.img" three
    holds "$A"/private.img.3@* two
    ok start $V # what a crash left goes on
    write_to "$A/private-dirty.img" four
    ok stop $V
    for text in one two three; do cat "$A"/private.img.* | grep -aq $text || fail "$text is lost"; done
    holds "$A/private.img" four
}
