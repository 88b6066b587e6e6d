#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# reclaim: free so many bytes by dropping the fewest revisions.

load lib/common
load lib/space

W=appvms/b/private

prepare() {
    V=appvms/a/private
    ok create $V --size=1M
}

# The file of revision $2 of the volume $1, made on the day $3.
revision() {
    echo "$POOL/$1.img.$2@2018-01-0${3:-$2}T00:00:00Z"
}

# Revisions of V from 1 on, with KiB $1, $2 ... of their own.
revisions_of() {
    local number=0 size
    for size; do
        number=$((number + 1))
        head -c "${size}K" /dev/urandom >"$(revision $V $number)"
    done
}

# The revisions that $OUT lists: VOLUME:REVISION ...
listed() {
    awk '/^appvms/ { print $1 ":" $2 }' <<<"$OUT" | paste -sd' '
}

# reclaim $2... would drop just the revisions $1.
drops() {
    ok -n reclaim "${@:2}"
    [ "$(listed)" = "$1" ] || fail "expected $1"
}

# In kinds of file systems where it can be told what is shared (which takes root).
can_reclaim() {
    can_tell || [ "$FS" = ext4 ]
}

# Bytes that are free
free_bytes() {
    stat -f -c '%f %S' "$POOL" | awk '{ printf "%d", $1 * $2 }'
}

@test "reclaim drops the fewest revisions that free so much, says which, and so much is free then" {
    can_reclaim || return 0
    revisions_of 1024 16384 2048 8192 4
    used >/dev/null
    before=$(free_bytes)
    ok reclaim 20M
    after=$(free_bytes)
    says "removed 'P/$V.img.2@*'" "removed 'P/$V.img.4@*'"
    [ "$(listed)" = "$V:2 $V:4" ] || fail
    [ "$(tail -1 <<<"$OUT")" = "freed 25165824 bytes of data" ] || fail
    agree $((after - before)) 25165824 || fail "df tells $((after - before))"
    files private.img private.img.{1,3,5}@\*
}

@test "a dry run shows them, and drops none; JSON has what was freed, and the revisions" {
    can_reclaim || return 0
    revisions_of 64 256 64
    before=$(snapshot)
    ok -n reclaim 256K
    says "would remove 'P/$V.img.2@*'"
    [ "$(listed)" = $V:2 ] && [ "$(tail -1 <<<"$OUT")" = "would free 262144 bytes of data" ] || fail
    ok -n --json reclaim 256K
    [[ "$OUT" == '{"freed": 262144, "at_most": false, "revisions": [{"vid"'* ]] || fail
    [ "$(snapshot)" = "$before" ] || fail "it has changed something"
    ok --json reclaim 256K
    python3 - "$OUT" <<-'END' || fail
	import json, sys
	told = json.loads(sys.argv[1])
	assert told["freed"] == 262144, told
	assert [(row["vid"], row["revision"]) for row in told["revisions"]] == [("appvms/a/private", 2)]
	assert told["revisions"][0]["path"].endswith("/appvms/a/private.img.2@2018-01-02T00:00:00Z")
	END
    files private.img private.img.{1,3}@\*
}

@test "what can't be had drops nothing: the message says how much could be" {
    can_reclaim || return 0
    revisions_of 64 256 64
    fails 3 reclaim 1M
    [ "$ERR" = "reflinkctl: cannot free 1048576 bytes in '$POOL': the revisions that may go would free 327680" ] || fail
    fails 3 -n reclaim 1M
    fails 3 --json reclaim 1M
    [ -z "$OUT" ] || fail
    fails 2 reclaim much
    fails 2 reclaim --keep=-1 1M
    fails 2 reclaim
    fails 4 reclaim 1M appvms/nobody/private
}

@test "the newest of each volume and what is pinned stay; --keep=N keeps N, 0 none" {
    can_reclaim || return 0
    revisions_of 1024 512 256 128 64
    ok pin $V 1 x
    ok pin $V 5 y # doesn't count
    drops $V:2 4K
    drops "$V:2 $V:3" 768K
    fails 3 reclaim 769K
    drops $V:2 --keep=2 512K
    fails 3 reclaim --keep=2 513K
    drops "$V:2 $V:3 $V:4" --keep=0 896K
    fails 3 reclaim --keep=0 897K
    ok reclaim 768K
    files private.img private.img.{1,4,5}@\* private.img.1@\*+x private.img.5@\*+y
}

@test "a revision that is the clean image, after an interrupted commit, isn't counted" {
    can_reclaim || return 0
    revisions_of 512 256
    ln "$A/private.img" "$(revision $V 3)"
    drops $V:1 4K
    fails 3 reclaim 513K
    drops "$V:1 $V:2" --keep=0 768K
}

@test "where nothing else is left of a volume one revision stays" {
    can_reclaim || return 0
    revisions_of 64 64
    rm "$A/private.img"
    fails 3 reclaim --keep=0 128K
    drops $V:1 --keep=0 64K
}

@test "of those that do as well the oldest go, in whichever volume" {
    can_reclaim || return 0
    ok create $W --size=1M
    for i in 1 2 3 4; do
        head -c 64K /dev/urandom >"$(revision $V $i $((2 * i)))"
        head -c 64K /dev/urandom >"$(revision $W $i $((2 * i - 1)))"
    done
    drops $W:1 64K
    drops "$V:1 $W:1" 65K
    drops "$V:1 $V:2 $W:1 $W:2 $W:3" 320K
    head -c 65K /dev/urandom >"$(revision $V 3 6)" # does better than needed
    drops $W:1 64K
    drops $V:1 64K $V
    drops "$V:1 $V:2 $V:3" 192K $V
}

@test "only those of the volumes that are named, by a path too, and from anywhere" {
    can_reclaim || return 0
    ok create $W --size=1M
    revisions_of 64 4
    head -c 1M /dev/urandom >"$(revision $W 1)"
    head -c 1M /dev/urandom >"$(revision $W 2)"
    drops $V:1 64K
    drops $W:1 64K $W
    drops "$V:1 $W:1" 1088K $V $W
    CALL=("an absolute path")
    OUT=$(cd / && "$BIN" -n reclaim 64K "$POOL/$V" 2>/dev/null)
    [ "$(listed)" = $V:1 ] || fail
    mkdir -p "$POOL/../other/appvms/a"
    truncate -s 1M "$POOL/../other/$V.img"
    fails 2 reclaim 64K $V "$POOL/../other/$V"
    rm -r "$POOL/../other"
}

@test "what revisions share with each other alone counts when all of them go" {
    can_tell || return 0
    revisions_of 1024 512 1024 4
    cp --reflink=always "$(revision $V 1)" "$(revision $V 5)"
    ok create $W --size=1M
    cp --reflink=always "$(revision $V 3)" "$POOL/$W.img" # that stays
    touch "$(revision $V 6)"
    drops $V:2 512K
    drops "$V:1 $V:5" 513K
    drops "$V:1 $V:2 $V:5" 1025K
    fails 3 reclaim 1541K # 3 is shared with what stays
    used >/dev/null
    before=$(free_bytes)
    ok reclaim 1M
    [ "$(tail -1 <<<"$OUT")" = "freed 1048576 bytes of data" ] || fail
    agree $(($(free_bytes) - before)) 1048576
    files private.img private.img.{2,3,4,6}@\*
}

@test "hard links: a revision with two names frees something when both go" {
    can_reclaim || return 0
    revisions_of 1024 64 4
    ok create $W --size=1M
    ln "$(revision $V 1)" "$(revision $W 1)"
    touch "$(revision $W 2)"
    drops "$V:1 $W:1" 1M
    ln "$(revision $V 1)" "$POOL/another"
    fails 3 reclaim 1M
}

@test "the choice is at most one revision worse than the best, in random pools" {
    can_tell || return 0
    python3 "$BATS_TEST_DIRNAME/lib/fewest.py" "$BIN" "$POOL" 60 || fail
}

@test "what a snapshot of the subvolume outside the pool shares is left alone" {
    [ "$FS" = btrfs ] || return 0
    btrfs -q subvolume create "$POOL/../sub"
    mkdir -p "$POOL/../sub/appvms/a"
    mv "$A"/private.img "$POOL/../sub/appvms/a/"
    old=$POOL POOL=$(realpath "$POOL/../sub") A=$POOL/appvms/a
    revisions_of 512 256
    btrfs -q subvolume snapshot "$POOL" "$POOL/../yesterday"
    head -c 128K /dev/urandom >"$(revision $V 3)"
    touch "$(revision $V 4)"
    drops $V:3 128K
    rl reclaim 129K
    status=$STATUS error=$ERR
    btrfs -q subvolume delete "$POOL/../yesterday"
    btrfs -q subvolume sync "$POOL/.."
    drops "$V:1 $V:2 $V:3" 896K
    btrfs -q subvolume delete "$POOL"
    POOL=$old A=$POOL/appvms/a
    [ "$status" = 3 ] && [[ "$error" == *"would free 131072, without those that something outside shares (a snapshot of it?)" ]] || fail "$error"
}

@test "a volume that was locked is judged anew: a revision that was pinned meanwhile stays" {
    can_reclaim || return 0
    revisions_of 256 512 128 4
    ok create $W --size=1M
    head -c 384K /dev/urandom >"$(revision $W 1)"
    touch "$(revision $W 2)"
    exec {fd}<"$A"
    flock "$fd"
    "$BIN" -C "$POOL" reclaim 512K >"$RUN_SCRATCH/out" 2>"$RUN_SCRATCH/stderr" {fd}<&- &
    pid=$!
    until_waiting $pid
    ln "$(revision $V 2)" "$(revision $V 2)+x"
    exec {fd}<&-
    wait $pid
    OUT=$(cat "$RUN_SCRATCH/out") ERR=$(cat "$RUN_SCRATCH/stderr")
    [ "$(listed)" = "$V:1 $W:1" ] || fail
    [ -e "$(revision $V 2)" ] && [ -e "$(revision $V 3)" ] || fail
}

@test "a volume that is locked for long is told of, and nothing is dropped" {
    can_reclaim || return 0
    revisions_of 256 4
    exec {fd}<"$A"
    flock "$fd"
    fails 5 --wait=0 reclaim 256K
    exec {fd}<&-
}

@test "what others still have open isn't told as freed" {
    [ "$FS" = ext4 ] || return 0 # once will do: this waits for ten seconds
    revisions_of 4096 4
    exec {fd}<"$(revision $V 1)"
    ok reclaim 1M
    exec {fd}<&-
    says "removed 'P/$V.img.1@*'" \
        "not all of 4194304 bytes are free: somebody has them open, or used them"
    [[ "$(tail -1 <<<"$OUT")" =~ ^freed\ [0-9]{1,6}\ bytes ]] || fail
}

@test "a revision that can't be removed is a failure" {
    requires_root
    revisions_of 256 4
    chattr +i "$(revision $V 1)"
    rl reclaim 256K
    chattr -i "$(revision $V 1)"
    [ "$STATUS" = 6 ] || fail
    says "cannot remove 'P/$V.img.1@*': Operation not permitted"
    files private.img private.img.{1,2}@\*
}

@test "nothing to free is nothing to do; a pool that isn't one is told of" {
    can_reclaim || return 0
    ok reclaim 0
    [ "$OUT" = "freed 0 bytes of data" ] && [ -z "$ERR" ] || fail
    ok --json reclaim 0
    [ "$OUT" = '{"freed": 0, "revisions": []}' ] || fail
    fails 4 -C "$POOL/appvms/a" reclaim 0
}
