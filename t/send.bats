#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# send: a stream of a state, or of what has changed since another.

load lib/common

V=appvms/a/private
W=appvms/b/copy

# Revision 1 is empty; the clean image has data, a hole, and data to its odd end.
prepare() {
    D=$A/private-dirty.img
    STREAM=$RUN_SCRATCH/stream
    ok create $V --size=1000001
    ok start $V
    write_to "$D" begin
    printf end | dd of="$D" bs=1 seek=999998 conv=notrunc status=none
    ok stop $V --no-precache
}

tidy() {
    rm -f "$RUN_SCRATCH"/stream*
}

stream() {
    python3 "$BATS_TEST_DIRNAME/lib/stream.py" "$@"
}

# The records of what send with these arguments writes, without the names of states.
sent() {
    CALL=(send "$@")
    STATUS=0
    "$BIN" -C "$POOL" send "$@" >"$STREAM" 2>"$RUN_SCRATCH/stderr" || STATUS=$?
    ERR=$(cat "$RUN_SCRATCH/stderr")
    [ "$STATUS" = 0 ] || fail "expected status 0"
    RECORDS=$(stream read <"$STREAM" | tr '\n' ' ')
    WITHOUT=$(sed -E 's/\b([ft]) [^ ]* [^ ]*/\1/g; s/ $//' <<<"$RECORDS")
}

@test "send writes all that isn't zeros, and says how much" {
    sent $V
    [ "$WITHOUT" = "t s 1000001 w 0 4096 w 999424 577 e sum" ] || fail "$RECORDS"
    says "copied 'P/appvms/a/private.img' -> '/dev/stdout' (1000001 bytes, 4673 of data)"
    stream apply /dev/null <"$STREAM" | cmp - "$A/private.img"
    sent $V 1
    [ "$WITHOUT" = "t s 1000001 e sum" ] || fail "$RECORDS"
}

@test "blocks of zeros that aren't holes are left out too" {
    ok start $V
    head -c 40960 /dev/zero | dd of="$D" bs=4096 seek=10 conv=notrunc status=none
    printf x | dd of="$D" bs=1 seek=50000 conv=notrunc status=none
    ok stop $V --no-precache
    sent $V
    [ "$WITHOUT" = "t s 1000001 w 0 4096 w 49152 4096 w 999424 577 e sum" ] || fail "$RECORDS"
}

@test "a state is named by its number, its time to the nanosecond, and an id that stays" {
    sent $V
    time=$(date -u -d "$(stat -c %y "$A/private.img")" +%Y-%m-%dT%H:%M:%S.%NZ)
    [[ $RECORDS =~ ^"t clean@$time "([0-9a-f]{32})" s " ]] || fail "$RECORDS"
    id=${BASH_REMATCH[1]}
    [ "$(python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "user.reflinkctl.state").decode())' \
        "$A/private.img")" = "$id $(stat -c %.9Y "$A/private.img") 1000001" ]
    sent $V
    [[ $RECORDS == *" $id s "* ]] || fail "$RECORDS"
    session $V more
    sent $V 2
    [[ $RECORDS == "t 2@$time $id s "* ]] || fail "$RECORDS"
    sent $V
    [[ $RECORDS != *"$id"* ]] || fail "$RECORDS"
}

@test "an id counts only while the image has its time and size" {
    sent $V
    id=${RECORDS#* }
    id=${id%% s *}
    touch "$A/private.img"
    sent $V
    [[ $RECORDS != *"${id#* }"* ]] || fail "$RECORDS"
    python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.reflinkctl.state", b"nonsense" * 12)' \
        "$A/private.img"
    sent $V
    [[ $RECORDS =~ [0-9a-f]{32} && $RECORDS != *nonsense* ]] || fail "$RECORDS"
}

@test "send --from writes only what differs, zeros as such" {
    sent $V
    ok start $V
    printf more | dd of="$D" bs=1 seek=500000 conv=notrunc status=none
    head -c 4096 /dev/zero | dd of="$D" bs=4096 conv=notrunc status=none
    ok stop $V --no-precache
    sent --from=2 $V
    [ "$WITHOUT" = "f t s 1000001 z 0 4096 w 499712 4096 e sum" ] || fail "$RECORDS"
    says "copied 'P/appvms/a/private.img' -> '/dev/stdout' (1000001 bytes, 4096 of data)"
    stream apply "$A"/private.img.2@* <"$STREAM" | cmp - "$A/private.img"
    sent --from clean $V clean
    [ "$WITHOUT" = "f t s 1000001 e sum" ] || fail "$RECORDS"
    sent $V 1
    sent --from=1 $V 2
    stream apply "$A"/private.img.1@* <"$STREAM" | cmp - "$A"/private.img.2@*
}

@test "send --from takes an id, and says which there are" {
    sent $V
    id=${RECORDS#* }
    id=${id%% s *} id=${id#* }
    session $V more
    sent "--from=$id" $V
    [[ $RECORDS == "f 2@"*" $id t clean@"* ]] || fail "$RECORDS"
    fails 4 send --from=0123456789abcdef0123456789abcdef $V
    [[ $ERR == *"private.img.2@"*" $id)" ]] || fail "it doesn't say"
}

@test "an image that grew or shrank since is sent to its size" {
    sent $V
    ok start $V
    ok resize $V 2000000
    ok stop $V --no-precache
    sent --from=2 $V
    [[ $WITHOUT =~ ^"f t s 2000000"( z [0-9]+ [0-9]+)+" e sum"$ ]] || fail "$RECORDS"
    stream apply "$A"/private.img.2@* <"$STREAM" | cmp - "$A/private.img"
    ok start $V
    ok resize --shrink $V 5000
    ok stop $V --no-precache
    sent --from=3 $V
    [ "$WITHOUT" = "f t s 5000 e sum" ] || fail "$RECORDS"
    stream apply "$A"/private.img.3@* <"$STREAM" | cmp - "$A/private.img"
}

@test "the sum is right whatever the length" {
    for size in {1..64}; do
        head -c "$size" /dev/urandom >"$RUN_SCRATCH/stream-source"
        ok import $V "$RUN_SCRATCH/stream-source" --revisions-to-keep=0
        sent $V
        [ "$(tail -c 72 "$STREAM")" = "sha256 $(head -c -72 "$STREAM" | sha256sum | cut -c -64)" ] ||
            fail "of $size bytes"
    done
}

@test "what there is no id of, nobody can have" {
    fails 3 send --from=1 $V
    says "cannot send what has changed since 'P/appvms/a/private.img.1@*': that was never sent nor received (without --from all is sent)"
}

@test "send says what isn't there, and refuses the dirty image and a lost one" {
    fails 4 send $V 7
    fails 4 send --from=7 $V
    fails 4 send appvms/nowhere/private
    fails 4 send $V seven
    ok start $V
    fails 2 send $V dirty
    fails 2 send --from=dirty $V
    python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.reflinkctl.lost", b"1")' "$A/private.img"
    fails 3 send $V
    [ -z "$OUT" ]
}

@test "send warns of a newer dirty image" {
    ok start $V
    sent $V
    [[ $ERR == *"reflinkctl: warning: "*dirty* ]] || fail "it doesn't"
}

@test "send writes no stream to a terminal" {
    STATUS=0
    script -qec "$BIN -C $POOL send $V" /dev/null >"$RUN_SCRATCH/stream" </dev/null || STATUS=$?
    [ "$STATUS" = 2 ]
    grep -q 'cannot write a stream to a terminal' "$RUN_SCRATCH/stream"
}

@test "where no id can be written, all is sent with a warning, and nothing can be based on it" {
    requires_root
    mount --bind "$POOL" "$POOL"
    mount -o remount,bind,ro "$POOL"
    rl send --from=clean $V
    [ "$STATUS$OUT" = 3 ]
    "$BIN" -C "$POOL" send $V >"$STREAM" 2>"$RUN_SCRATCH/stderr" || STATUS=$?
    umount "$POOL"
    grep -q "^reflinkctl: warning: cannot write an id on '$A/private.img': Read-only file system" "$RUN_SCRATCH/stderr"
    ok receive $W <"$STREAM"
    cmp "$POOL/$W.img" "$A/private.img"
    injected fsetxattr:error=ENOSPC send $V
    [ "$STATUS" = 0 ]
    fails 3 send --from=clean $V
    sent $V
    injected fsync:error=EIO send $V
    [ "$STATUS$OUT" = 6 ]
    fails 3 send $V # the kernel tells once that data is lost
}

@test "an image that is written to meanwhile makes a stream without an end" {
    "$BIN" -C "$POOL" send $V 2>"$RUN_SCRATCH/stderr" >"$STREAM"
    mkfifo "$RUN_SCRATCH/stream-fifo"
    ok start $V
    head -c 900000 /dev/urandom | dd of="$D" conv=notrunc status=none
    ok stop $V --no-precache
    "$BIN" -C "$POOL" send --from=2 $V >"$RUN_SCRATCH/stream-fifo" 2>"$RUN_SCRATCH/stderr" &
    exec 9<"$RUN_SCRATCH/stream-fifo"
    head -c 100000 <&9 >"$STREAM"
    touch "$A/private.img"
    cat <&9 >>"$STREAM"
    exec 9<&-
    STATUS=0
    wait $! || STATUS=$?
    [ "$STATUS" = 6 ]
    grep -q 'written to while it was read' "$RUN_SCRATCH/stderr"
    ! stream read <"$STREAM" >/dev/null 2>&1 || fail "it has an end"
}

@test "a stream in a file is on the disk when send returns" {
    OUT=$(strace -qq -y -e trace=fsync "$BIN" -C "$POOL" -q send $V 2>&1 >"$STREAM")
    [[ $OUT == *"fsync(1<"* ]] || fail "$OUT"
}

@test "a dry run of send writes nothing, not even an id" {
    before=$(stat -c %z "$A/private.img")
    ERR=$("$BIN" -n -C "$POOL" send $V 2>&1 >"$STREAM")
    [ ! -s "$STREAM" ]
    says "would copy 'P/appvms/a/private.img' -> '/dev/stdout' (1000001 bytes, 4673 of data)"
    [ "$(stat -c %z "$A/private.img")" = "$before" ]
}
