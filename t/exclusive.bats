#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --exclusive: what removing something would free, held against what its removal does free.

load lib/common
load lib/space

prepare() {
    V=appvms/a/private
}

# Element $2 (as Python writes it) of what reflinkctl $1 --exclusive --json says, without the blocks
# that XFS keeps at hand
exclusive() {
    used >/dev/null
    told "$@"
}

# The same with them
told() {
    # shellcheck disable=SC2086 # a command and an operand
    "$BIN" -C "$POOL" $1 --exclusive --json |
        python3 -c "import json, sys; print(json.load(sys.stdin)$2['exclusive'])"
}

@test "a single revision frees what nothing else shares" {
    can_tell || return 0
    ok create $V --size=64M
    commit 20480 0
    # shellcheck disable=SC2046 # a list of numbers
    commit 100 $(seq 0 400 20000)
    # shellcheck disable=SC2046
    commit 300 $(seq 1 900 20000)
    for revision in 2 3; do
        expected=$(exclusive "revisions $V" "[1]")
        frees "$expected" prune $V $revision
    done
    [ "$expected" -gt 1000000 ] || fail "revision 3 has something of its own"
}

@test "what revisions share with each other alone is freed by removing them all" {
    can_tell || return 0
    ok create $V --size=64M
    commit 20480 0
    commit 4 0
    ok start $V
    ok discard $V
    commit 20480 0
    for i in 1 2; do
        alone=$(exclusive "revisions $V" "[$i]")
        [ "$alone" -lt 9000000 ] || fail "revision $((i + 1)) alone would free $alone"
    done
    ok -n prune $V --revisions-to-keep=0
    [[ "$OUT" =~ ^"would free "([0-9]+)" bytes of data"$ ]] || fail
    together=${BASH_REMATCH[1]}
    ok -n --json prune $V --revisions-to-keep=0
    [ "$OUT" = "{\"freed\": $together, \"at_most\": false}" ] || fail "not $together"
    ok -n prune $V 2 3
    [[ "$OUT" == "would free "* && "$OUT" != "would free $alone "* ]] || fail
    # What all but the clean image frees is what the volume frees less the clean image.
    [ "$together" = $(($(exclusive "info $V" "") - 20480 * 1024)) ] || fail "$together"
    frees "$together" prune $V --revisions-to-keep=0
}

@test "prune says nothing of freeing where nothing would be removed" {
    ok create $V --size=1M
    commit 4 0
    ok -n prune $V --revisions-to-keep=1
    [ -z "$ERR$OUT" ] || fail
    ok -n --json prune $V --revisions-to-keep=1
    [ "$OUT" = '{"freed": 0, "at_most": false}' ] || fail
    ok prune $V --revisions-to-keep=1
    [ -z "$ERR$OUT" ] || fail
    ok --json prune $V --revisions-to-keep=1
    [ "$OUT" = '{"freed": 0}' ] || fail
}

@test "prune ends with what it has freed, once that is free" {
    can_tell || [ "$FS" = ext4 ] || return 0
    ok create $V --size=64M
    for _ in 1 2 3; do commit 20480 0; done
    used >/dev/null
    ok -n prune $V 2
    foretold=${OUT#would free }
    before=$(stat -f -c '%f * %S' "$POOL")
    ok prune $V 2
    after=$(stat -f -c '%f * %S' "$POOL")
    [ "$OUT" = "freed $foretold" ] || fail
    agree $(($after - ($before))) "${foretold% bytes of data}" || fail "df tells $(($after - ($before)))"
    ok --json prune $V 3
    [ "$OUT" = "{\"freed\": ${foretold% bytes of data}}" ] || fail
}

@test "what something outside the pool shares is told as at most so much on btrfs" {
    [ "$FS" = btrfs ] || return 0
    ok create $V --size=64M
    for _ in 1 2 3; do commit 8192 0; done
    ok create appvms/b/private --size=64M
    cp --reflink=always "$A/private.img.3@"* "$POOL/../outside"
    ok --json revisions $V --exclusive
    [[ "$OUT" == *'"exclusive": 8388608, "exclusive_at_most": false'*'"exclusive": 8388608, "exclusive_at_most": true'* ]] || fail
    ok revisions $V --exclusive
    [[ "$OUT" == *' 8.0 MiB'$'\n'*' at most 8.0 MiB' ]] || fail
    ok info $V --exclusive
    [[ "$OUT" == *"exclusive  at most 24.0 MiB ("* ]] || fail
    ok list --exclusive
    [[ "$OUT" == *'at most 24.0 MiB'*' 0 B' ]] || fail
    ok revisions --exclusive
    [[ "$OUT" == *'at most 8.0 MiB'* ]] || fail
    ok -n prune $V 2
    [ "$OUT" = "would free 8388608 bytes of data" ] || fail
    ok -n prune $V 3
    [ "$OUT" = "would free at most 8388608 bytes of data" ] || fail
    ok -n --json prune $V 3
    [ "$OUT" = '{"freed": 8388608, "at_most": true}' ] || fail
    ok prune $V 3
    [[ "$OUT" =~ ^freed\ [0-9]{1,6}\ bytes ]] || fail "little is free by that"
    says "removed 'P/appvms/a/private.img.3@*'"
    rm "$POOL/../outside"
}

@test "revisions --exclusive lists those of the whole pool, the one that frees most first" {
    ok create $V --size=64M
    for size in 4 2048 1024; do commit $size 0; done
    ok clone $V appvms/b/private
    ok start appvms/b/private
    scribble "$POOL/appvms/b/private-dirty.img" 4096 0
    ok stop --no-precache appvms/b/private
    ok pin $V 2 monday
    ok revisions --exclusive
    [ "$(sed 1d <<<"$OUT" | wc -l)" = 4 ] || fail
    ok --json revisions --exclusive
    python3 - "$OUT" <<-'END' || fail
	import json, sys
	rows = json.loads(sys.argv[1])
	assert len(rows) == 4, rows
	told = [row["exclusive"] for row in rows]
	assert told == sorted(told, reverse=True), told
	assert [row["pins"] for row in rows if row["revision"] == 2] == [["monday"]]
	assert {row["vid"] for row in rows} == {"appvms/a/private", "appvms/b/private"}
	END
    fails 2 revisions
    says "revisions needs a volume, or --exclusive for the pool"
}

@test "a volume frees all of it, together with all that it has" {
    can_tell || return 0
    ok create $V --size=64M
    commit 8192 0
    commit 1024 0
    ok start $V
    scribble "$A/private-dirty.img" 2048 4096
    mkdir "$POOL/appvms/b"
    scribble "$POOL/appvms/b/private.img" 1024 0
    expected=$(exclusive "info $V" "")
    [ "$expected" = "$(exclusive list "[0]")" ] || fail "list says $(exclusive list "[0]")"
    [ "$expected" -ge $(((8192 + 1024 + 2048) * 1024)) ] || fail "$expected is too little"
    agree "$(exclusive list "[1]")" 1048576 || fail "of the other list says $(exclusive list "[1]")"
    frees "$expected" remove --discard $V
}

@test "a hard link elsewhere in the pool, or outside, frees nothing" {
    can_tell || return 0
    mkdir "$POOL/appvms/0"
    ok create $V --size=64M
    mkdir "$POOL/appvms/z"
    commit 8192 0
    commit 8192 0
    expected=$(exclusive "revisions $V" "[1]")
    agree "$expected" 8388608 || fail "$expected"
    for link in backup appvms/0/x.img appvms/z/x.img; do # whichever is found first
        ln "$A/private.img.2@"* "$POOL/$link"
        [ "$(exclusive "revisions $V" "[1]")" = 0 ] || fail "a link in the pool: $link"
        rm "$POOL/$link"
    done
    ln "$A/private.img.2@"* "$POOL/../backup"
    [ "$(exclusive "revisions $V" "[1]")" = 0 ] || fail "a link outside"
    rm "$POOL/../backup"
    [ "$(exclusive "revisions $V" "[1]")" = "$expected" ]
}

@test "what a snapshot elsewhere in the pool shares isn't freed" {
    can_tell || return 0
    ok create vm-templates/t/root --size=64M
    ok start vm-templates/t/root
    scribble "$POOL/vm-templates/t/root-dirty.img" 8192 0
    ok stop vm-templates/t/root
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    scribble "$A/root-dirty.img" 1024 16384
    agree "$(exclusive "info appvms/a/root" "")" 1048576 || fail "the snapshot has its own 1 MiB"
    [ "$(exclusive "info vm-templates/t/root" "")" = 0 ] || fail "the template frees nothing"
    frees "$(exclusive "info appvms/a/root" "")" remove --force appvms/a/root
    agree "$(exclusive "info vm-templates/t/root" "")" 8388608 || fail "now it does"
}

@test "a clone of another name in the pool counts too" {
    can_tell || return 0
    ok create $V --size=64M
    commit 8192 0
    commit 8192 0
    mkdir "$POOL/lost"
    cp --reflink=always "$A/private.img.2@"* "$POOL/lost/anything"
    [ "$(exclusive "revisions $V" "[1]")" = 0 ] || fail "in the pool"
    if [ "$FS" = xfs ]; then
        mv "$POOL/lost/anything" "$POOL/../anything"
        [ "$(exclusive "revisions $V" "[1]")" = 0 ] || fail "XFS knows of those outside"
        rm "$POOL/../anything"
    else
        rm "$POOL/lost/anything"
    fi
    for _ in {1..50}; do # XFS lets go of it a moment later
        ! agree "$(exclusive "revisions $V" "[1]")" 8388608 || return 0
        sync -f "$POOL"
        sleep 0.1
    done
    fail "the clone that is gone still counts"
}

@test "an extent of btrfs stays whole while a part of it is used" {
    [ "$FS" = btrfs ] || return 0
    ok create $V --size=64M
    commit 8192 0
    # All but the ends of each extent replaced, so that clean holds them all.
    # shellcheck disable=SC2046
    commit 60 $(seq 0 64 8128)
    [ "$(exclusive "revisions $V" "[1]")" -lt 1000000 ] || fail "nothing of it can be freed"
}

@test "where no two files share anything each frees what it uses" {
    [ "$FS" = ext4 ] || return 0
    ok create $V --size=1M
    commit 64 0
    commit 128 0
    ok --json revisions $V
    usage=$(python3 -c 'import json, sys; print(json.loads(sys.argv[1])[1]["usage"])' "$OUT")
    [ "$usage" -ge 65536 ]
    [ "$(exclusive "revisions $V" "[1]")" = "$usage" ] || fail
    ln "$A/private.img.2@"* "$POOL/other"
    [ "$(exclusive "revisions $V" "[1]")" = 0 ] || fail
}

@test "a volume called by an absolute path is compared with its own pool" {
    can_tell || return 0
    ok create $V --size=64M
    commit 8192 0
    commit 8192 0
    cp --reflink=always "$A/private.img.2@"* "$POOL/vm-templates/other"
    CALL=("an absolute path")
    OUT=$(cd / && "$BIN" revisions "$POOL/$V" --exclusive --json)
    [ "$OUT" = "$("$BIN" -C "$POOL" revisions $V --exclusive --json)" ] || fail "unlike by a vid"
    [ "$(exclusive "revisions $V" "[1]")" = 0 ] || fail "the other is in the pool"
}

@test "which pool a volume is in makes no difference to what it shares" {
    can_tell || return 0
    mkdir "$POOL/appvms/appvms"
    for vid in appvms/direct appvms/appvms/deep/p; do
        ok create $vid --size=8M
        ok start $vid
        scribble "$POOL/$vid-dirty.img" 2048 0
        ok stop $vid --revisions-to-keep=0 --no-precache
        cp --reflink=always "$POOL/$vid.img" "$POOL/vm-templates/$(basename $vid).img"
        for name in $vid "$POOL/$vid"; do
            [ "$(exclusive "info $name" "")" = 0 ] || fail "$name"
        done
    done
}

@test "what can't be measured is told once, not of each file" {
    requires_root
    [ "$FS" = btrfs ] || return 0
    for i in 1 2 3 4 5; do ok create appvms/v$i/private --size=1M; done
    chmod -R a+rX "$POOL"
    chmod 755 "$RUN_SCRATCH" "$RUN_SCRATCH/$FS"
    STATUS=0
    OUT=$(setpriv --reuid=65534 --clear-groups "$BIN" -C "$POOL" list --exclusive 2>"$RUN_SCRATCH/stderr") ||
        STATUS=$?
    ERR=$(cat "$RUN_SCRATCH/stderr")
    [ "$STATUS" = 6 ] && [ "$(wc -l <<<"$ERR")" = 1 ] && [ "$(wc -l <<<"$OUT")" = 6 ] || fail
}

@test "--exclusive adds a column" {
    ok create $V --size=1M
    commit 4 0
    for command in list "revisions $V"; do
        # shellcheck disable=SC2086
        ok $command --exclusive
        [[ "${OUT%%$'\n'*}" == *USAGE*EXCLUSIVE ]] || fail "expected a column"
    done
    ok info $V --exclusive
    [[ "$OUT" == *$'\nexclusive '*EXCLUSIVE* ]] || fail "expected a line and a column"
}

@test "what a dot hides, and a read-only snapshot, share as well" {
    can_tell || return 0
    ok create $V --size=64M
    commit 8192 0
    commit 8192 0
    mkdir "$POOL/appvms/.backup"
    cp --reflink=always "$A/private.img.2@"* "$POOL/appvms/.backup/private.img"
    [ "$(exclusive "revisions $V" "[1]")" = 0 ] || fail "a clone that a dot hides"
    [ "$FS" = btrfs ] || return 0
    btrfs -q subvolume create "$POOL/appvms/.sub"
    btrfs -q subvolume create "$POOL/appvms/sub"
    mv "$POOL/appvms/.backup/private.img" "$POOL/appvms/sub/"
    btrfs -q subvolume snapshot -r "$POOL/appvms/sub" "$POOL/appvms/.sub/yesterday"
    rm "$POOL/appvms/sub/private.img"
    [ "$(exclusive "revisions $V" "[1]")" = 0 ] || fail "a snapshot"
    btrfs -q subvolume delete "$POOL/appvms/.sub/yesterday"
    agree "$(exclusive "revisions $V" "[1]")" 8388608 || fail "nothing"
}

@test "what XFS has set aside for copies on write is freed too, with all names of the file" {
    [ "$FS" = xfs ] || return 0
    ok create $V --size=64M
    commit 40960 0
    ok clone $V appvms/b/private
    ok start appvms/b/private
    # shellcheck disable=SC2046 # a list of numbers
    scribble "$POOL/appvms/b/private-dirty.img" 64 $(seq 0 640 40000)
    sync -f "$POOL"
    ln "$POOL/appvms/b/private-dirty.img" "$POOL/other"
    [ "$(told "info appvms/b/private" "")" -lt 65536 ] || fail "a name elsewhere"
    rm "$POOL/other"
    expected=$(told "info appvms/b/private" "")
    [ "$expected" = "$(told list "[1]")" ] || fail
    before=$(stat -f -c %f "$POOL")
    ok remove --force --discard appvms/b/private
    for _ in {1..100}; do
        sync -f "$POOL"
        freed=$((($(stat -f -c %f "$POOL") - before) * 4096))
        [ $((freed > expected ? freed - expected : expected - freed)) -gt $((expected / 100 + 1048576)) ] || return 0
        sleep 0.1
    done
    fail "told $expected, freed $freed"
}
