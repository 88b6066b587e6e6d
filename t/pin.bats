#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# pin: keep a revision under a name, whatever prunes.

load lib/common

V=appvms/a/private
D=P/appvms/a/private

# Revisions 1 (empty), 2 (one) and 3 (two), clean is "three".
prepare() {
    ok create $V --size=1M
    for text in one two three; do session $V $text --revisions-to-keep=9 --no-precache; done
}

# As pruning by somebody who knows no pins.
drop_revision() {
    rm "$A"/private.img."$1"@*Z
}

# What the table or JSON says of revision $1: its pins.
pins_of() {
    "$BIN" --json -C "$POOL" revisions $V | python3 -c '
import json, sys
print(*(",".join(row["pins"]) for row in json.load(sys.stdin) if row["revision"] == int(sys.argv[1])))' "$1"
}

@test "pin makes another link of a revision" {
    ok pin $V 2 monday
    says "linked '$D.img.2@*' -> '$D.img.2@*+monday'"
    files private.img private.img.{1,2,3}@\* private.img.2@\*+monday
    same "$A"/private.img.2@*Z "$A"/private.img.2@*+monday
    ok pin $V "$(basename "$A"/private.img.3@*Z | sed 's/private.img.//')" tuesday
    same "$A"/private.img.3@*Z "$A"/private.img.3@*+tuesday
}

@test "pin of clean makes a revision of it, as the next commit would, and pins that" {
    ok pin $V clean now
    says "linked '$D.img' -> '$D.img.4@*'" "linked '$D.img.4@*' -> '$D.img.4@*+now'"
    files private.img private.img.{1,2,3,4}@\* private.img.4@\*+now
    ok pin $V clean again
    says "linked '$D.img.4@*' -> '$D.img.4@*+again'"
    session $V four --no-precache
    files private.img private.img.{1,2,3,4}@\* private.img.4@\*+{now,again}
    holds "$A"/private.img.4@*+now three
    holds "$A/private.img" four
}

@test "pin takes another pin for the state that it names" {
    ok pin $V 2 monday
    ok pin $V monday copy
    same "$A"/private.img.2@*+monday "$A"/private.img.2@*+copy
    drop_revision 2
    ok pin $V 2 third
    same "$A"/private.img.2@*+monday "$A"/private.img.2@*+third
}

@test "pin refuses a name that is there, and one that could be something else" {
    ok pin $V 2 monday
    fails 3 pin $V 3 monday
    says "cannot pin '$D.img' as 'monday': a pin of revision 2 is called so"
    fails 3 pin $V 2 monday
    for bad in 7 007 "" clean dirty a.b a/b a+b "a b" Z ofZ ä "$(printf 'x%.0s' {1..33})"; do
        fails 2 pin $V 2 "$bad"
    done
    for good in a _ 2026-11-27 7x -- Zz "$(printf 'x%.0s' {1..32})"; do
        [ "$good" != -- ] || continue
        ok pin $V 2 "$good"
    done
}

@test "pin needs something that is there" {
    fails 4 pin $V 7 x
    says "cannot find revision '7' of '$D.img'"
    fails 4 pin $V nothing x
    says "cannot find pin 'nothing' of '$D.img'"
    fails 2 pin $V a.b x
    fails 4 pin appvms/a/nothing clean x
    fails 4 pin appvms/b/private 1 x
    fails 2 pin $V dirty x
}

@test "pin refuses a snapshot's clean image, which a revision would keep from starting" {
    ok create vm-templates/t/root --size=1M
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    fails 3 pin appvms/a/root clean x
    says "cannot pin 'P/appvms/a/root.img': it is a snapshot, which no stop commits"
}

@test "pin refuses a name that would be too long with a tempfile's" {
    long=$(printf 'v%.0s' {1..200})
    ok create "appvms/a/$long" --size=1M
    fails 3 pin "appvms/a/$long" clean "$(printf 'x%.0s' {1..32})" || true
    ok pin "appvms/a/$long" clean x
}

@test "pin whose link fails is a clone with the time and the mark of its revision" {
    injected linkat:error=EMLINK:when=1 pin $V 2 monday
    [ "$STATUS" = 0 ]
    differ "$A"/private.img.2@*Z "$A"/private.img.2@*+monday
    [ "$(stat -c %Y "$A"/private.img.2@*Z)" = "$(stat -c %Y "$A"/private.img.2@*+monday)" ]
    python3 -c 'import os, sys; assert os.getxattr(sys.argv[1], "user.reflinkctl.of").endswith(b" state")' \
        "$A"/private.img.2@*+monday
    ok revert $V monday
    holds "$A/private.img" one
}

@test "pin of what somebody writes to is a clone" {
    attach "$A"/private.img.2@*Z
    ok pin $V 2 monday
    differ "$A"/private.img.2@*Z "$A"/private.img.2@*+monday
    grep -q "warning: .* is still being written to: '$LOOP' uses it" <<<"$ERR"
}

@test "a pinned revision isn't counted nor dropped, whoever prunes" {
    ok pin $V 1 a
    ok pin $V 3 b
    ok prune $V --revisions-to-keep=1
    files private.img private.img.{1,2,3}@\* private.img.1@\*+a private.img.3@\*+b
    ok prune $V --revisions-to-keep=0
    says "removed '$D.img.2@*'"
    session $V four --revisions-to-keep=1 --no-precache
    session $V five --revisions-to-keep=1 --no-precache
    files private.img private.img.{1,3,5}@\* private.img.1@\*+a private.img.3@\*+b
    ok start $V --revisions-to-keep=-1
    ok stop $V --revisions-to-keep=-1
    files private.img private.img.{1,3}@\* private.img.1@\*+a private.img.3@\*+b
    fails 3 prune $V 1
    says "cannot prune revision '1' of '$D.img': it is pinned as 'a' (unpin it)"
    fails 3 prune $V b
}

@test "prune counts as many older states when clean is pinned as when it isn't" {
    ok pin $V clean now
    ok prune $V --revisions-to-keep=2
    says "removed '$D.img.1@*'"
    files private.img private.img.{2,3,4}@\* private.img.4@\*+now
}

@test "a pin is found wherever a revision is asked for" {
    ok pin $V 2 monday
    ok export $V monday
    [ "$OUT" = "$(echo "$A"/private.img.2@*Z)" ] || [ "$OUT" = "$(echo "$A"/private.img.2@*+monday)" ]
    ok export $V monday --output="$POOL/copy"
    holds "$POOL/copy" one
    ok diff $V monday 3
    grep -q data <<<"$OUT"
    ok diff $V monday monday
    [ -z "$OUT" ]
    ok diff --json $V monday clean
    fails 4 export $V tuesday
}

@test "export of a pin prints a path that stays until it is unpinned" {
    ok pin $V 2 monday
    ok export $V monday
    path=$OUT
    ok prune $V --revisions-to-keep=0
    ok revert $V 2
    session $V four --revisions-to-keep=0
    holds "$path" one
    ok unpin $V monday
    [ ! -e "$path" ]
}

@test "a pin whose revision is gone is a state of its own, by its number too" {
    ok pin $V 1 a
    ok pin $V 1 b
    drop_revision 1
    ok revisions $V
    [ "$(awk 'NR == 1 { print $1, $NF } NR > 1 { print $1, $NF }' <<<"$OUT")" = \
        "$(printf '%s\n' 'REVISION PINS' '1 a,b' '2 -' '3 -')" ] || fail "not this table"
    [ "$(pins_of 1)" = a,b ]
    [ -z "$(pins_of 2)" ]
    ok export $V 1
    [[ $OUT == */private.img.1@*+a ]]
    ok --json list
    grep -q '"revisions": *3' <<<"$OUT"
    ok --json info $V
    [ "$(grep -o '"revision":' <<<"$OUT" | wc -l)" = 3 ]
    ok info $V
    grep -q 'PINS' <<<"$OUT"
}

@test "revisions has no column PINS without pins" {
    ok revisions $V
    [[ $OUT != *PINS* ]]
    [[ $(rl --json revisions $V && echo "$OUT") == *'"pins":'* ]]
}

@test "revert to a pin leaves the pin" {
    ok pin $V 2 monday
    ok revert $V monday
    says "linked '$D.img' -> '$D.img.4@*'" "renamed '$D.img.2@*' -> '$D.img'"
    files private.img private.img.{1,3,4}@\* private.img.2@\*+monday
    same "$A/private.img" "$A"/private.img.2@*+monday
    session $V four --no-precache
    holds "$A"/private.img.2@*+monday one
    holds "$A/private.img" four
    ok revert $V monday
    says "linked '$D.img' -> '$D.img.6@*'" "linked '$D.img.2@*+monday' -> '$D.img'"
    holds "$A/private.img" one
    same "$A/private.img" "$A"/private.img.2@*+monday
    ok revert $V monday
    says
}

@test "revert to a pin where links fail makes a clone" {
    ok pin $V 2 monday
    drop_revision 2
    injected linkat:error=EMLINK:when=2 revert $V monday
    [ "$STATUS" = 0 ]
    differ "$A/private.img" "$A"/private.img.2@*+monday
    holds "$A/private.img" one
    holds "$A"/private.img.4@*Z three
}

@test "revert goes to the newest pin where nothing else is left" {
    ok pin $V 1 a
    ok pin $V 3 b
    rm "$A/private.img" "$A"/private.img.*Z
    ok fsck $V || [ "$STATUS" = 1 ]
    grep -q ": no-clean: " <<<"$OUT"
    ok revert $V
    says "linked '$D.img.3@*+b' -> '$D.img'"
    holds "$A/private.img" two
    ok revert $V
    holds "$A/private.img" ''
    [[ $ERR == *"'$POOL/$V.img.1@"*"+a' -> '$POOL/$V.img'"* ]]
}

@test "a start writes to no pin" {
    ok pin $V clean now
    rm "$A"/private.img.*Z
    ok start $V --revisions-to-keep=-1
    write_to "$A/private-dirty.img" four
    holds "$A"/private.img.4@*+now three
}

@test "remove refuses a volume with pins, unless told otherwise" {
    ok pin $V 2 monday
    fails 3 remove $V
    says "cannot remove '$D.img': revision 2 is pinned as 'monday' (unpin it, or --force)"
    fails 3 create $V --size=1M
    ok remove --force $V
    [ ! -e "$A" ]
}

@test "cleanup and start leave pins, and drop their tempfiles" {
    ok pin $V 2 monday
    cp "$A"/private.img.2@*Z "$(echo "$A"/private.img.2@*+monday)~abcd_123"
    ok fsck $V || [ "$STATUS" = 1 ]
    grep -q ": tempfile: " <<<"$OUT"
    ok cleanup
    files private.img private.img.{1,2,3}@\* private.img.2@\*+monday
}

@test "a volume with pins alone is no snapshot and not volatile" {
    ok pin $V 2 monday
    rm "$A"/private.img.*Z
    ok create vm-templates/t/root --size=1M
    fails 3 start --snap-on-start=vm-templates/t/root $V
    says "cannot treat the volume as a snapshot: there are revisions of '$D.img'"
}

@test "fsck has nothing to say about a pin" {
    ok pin $V clean now
    ok pin $V 2 monday
    drop_revision 2
    ok fsck
    [ -z "$OUT" ] || fail "$OUT"
    ok fsck --repair
    files private.img private.img.{1,3,4}@\* private.img.4@\*+now private.img.2@\*+monday
}

@test "fsck tells of a pin that is written to, and of one with an odd name" {
    ok pin $V 2 monday
    drop_revision 2
    attach "$A"/private.img.2@*+monday
    rl fsck
    grep -q "+monday': written-clean: " <<<"$OUT"
    losetup -d "$LOOP"
    LOOPS=()
    for odd in "+x y" + +7 +endZ "+a+b" +clean; do
        touch "$A/private.img.2@2018-01-02T03:04:05Z$odd"
        rl fsck
        grep -qF "private.img.2@2018-01-02T03:04:05Z$odd': odd-pin: " <<<"$OUT" || fail "$odd"
        rm "$A/private.img.2@2018-01-02T03:04:05Z$odd"
    done
}

@test "which of two pins of one name is meant isn't guessed" {
    ok pin $V 2 monday
    ln "$A"/private.img.3@*Z "$(echo "$A"/private.img.3@*Z)+monday"
    fails 3 export $V monday
    [[ $ERR == *"cannot tell which revision 'monday' of "*"write its time too, as in 2@"*"+monday"* ]]
    full=$(basename "$A"/private.img.3@*+monday)
    ok export $V "${full#private.img.}"
    [[ $OUT == *private.img.3@*+monday ]]
}

@test "a number that another driver gave to a second state is not guessed" {
    ok pin $V 1 x
    mv "$A"/private.img.1@*Z "$A/private.img.1@2001-02-03T04:05:06Z"
    before=$(snapshot)
    for command in "export $V 1" "prune $V 1" "revert $V 1" "pin $V 1 y"; do
        # shellcheck disable=SC2086 # words
        fails 3 $command
        [[ $ERR == *"write its time too"* ]] || fail "$command"
    done
    [ "$(snapshot)" = "$before" ]
    ok prune $V 1@2001-02-03T04:05:06Z
    ok export $V 1
}

@test "the Python driver's pattern for revisions matches no pin" {
    for name in a Za _ Z ofZ 2018-01-02T03:04:05Z; do rl pin $V 2 "$name"; done
    [ "$(find "$A" -name '*+*' | wc -l)" = 3 ]
    for path in "$A"/private.img.*@*Z; do
        [[ $path != *+* ]] || fail "$path"
    done
}

@test "a snapshot whose template kept its state as a pin alone still counts it as that of the template" {
    S=vm-templates/t/root X=appvms/a/root
    ok create $S --size=1M
    session $S one --no-precache
    ok start --snap-on-start=$S --save-on-stop $X
    ok pin $S clean a
    session $S two --no-precache
    rm "$POOL/vm-templates/t"/root.img.*Z
    ok stop --snap-on-start=$S --save-on-stop $X
    [ -z "$(find "$A" -name 'root.img.*')" ]
}
