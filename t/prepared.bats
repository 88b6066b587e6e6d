#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The next start of a snapshot, prepared by stop --precache or by precache: used while its source is
# what it was, and by nobody else.

load lib/common

T=vm-templates/t/root
V=appvms/a/root
SNAP=--snap-on-start=$T

prepare() {
    ok create $T --size=1M
    session $T t1
    ok start $SNAP $V
    ok stop $SNAP --precache $V
    files root-precache.img
}

# start uses the precache: two renames and links, no clone.  $1: what is to be in it
starts_prepared() {
    ok start $SNAP $V
    says "linked 'P/$T.img' -> 'P/$V.img'" "renamed 'P/$V-precache.img' -> 'P/$V-dirty.img'"
    agrees "$1"
}

# The snapshot is the source's state of now, $1, and nothing is left of a precache.
agrees() {
    files root.img root-dirty.img
    holds "$A/root-dirty.img" "$1"
    cmp "$A/root.img" "$A/root-dirty.img" || fail "the two images differ"
    cmp "$A/root.img" "$POOL/${2:-$T}.img" || fail "the snapshot isn't the source's"
    rl is-outdated --snap-on-start="${2:-$T}" $V
    [ "$STATUS" = 1 ] || fail "outdated"
}

# start drops the precache, and clones $1.
starts_anew() {
    ok start --snap-on-start="${2:-$T}" $V
    [[ $ERR == *"removed '$POOL/$V-precache.img'"* && $ERR != *renamed* ]] || fail "used"
    agrees "$@"
}

@test "a start that was prepared is a link and a rename" {
    starts_prepared t1
    [ "$(stat -c %h "$A/root-dirty.img")" = 1 ]
    write_to "$A/root-dirty.img" mine
    holds "$POOL/$T.img" t1
    ok stop $SNAP --precache $V
    starts_prepared t1
}

@test "whatever gives the source another state, nobody uses what was prepared from the old one" {
    session $T t2
    starts_anew t2
    ok stop $SNAP --precache $V
    ok revert $T
    starts_anew t1
    ok stop $SNAP --precache $V
    ok resize $T 2M
    starts_anew t1
    ok stop $SNAP --precache $V
    write_to "$POOL/$T.img" by-hand
    starts_anew by-hand
    ok stop $SNAP --precache $V
    ok remove $T
    ok create $T --size=2M
    starts_anew ""
    ok stop $SNAP --precache $V
    printf t3 >"$POOL/new"
    truncate -s 2M "$POOL/new"
    ok import --size=2M $T "$POOL/new"
    starts_anew t3
}

@test "nor if the other state has the same time and size: restored, received, made by another tool" {
    touch -d @1600000000 "$POOL/$T.img"
    ok precache $SNAP $V
    cp --sparse=always "$POOL/$T.img" "$POOL/$T.new"
    write_to "$POOL/$T.new" t2
    touch -r "$POOL/$T.img" "$POOL/$T.new" "$A/root-precache.img"
    mv "$POOL/$T.new" "$POOL/$T.img"
    starts_anew t2
}

@test "nor by a snapshot of another template now, though all have one time and size" {
    ok create vm-templates/u/root --size=1M
    write_to "$POOL/vm-templates/u/root.img" u1
    touch -d @1600000000 "$POOL/vm-templates/u/root.img" "$POOL/$T.img"
    ok precache $SNAP $V
    starts_anew u1 vm-templates/u/root
}

@test "nor one that was written to, has a second name, or bears no mark or that of a volume's own" {
    local spoil
    for spoil in "write_to $A/root-precache.img other" "ln $A/root-precache.img $A/another" \
        "attribute remove of" "attribute own of"; do
        $spoil
        ok start $SNAP $V
        [[ $ERR == *"removed '$POOL/$V-precache.img'"* ]] || fail "used after $spoil"
        rm -f "$A/another"
        agrees t1
        ok stop $SNAP --precache $V
    done
}

# What a mark of the precache (or the file $3) is made: none, or that of a volume's own precache; or
# it is set.
attribute() {
    python3 - "$1" "user.reflinkctl.$2" "${3:-$A/root-precache.img}" <<'END'
import os, sys
deed, name, path = sys.argv[1:]
if deed == "set":
    os.setxattr(path, name, b"1")
elif deed == "remove":
    os.removexattr(path, name)
else:
    value = os.getxattr(path, name)
    assert value.endswith(b" source"), value
    os.setxattr(path, name, value.removesuffix(b" source"))
END
}

# interleaves CALLS DEED ARG...: run it, and DEED, a function, each time one of the CALLS ("linkat:2":
# the second of them) has returned.
interleaves() {
    local call inject=() strace n=0
    for call in $1; do inject+=(-e "inject=${call%:*}:signal=SIGSTOP:when=${call#*:}"); done
    CALL=("${@:3}")
    strace -qq -o "$RUN_SCRATCH/trace" "${inject[@]}" "$BIN" -C "$POOL" "${@:3}" \
        >/dev/null 2>"$RUN_SCRATCH/stderr" &
    strace=$!
    for call in $1; do
        n=$((n + 1))
        until [ "$(grep -c 'stopped by SIGSTOP' "$RUN_SCRATCH/trace")" = $n ]; do
            kill -0 $strace || fail "it has ended"
            sleep 0.01
        done
        $2 "$call"
        kill -CONT "$(cat "/proc/$strace/task/$strace/children")"
    done
    wait $strace
    ERR=$(cat "$RUN_SCRATCH/stderr")
}

# A state of the source that is forgotten when the next one comes.
another_state() {
    cp --sparse=always "$POOL/$T.img" "$POOL/$T.new"
    write_to "$POOL/$T.new" "$1"
    mv "$POOL/$T.new" "$POOL/$T.img"
}

@test "a source that changes while start looks at it gives a snapshot of one state" {
    requires_root
    ok prune --revisions-to-keep=0 $T
    interleaves "fcntl:2 linkat:1" another_state start $SNAP $V
    files root.img root-dirty.img
    holds "$A/root.img" fcntl:2
    cmp "$A/root.img" "$A/root-dirty.img" || fail "two states"
    ok is-outdated $SNAP $V
}

@test "a source that isn't there is no start, and nothing that was prepared is lost or taken" {
    local why="cannot find 'P/$T.img': revisions are left, and fsck tells what may take its place"
    mv "$POOL/$T.img" "$POOL/kept"
    fails 4 start $SNAP $V
    says "$why"
    fails 4 precache $SNAP $V
    ok stop $SNAP --no-precache $V
    says "warning: keeping 'P/$V-precache.img': 'P/$T.img' is missing, and this may be all that is left of it"
    files root-precache.img
    mv "$POOL/kept" "$POOL/$T.img"
    starts_prepared t1
    mv "$POOL/$T.img" "$POOL/kept"
    ok stop $SNAP --precache $V
    says "removed 'P/$V-dirty.img'" "removed 'P/$V.img'" "warning: $why"
}

@test "of a source that may not be whole nothing is prepared, and nothing prepared is used" {
    attribute set lost "$POOL/$T.img"
    fails 3 start $SNAP $V
    says "cannot trust 'P/$T.img': what was written to it last may be lost (take an older state)"
    rm "$A/root-precache.img"
    fails 3 precache $SNAP $V
    touch "$A/root-dirty.img"
    ok stop $SNAP --precache $V
    says "removed 'P/$V-dirty.img'" \
        "warning: cannot trust 'P/$T.img': what was written to it last may be lost (take an older state)"
    files
}

@test "of a source that somebody writes to nothing is prepared, and what he wrote is in the snapshot" {
    local why="cannot precache 'P/$T.img': a process has it open for writing (stop that first)"
    exec 7<>"$POOL/$T.img"
    fails 3 precache $SNAP $V
    says "$why"
    ok start $SNAP $V
    [[ $ERR == *"warning: '$POOL/$T.img' is still being written to: "* &&
        $ERR != *": linked"* ]] || fail
    differ "$A/root.img" "$POOL/$T.img"
    agrees t1
    ok stop $SNAP --precache $V
    says "removed 'P/$V-dirty.img'" "removed 'P/$V.img'" "warning: $why"
    exec 7<&-
    ok precache $SNAP $V
    exec 7<>"$POOL/$T.img"
    printf t2 >&7
    ok start $SNAP $V
    agrees t2
    exec 7<&-
}

@test "a source on another file system is copied once: both images of the start come of that" {
    local other=$RUN_SCRATCH/other-$FS
    [ "$(stat -c %d "$POOL")" != "$(stat -c %d "$RUN_SCRATCH")" ] || skip "needs root"
    mkdir "$other"
    printf far >"$other/root.img"
    truncate -s 1M "$other/root.img"
    ok precache --snap-on-start="$other/root" $V
    says "copied '$other/root.img' -> 'P/$V-precache.img' (1048576 bytes, 4096 of data)"
    ok start --snap-on-start="$other/root" $V
    says "$(cloned P/$V-precache.img P/$V.img)" "renamed 'P/$V-precache.img' -> 'P/$V-dirty.img'"
    files root.img root-dirty.img
    holds "$A/root-dirty.img" far
    holds "$A/root.img" far
    rl is-outdated --snap-on-start="$other/root" $V
    [ "$STATUS" = 1 ] || fail "outdated"
    rl fsck
    [[ $OUT != *precache* ]] || fail
    ok stop --snap-on-start="$other/root" --precache $V
    printf new >"$other/root.img"
    truncate -s 1M "$other/root.img"
    ok start --snap-on-start="$other/root" $V
    holds "$A/root-dirty.img" new
    holds "$A/root.img" new
    rm -r "$other"
}

@test "an origin snapshot's next start is prepared on request, and what it saved is a revision" {
    local kind=("$SNAP" --save-on-stop)
    ok start "${kind[@]}" $V
    write_to "$A/root-dirty.img" mine
    ok stop "${kind[@]}" --precache $V
    says "renamed 'P/$V-dirty.img' -> 'P/$V.img'" "$(cloned P/$T.img P/$V-precache.img)"
    holds "$A/root.img" mine
    finds_nothing
    ok start "${kind[@]}" $V
    says "linked 'P/$V.img' -> 'P/$V.img.1@*'" "linked 'P/$T.img' -> 'P/$V.img'" \
        "renamed 'P/$V-precache.img' -> 'P/$V-dirty.img'"
    holds "$A"/root.img.1@* mine
    rm "$A"/root.img.1@*
    agrees t1
    ok stop "${kind[@]}" --precache --revisions-to-keep=-1 $V
    files root.img
}

finds_nothing() {
    rl fsck
    [ "$STATUS$OUT" = 0 ] || fail "it finds something"
}

# Its state, as list and info say it.
is_called() {
    ok --json list
    [[ $OUT == *"\"vid\": \"$V\", \"state\": \"$1\""* ]] || fail "expected $1"
    ok --json info $V
    [[ $OUT == *"\"state\": \"$1\""* ]] || fail "expected $1"
}

@test "what was prepared is no finding, be it stale, beside a running snapshot, or of no template's now" {
    finds_nothing
    is_called snapshot
    session $T t2
    finds_nothing
    ok start $SNAP $V
    ok precache $SNAP $V
    exec 7<>"$A/root-dirty.img"
    finds_nothing
    session $T t3 --revisions-to-keep=0
    ok precache $SNAP $V
    finds_nothing
    exec 7<&-
}

@test "a volume that has lost its clean image is missing, whatever it was prepared with" {
    ok create appvms/b/root --size=1M
    ok precache appvms/b/root
    rm "$POOL/appvms/b/root.img"
    V=appvms/b/root is_called missing
    touch "$A/root.img.1@2018-01-02T03:04:05Z"
    is_called missing
}

@test "cleanup keeps it; stop --no-precache, remove and create --force drop it" {
    ok cleanup $V
    ok cleanup
    files root-precache.img
    ok stop $SNAP --no-precache $V
    says "removed 'P/$V-precache.img'"
    ok precache $SNAP $V
    fails 3 create --size=1M $V
    ok remove $V
    says "removed 'P/$V-precache.img'" "removed directory 'P/appvms/a'"
    ok precache $SNAP $V
    ok create --force --size=1M $V
    files root.img
}

@test "no state is brought into a snapshot that is prepared: its next start would drop it" {
    echo new >"$POOL/new"
    fails 3 import $V "$POOL/new"
    says "cannot import to 'P/$V.img': it is a snapshot, which no stop commits"
}

@test "a dry run tells what a prepared start would do" {
    local state before dry
    for state in good stale; do
        [ $state = good ] || session $T t2
        before=$(snapshot)
        rl --dry-run start $SNAP $V
        dry=$ERR
        [ "$(snapshot)" = "$before" ] || fail "it has changed something"
        ok start $SNAP $V
        [ "$dry" = "$(in_the_infinitive <<<"$ERR")" ] || fail "$dry"
        ok stop $SNAP --precache $V
    done
}
