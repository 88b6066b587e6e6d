#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# receive: what send has written becomes the clean image, as a commit; anything else changes nothing.

load lib/common

V=appvms/a/private
W=appvms/b/copy

prepare() {
    B=$POOL/appvms/b
    D=$A/private-dirty.img
    STREAM=$RUN_SCRATCH/stream
    ok create $V --size=1000001
    change begin 0
    change end 999990
}

tidy() {
    rm -rf "$RUN_SCRATCH"/stream*
}

# Commit V with TEXT at an offset.
change() {
    ok start $V
    printf %s "$1" | dd of="$D" bs=1 seek="$2" conv=notrunc status=none
    ok stop $V --no-precache
}

# The stream of what send with these arguments writes, in $STREAM$1.
sent() {
    "$BIN" -q -C "$POOL" send "${@:2}" >"$STREAM$1"
}

# receive from $STREAM$1, with further arguments.
receive() {
    rl receive "${@:2}" <"$STREAM$1"
}

received() {
    receive "$@"
    [ "$STATUS" = 0 ] || fail "expected status 0"
}

stream() {
    python3 "$BATS_TEST_DIRNAME/lib/stream.py" "$@"
}

# A stream of these records, in the names of which STATE stands for one: received, with exit code $1,
# it has changed nothing and says $2.
STATE='clean@2026-01-02T03:04:05.000000006Z 0123456789abcdef0123456789abcdef'
refuses() {
    local status=$1 what=$2
    stream make "${@:3}" >"${STREAM}x"
    mkdir -p "$B"
    fails "$status" receive $W <"${STREAM}x"
    [[ $ERR == *": $what"* ]] || fail "it doesn't say '$what'"
}

same_state() {
    cmp "$1" "$2" || fail "$1 isn't $2"
    [ "$(stat -c '%s %y' "$1")" = "$(stat -c '%s %y' "$2")" ] || fail "another time"
}

@test "receive makes a new volume, with the time and the id of what was sent" {
    sent 1 $V
    received 1 $W --revisions-to-keep=-1
    says "created directory 'P/appvms/b'" \
        "copied '/dev/stdin' -> 'P/appvms/b/copy-import.img' (1000001 bytes, 4673 of data)" \
        "renamed 'P/appvms/b/copy-import.img' -> 'P/appvms/b/copy.img'"
    same_state "$B/copy.img" "$A/private.img"
    [ "$(ls "$B")" = copy.img ]
    [ "$(stat -c '%a %h' "$B/copy.img")" = "600 1" ]
    [ "$(stat -c %b "$B/copy.img")" -lt 100 ] # sparse
    sent 2 $V
    "$BIN" -q -C "$POOL" send $W | cmp - "${STREAM}2"
}

@test "receive commits to an existing volume as import does" {
    sent 1 $V
    ok create $W --size=1M
    received 1 $W
    says "copied '/dev/stdin' -> 'P/appvms/b/copy-import.img' (1000001 bytes, 4673 of data)" \
        "linked 'P/appvms/b/copy.img' -> 'P/appvms/b/copy.img.1@*'" \
        "renamed 'P/appvms/b/copy-import.img' -> 'P/appvms/b/copy.img'" \
        "$(A=$B cloned 'P/appvms/b/copy.img' 'P/appvms/b/copy-precache.img' 4673)"
    change more 5000
    sent 2 $V
    received 2 $W --revisions-to-keep=1
    ls "$B"/copy.img.2@*
    [ "$(ls "$B"/copy.img.* | wc -l)" = 1 ]
    ok start $W
    change again 5000
    sent 3 $V
    before=$(cat "$B/copy-dirty.img" | cksum)
    fails 3 receive $W --revisions-to-keep=0 <"${STREAM}3"
    received 3 $W
    [[ $ERR == *"warning: '$B/copy-dirty.img' is dirty: the next start goes on with that"* ]]
    same_state "$B/copy.img" "$A/private.img"
    [ "$(cksum <"$B/copy-dirty.img")" = "$before" ]
}

@test "a chain of three increments, each on the one before" {
    sent 0 $V
    received 0 $W
    for i in 3 4 5; do
        change "state $i" $((i * 100000))
        sent "$i" --from="$i" $V
        [ "$(wc -c <"$STREAM$i")" -lt 5000 ]
        received "$i" $W
        same_state "$B/copy.img" "$A/private.img"
    done
    [ "$(ls "$B"/copy.img.* | wc -l)" = 3 ]
    same_state "$B"/copy.img.1@* "$A"/private.img.3@*
    same_state "$B"/copy.img.3@* "$A"/private.img.5@*
}

@test "an increment is a reflink of its base, and what changed" {
    sent 0 $V
    received 0 $W
    change more 500000
    sent 1 --from=3 $V
    received 1 $W --revisions-to-keep=9
    says "$(A=$B cloned 'P/appvms/b/copy.img' 'P/appvms/b/copy-import.img' 4673 |
        sed 's/([0-9]* bytes/(1000001 bytes/; s/( bytes/(1000001 bytes/')" \
        "copied '/dev/stdin' -> 'P/appvms/b/copy-import.img' (1000001 bytes, 4096 of data)" \
        "linked 'P/appvms/b/copy.img' -> 'P/appvms/b/copy.img.1@*'" \
        "removed 'P/appvms/b/copy-precache.img'" \
        "renamed 'P/appvms/b/copy-import.img' -> 'P/appvms/b/copy.img'" \
        "$(A=$B cloned 'P/appvms/b/copy.img' 'P/appvms/b/copy-precache.img' 8769)"
}

@test "what is only kept needs no precache" {
    sent 0 $V
    received 0 $W --no-precache
    says "created directory 'P/appvms/b'" \
        "copied '/dev/stdin' -> 'P/appvms/b/copy-import.img' (1000001 bytes, 4673 of data)" \
        "renamed 'P/appvms/b/copy-import.img' -> 'P/appvms/b/copy.img'"
    ok precache $W
    change more 500000
    sent 1 --from=3 $V
    received 1 $W --no-precache
    [ ! -e "$B/copy-precache.img" ]
    ok start $W
    cmp "$B/copy-dirty.img" "$A/private.img"
}

@test "the base may be a revision; what is newer stays" {
    sent 0 $V
    received 0 $W
    change more 500000
    sent 1 --from=3 $V
    session $W "something else"
    received 1 $W
    same_state "$B/copy.img" "$A/private.img"
    holds "$B"/copy.img.2@* "something else"
}

@test "sizes change both ways, zeros and truncation too" {
    sent 0 $V
    received 0 $W
    ok start $V
    ok resize $V 3000000
    printf far | dd of="$D" bs=1 seek=2500000 conv=notrunc status=none
    head -c 4096 /dev/zero | dd of="$D" conv=notrunc status=none
    ok stop $V --no-precache
    sent 1 --from=3 $V
    received 1 $W
    same_state "$B/copy.img" "$A/private.img"
    ok start $V
    ok resize --shrink $V 700
    ok stop $V --no-precache
    sent 2 --from=4 $V
    received 2 $W
    same_state "$B/copy.img" "$A/private.img"
    ok start $V
    ok resize $V 1000000
    ok stop $V --no-precache
    sent 3 --from=5 $V
    received 3 $W
    same_state "$B/copy.img" "$A/private.img"
}

@test "zeros are written where no holes can be punched" {
    requires_root
    sent 0 $V
    received 0 $W
    ok start $V
    head -c 300000 /dev/urandom | dd of="$D" bs=4096 seek=20 conv=notrunc status=none
    ok stop $V --no-precache
    sent 1 --from=3 $V
    received 1 $W
    ok start $V
    fallocate -p -o 90000 -l 200000 "$D"
    ok stop $V --no-precache
    sent 2 --from=4 $V
    injected fallocate:error=EOPNOTSUPP receive $W <"${STREAM}2"
    [ "$STATUS" = 0 ] || fail "expected status 0"
    grep -q 'fallocate.*INJECTED' <<<"$TRACE"
    same_state "$B/copy.img" "$A/private.img"
}

@test "through a pipe, a FIFO and a file; to and from other file systems" {
    requires_root
    "$BIN" -q -C "$POOL" send $V | "$BIN" -q -C "$POOL" receive $W
    same_state "$B/copy.img" "$A/private.img"
    mkfifo "$RUN_SCRATCH/stream-fifo"
    "$BIN" -q -C "$POOL" send $V >"$RUN_SCRATCH/stream-fifo" &
    "$BIN" -q -C "$POOL" receive appvms/c/p <"$RUN_SCRATCH/stream-fifo"
    wait $!
    same_state "$POOL/appvms/c/p.img" "$A/private.img"
    change more 5000
    for type in btrfs xfs ext4; do
        rm -rf "$RUN_SCRATCH/stream-disk"
        truncate -s 400M "$RUN_SCRATCH/stream-disk"
        "mkfs.$type" -q "$RUN_SCRATCH/stream-disk" >/dev/null
        mkdir "$RUN_SCRATCH/stream-there"
        mount -o loop "$RUN_SCRATCH/stream-disk" "$RUN_SCRATCH/stream-there"
        there=$RUN_SCRATCH/stream-there/pool
        "$BIN" -q setup --setup-check=no "$there"
        "$BIN" -q -C "$POOL" send $V 3 | "$BIN" -q -C "$there" receive $V
        "$BIN" -q -C "$POOL" send --from=3 $V | "$BIN" -q -C "$there" receive $V
        same_state "$there/$V.img" "$A/private.img"
        # and back: what was received is a base for others
        "$BIN" -q -C "$there" send $V | "$BIN" -q -C "$POOL" receive appvms/c/$type
        same_state "$POOL/appvms/c/$type.img" "$A/private.img"
        umount "$RUN_SCRATCH/stream-there"
        rmdir "$RUN_SCRATCH/stream-there"
    done
}

@test "a broken chain is no copy: both are told what they could have in common" {
    sent 0 $V
    received 0 $W
    change one 100000
    sent 1 --from=3 $V
    change two 200000
    sent 2 --from=4 $V
    fails 4 receive $W <"${STREAM}2"
    id=$(stream read <"${STREAM}0" | sed -n 's/^t .*Z //p')
    base=$(stream read <"${STREAM}2" | sed -n 's/^f //p')
    says "cannot receive '/dev/stdin': it is what has changed since $base, which 'P/appvms/b/copy' hasn't (what it has that send --from may name: copy.img $id)"
    # and so it goes on
    sent 3 --from="$id" $V
    received 3 $W
    same_state "$B/copy.img" "$A/private.img"
    mkdir "$POOL/appvms/c"
    fails 4 receive appvms/c/new <"${STREAM}2"
    [[ $ERR == *"may name: nothing)" ]]
    fails 4 receive appvms/nowhere/new <"${STREAM}2"
}

@test "a base that was written to since is none" {
    sent 0 $V
    received 0 $W
    change one 100000
    sent 1 --from=3 $V
    printf x >>"$B/copy.img"
    fails 4 receive $W <"${STREAM}1"
}

@test "a base that may be lost is refused" {
    sent 0 $V
    received 0 $W
    change one 100000
    sent 1 --from=3 $V
    python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.reflinkctl.lost", b"1")' "$B/copy.img"
    fails 3 receive $W <"${STREAM}1"
}

@test "what is the clean image already is not received again" {
    sent 0 $V
    received 0 $W
    change one 100000
    sent 1 --from=3 $V
    received 1 $W --revisions-to-keep=0
    before=$(snapshot)
    # its base isn't there any more, and needn't
    received 1 $W
    says "'P/appvms/b/copy.img' is that state already"
    [ "$(snapshot)" = "$before" ]
    # but what is wrong with it is told all the same
    head -c -1 "${STREAM}1" >"${STREAM}2"
    fails 3 receive $W <"${STREAM}2"
    # all of it was read: whoever wrote it isn't killed for that
    { cat "${STREAM}1"; echo $? >"$RUN_SCRATCH/stream-status"; } | "$BIN" -q -C "$POOL" receive $W
    [ "$(cat "$RUN_SCRATCH/stream-status")" = 0 ]
}

# The id of file $1, if it has one.
id_of() {
    python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "user.reflinkctl.state").decode().split()[0])' "$1" \
        2>/dev/null || true
}

@test "what is handed to a VM, or was written to by one, has no id any more" {
    sent 0 $V
    [ "$(id_of "$A/private.img")" ]
    ok start $V --revisions-to-keep=-1
    [ ! "$(id_of "$D")" ] || fail "start renamed it with its id"
    ok stop $V --revisions-to-keep=-1
    sent 0 $V
    mv "$A/private.img" "$D" # as another driver starts
    ok start $V
    [ ! "$(id_of "$D")" ] || fail "start handed it over with its id"
    ok stop $V
    sent 0 $V
    mv "$A/private.img" "$D"
    ok stop $V
    [ ! "$(id_of "$A/private.img")" ] || fail "stop committed it with its id"
}

@test "an image whose writes were lost is received once more" {
    sent 0 $V
    received 0 $W
    python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.reflinkctl.lost", b"1")' "$B/copy.img"
    received 0 $W
    ok start $W
}

@test "what was received already is made durable, as who received it may have been killed before" {
    sent 0 $V
    received 0 $W
    traced fsync receive $W <"${STREAM}0"
    [[ $TRACE == *fsync* ]] || fail "no fsync"
}

@test "two states of equal bytes that each have an id stay two" {
    sent 1 $V
    received 1 $W
    ok precache $V
    ok start $V # by the precache, which has clean's time
    ok stop $V --no-precache
    sent 2 $V
    received 2 $W
    change three 100000
    sent 3 --from="$(id_of "$B/copy.img")" $V
    received 3 $W
    for number in 1 2; do
        id=$(id_of "$B"/copy.img.$number@*)
        [[ $id && $(head -n 2 "$STREAM$number" | tr '\0' '\n') == *"$id"* ]] || fail "revision $number"
    done
}

@test "receive --pin pins what came, once" {
    ok pin $V clean b1
    sent 1 $V b1
    received 1 $W --pin=b1
    [ "$B/copy.img" -ef "$(echo "$B"/copy.img.1@*+b1)" ] || fail
    [ "$B/copy.img" -ef "$(echo "$B"/copy.img.1@*Z)" ] || fail
    received 1 $W --pin=b1
    received 1 $W --pin=again
    ok --json revisions $W
    [[ $OUT == *'"pins": ["again", "b1"]'* ]] || fail
    change two 100000
    ok pin $V clean b2
    sent 2 --from=b1 $V b2
    before=$(snapshot)
    fails 3 receive $W --pin=b1 <"${STREAM}2"
    fails 2 receive $W --pin=7 <"${STREAM}2"
    [ "$(snapshot)" = "$before" ]
    received 2 $W --pin=b2 --revisions-to-keep=0
    same_state "$(echo "$B"/copy.img.*+b2)" "$A/private.img"
    ok export $W b1
    ok unpin $W b1
    fails 3 receive $W --pin=b3 --no-sum </dev/null
    [[ $(ls "$B") != *+b3* ]] || fail
}

@test "a snapshot receives nothing: it could be started no more" {
    ok create vm-templates/t/root --size=1M
    ok start appvms/b/copy --snap-on-start=vm-templates/t/root
    sent 0 $V
    before=$(snapshot)
    fails 3 receive $W <"${STREAM}0"
    [ "$(snapshot)" = "$before" ]
}

@test "a stream that was cut off anywhere, or has one bit that is wrong, changes nothing" {
    sent 0 $V
    stream hold "$POOL" "$BIN" -q -C "$POOL" receive $W <"${STREAM}0" >/dev/null
    received 0 $W
    ok start $V
    fallocate -p -o 0 -l 4096 "$D"
    printf more | dd of="$D" bs=1 seek=500000 conv=notrunc status=none
    ok stop $V --no-precache
    sent 1 --from=3 $V
    stream hold "$POOL" "$BIN" -q -C "$POOL" receive $W <"${STREAM}1" >"$RUN_SCRATCH/stream-tries"
    [ "$(cat "$RUN_SCRATCH/stream-tries")" -gt 100 ]
    received 1 $W
}

@test "hostile sizes, offsets, lengths and orders change nothing" {
    t=t:$STATE
    refuses 3 "byte 12: a t record was to come" x:00
    refuses 3 "byte 12: a t record was to come" s:4096 e
    refuses 3 "byte 12: a t record was to come" w:0:4096 e
    refuses 3 "byte 12: a t record was to come" e
    refuses 3 "byte 86: an s record was to come" "$t" "$t" s:4096 e
    refuses 3 "byte 86: an s record was to come" "$t" "f:$STATE" s:4096 e
    refuses 3 "byte 86: a t record was to come" "f:$STATE" "f:$STATE" "$t" s:4096 e
    refuses 3 "byte 86: an s record was to come" "$t" w:0:4096 s:4096 e
    refuses 3 "byte 86: an s record was to come" "$t" e
    refuses 3 "byte 86: no file is of that size" "$t" s:9223372036854775808 e
    refuses 3 "byte 86: no file is of that size" "$t" s:18446744073709551615 e
    refuses 3 "byte 95: no such record is known" "$t" s:4096 s:4096 e
    refuses 3 "byte 95: no such record is known" "$t" s:4096 x:78 e
    refuses 3 "byte 95: no such record is known" "$t" s:4096 "$t" e
    refuses 3 "byte 95: a record beyond the size" "$t" s:4096 w:4096:1 e
    refuses 3 "byte 95: a record beyond the size" "$t" s:4096 w:0:4097 e
    refuses 3 "byte 95: a record beyond the size" "$t" s:4096 w:1:4096 e
    refuses 3 "byte 95: a record beyond the size" "$t" s:4096 z:18446744073709551615:1 e
    refuses 3 "byte 95: a record beyond the size" "$t" s:4096 z:1:18446744073709551615 e
    refuses 3 "byte 95: a record beyond the size" "$t" s:4096 z:18446744073709551615:2 e
    refuses 3 "byte 95: a record beyond the size" "$t" s:4096 w:9223372036854775807:9223372036854775807 e
    refuses 3 "byte 95: a record beyond the size" "$t" s:0 z:0:1 e
    refuses 3 "byte 95: a record of no bytes" "$t" s:4096 w:0:0 e
    refuses 3 "byte 95: a record of no bytes" "$t" s:4096 z:4096:0 e
    refuses 3 "byte 95: a record of more than 1 MiB" "$t" s:9999999 w:0:1048577 e
    refuses 3 "byte 4208: a record before the end of the last one" "$t" s:9999 w:0:4096 z:4095:10 e
    refuses 3 "byte 4208: a record before the end of the last one" "$t" s:9999 w:4096:4096 w:0:4096 e
    refuses 3 "byte 112: a record before the end of the last one" "$t" s:9999 z:0:4096 z:0:4096 e
    refuses 3 "byte 95: it ends here" "$t" s:4096
    refuses 3 "byte 96: it ends without a sum" "$t" s:4096 x:65
    refuses 3 "byte 96: not the sum" "$t" s:4096 x:6565
    refuses 3 "byte 96: not the sum" "$t" s:4096 e e
    ok create $W --size=4096
    refuses 3 "byte 95: a record beyond the size" "$t" s:4096 w:4096:1 e
}

@test "names of states that send hasn't made are refused" {
    long=$(printf %0128d 0)
    for name in '' x "$long" "${STATE}0" "${STATE%?}" "${STATE^^}" "clean${STATE#clean@}" "@${STATE#*@}" \
        "../${STATE}" "${STATE/2026-01/2026-13}" "${STATE/03:04/24:04}" "${STATE/.000000006/.}" \
        "${STATE/.000000006/.0000000060}" "${STATE/.000000006/.-00000006}" "${STATE/2026/+026}" "${STATE/ /  }" $'a\e@'"${STATE#*@}"; do
        refuses 3 "byte 12: " "t:$name" s:4096 e
        refuses 3 "byte 12: " "f:$name" "t:$STATE" s:4096 e
        ! LC_ALL=C grep -q '[[:cntrl:]]' <<<"$ERR" || fail "raw control characters"
    done
    refuses 3 "byte 12: " x:74ffffffff
    refuses 3 "byte 12: " x:7400000080
    stream make "t:$STATE" s:4096 z:0:4095 e >"$STREAM"
    received '' $W
    [ "$(stat -c '%s %y' "$B/copy.img")" = "4096 2026-01-02 03:04:05.000000006 +0000" ]
    [ "$(stat -c %b "$B/copy.img")" -le 8 ] # of its id
}

@test "names of states that others write: by a pin, and with as much of a second as they like" {
    n=0
    for name in '7@2018-01-02T03:04:05Z:05.000000000' 'b2-_Z@2018-01-02T03:04:06.5Z:06.500000000' \
        '0@2018-01-02T03:04:07.00000000Z:07.000000000' 'clean@2018-01-02T03:04:08.123456789Z:08.123456789'; do
        n=$((n + 1))
        state="${name%:*} $(printf %032d $n)"
        stream make ${from:+"f:$from"} "t:$state" s:4096 e >"$STREAM"
        received '' $W
        [ "$(stat -c %y "$B/copy.img")" = "2018-01-02 03:04:${name##*:} +0000" ]
        from=$state
    done
}

@test "a stream without a sum is taken only if one says so" {
    stream make "t:$STATE" s:4096 w:0:10 x:65 >"$STREAM"
    mkdir "$B"
    fails 3 receive $W <"$STREAM"
    received '' --no-sum $W
    holds "$B/copy.img" WWWWWWWWWW
    # one that is there must be right
    stream make "t:$STATE" s:4096 w:0:10 x:650a >"$STREAM"
    fails 3 receive --no-sum $W <"$STREAM"
}

@test "nothing at all, and whatever else isn't a stream" {
    fails 3 receive $W </dev/null
    fails 3 receive $W </dev/zero
    [[ $ERR == *": byte 0: that is no stream of send" ]]
    fails 6 receive $W <"$POOL"
    STATUS=0
    script -qec "$BIN -C $POOL receive $W" /dev/null >"$STREAM" </dev/null || STATUS=$?
    [ "$STATUS" = 2 ]
    grep -q 'cannot read a stream from a terminal' "$STREAM"
}

@test "what can't be written is told, and leaves nothing" {
    requires_root
    sent 0 $V
    mkdir "$B"
    before=$(snapshot)
    for fault in pwrite64:error=ENOSPC ftruncate:error=EFBIG fsync:error=EIO utimensat:error=EPERM \
        read:error=EIO:when=2+ fsetxattr:error=EIO linkat:error=EIO; do
        injected "$fault" receive $W <"${STREAM}0"
        grep -q INJECTED <<<"$TRACE" || fail "$fault: nothing was injected"
        [ "$STATUS" = 6 ] || fail "$fault: expected status 6"
        [ "$(snapshot)" = "$before" ] || fail "$fault: something is left"
    done
    injected fsetxattr:error=EOPNOTSUPP receive $W <"${STREAM}0"
    [ "$STATUS" = 0 ]
    grep -q "warning: cannot write an id on '.*': .* (no stream can be based on it here)" <<<"$ERR"
    cmp "$B/copy.img" "$A/private.img"
}

@test "the base isn't open any more when what was received takes the name of the clean image" {
    requires_root
    sent 0 $V
    receive 0 $W
    session $V three
    sent 1 --from="$(ls "$A" | sed -n 's/^private\.img\.\([0-9]*\)@.*/\1/p' | sort -n | tail -n 1)" $V
    traced openat,close,renameat receive $W <"${STREAM}1"
    [ "$STATUS" = 0 ] || fail
    before=$(sed '/^renameat.*"copy.img")/q' <<<"$TRACE")
    [ "$(grep '^openat.*"copy.img", ' <<<"$before" | grep -vc O_PATH)" = "$(grep -c '^close.*/copy.img>' <<<"$before")" ] ||
        fail "$TRACE"
}

@test "a dry run of receive reads all, and changes nothing" {
    sent 0 $V
    before=$(snapshot)
    receive 0 -n $W
    dry=$ERR
    [ "$(snapshot)" = "$before" ]
    head -c -1 "${STREAM}0" >"${STREAM}1"
    receive 1 -n $W
    [ "$STATUS" = 3 ]
    [ "$(snapshot)" = "$before" ]
    receive 0 $W
    # What came is gone, so what a copy of it would have isn't known.
    has_reflinks || dry=${dry//", 0 of data"/", 4673 of data"}
    [ "$dry" = "$(in_the_infinitive <<<"$ERR")" ] || fail "$dry"
}
