#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Use: whoever has an image open for writing is seen, and nothing is taken from under him.

load lib/common

V=appvms/a/private
D=P/appvms/a/private
PROCESS="a process has it open for writing"

prepare() {
    ok create $V --size=1M
    session $V one
    ok start $V
    write_to "$A/private-dirty.img" two
}

tidy() {
    let_go
    ! mountpoint -q "$RUN_SCRATCH/mounted" || umount "$RUN_SCRATCH/mounted"
}

# Until let_go, a process has FILE open in a way: for writing, for reading, or mapped, shared and
# writable, with no descriptor left.
hold() {
    let_go
    coproc HOLDER { exec python3 -c '
import mmap, os, sys
fd = os.open(sys.argv[2], os.O_RDONLY if sys.argv[1] == "reading" else os.O_RDWR)
if sys.argv[1] == "mapped":
    mapping = mmap.mmap(fd, 4096)
    os.close(fd)
print("ready", flush=True)
sys.stdin.read()' "$@" 3>&-; }
    read -r <&"${HOLDER[0]}"
}

let_go() {
    local pid=${HOLDER_PID:-}
    [ -n "$pid" ] || return 0
    kill "$pid"
    wait "$pid" 2>/dev/null || true
}

# in_use IMAGE VALUE: what info says of it
in_use() {
    ok --json info $V
    [ "$(python3 -c 'import json, sys
print(*(i["in_use"] for i in json.load(sys.stdin)["images"] if i["image"] == sys.argv[1]))' \
        "$1" <<<"$OUT")" = "$2" ] || fail "$1 in use: not $2"
}

@test "who writes to an image uses it, however he has it, and who reads it doesn't" {
    requires_root
    in_use dirty False
    hold reading "$A/private-dirty.img"
    in_use dirty False
    for way in writing mapped; do
        hold $way "$A/private-dirty.img"
        in_use dirty True
        in_use clean False
        let_go
        in_use dirty False
    done
    LOOP=$(losetup --find --show --read-only "$A/private-dirty.img")
    LOOPS+=("$LOOP")
    in_use dirty False
    attach "$A/private-dirty.img"
    in_use dirty True
}

@test "an image in use isn't dropped, unless told otherwise" {
    for way in writing mapped; do
        hold $way "$A/private-dirty.img"
        for verb in discard "remove --discard" "revert --discard"; do
            # shellcheck disable=SC2086
            fails 3 $verb $V
            says "cannot remove '$D-dirty.img': $PROCESS (--force removes it all the same)"
        done
    done
    ok discard --force $V
    [ ! -e "$A/private-dirty.img" ]
    let_go
    for image in "$A/private.img" "$A"/private.img.1@*; do
        hold writing "$image"
        fails 3 remove $V
        [[ $ERR == *"$image': $PROCESS ("* ]] || fail
    done
    ok remove --force $V
    [ ! -e "$A" ]
}

@test "an image in use isn't replaced by a copy" {
    echo new >"$POOL/new"
    hold mapped "$A/private-dirty.img"
    for words in "copy new $V-dirty.img" "export --output=$V-dirty.img $V"; do
        # shellcheck disable=SC2086
        rl $words
        [ "$STATUS" = 3 ] || fail
        [[ $ERR == *"private-dirty.img': $PROCESS"* ]] || fail
        holds "$A/private-dirty.img" two
    done
}

@test "an image in use keeps its second name, rather than getting an inode of its own" {
    ln "$A/private-dirty.img" "$POOL/other"
    hold writing "$A/private-dirty.img"
    for words in "start $V" "resize $V 2M"; do
        # shellcheck disable=SC2086
        fails 3 $words
        says "cannot give an inode of its own to '$D-dirty.img': $PROCESS\
 (detach that first)"
    done
}

@test "stop of what is still written to says so, and later commits keep that apart" {
    local before
    hold writing "$A/private-dirty.img"
    ok stop $V
    [[ $ERR == *"warning: '$A/private-dirty.img' is still being written to: $PROCESS"* ]] || fail
    rl fsck $V
    [[ $OUT == *"private.img': written-clean: "* ]] || fail
    ok start $V
    [[ $ERR == *"warning: '$A/private.img' is still being written to: $PROCESS"* ]] || fail
    ok stop $V
    says "warning: '$D.img' is still being written to: $PROCESS" \
        "$(cloned $D.img "P/appvms/a/$(basename "$A"/private.img.3@*)")" \
        "renamed '$D-dirty.img' -> '$D.img'" "$(cloned $D.img $D-precache.img)"
    before=$(sha256sum "$A"/private.img.3@*)
    # the one who has it open goes on, in what has no name any more
    [[ $(readlink /proc/"$HOLDER_PID"/fd/*) == *"private.img (deleted)"* ]] || fail
    printf later >/proc/"$HOLDER_PID"/fd/3
    [ "$before" = "$(sha256sum "$A"/private.img.3@*)" ] || fail "the revision has changed"
    holds "$A/private.img" two
}

@test "a VM that goes on after losetup -d changes no state that is committed later" {
    requires_root
    local device before
    ok create appvms/a/root --size=32M
    ok start appvms/a/root
    attach "$A/root-dirty.img"
    mkfs.ext4 -q "$LOOP"
    mkdir -p "$RUN_SCRATCH/mounted"
    mount "$LOOP" "$RUN_SCRATCH/mounted"
    device=$LOOP
    losetup -d "$LOOP" # when it is unmounted
    LOOPS=()
    ok stop appvms/a/root
    [[ $ERR == *"root-dirty.img' is still being written to: '$device' uses it"* ]] || fail
    ok start appvms/a/root
    ok stop appvms/a/root
    before=$(sha256sum "$A"/root.img.*@*)
    echo later >"$RUN_SCRATCH/mounted/file"
    sync -f "$RUN_SCRATCH/mounted"
    [ "$before" = "$(sha256sum "$A"/root.img.*@*)" ] || fail "a revision has changed"
    umount "$RUN_SCRATCH/mounted"
}

@test "start, revert and import say when what they use is still written to, and link nothing of it" {
    ok stop $V
    hold writing "$A/private.img"
    ok start $V
    [[ $ERR == *"warning: '$A/private.img' is still being written to: $PROCESS"* ]] || fail
    ok discard $V
    ok revert $V 1
    says "warning: '$D.img' is still being written to: $PROCESS" \
        "$(cloned $D.img "P/appvms/a/$(basename "$A"/private.img.3@*)")" "renamed '$D.img.1@*' -> '$D.img'"
    ok import-begin --size=1M $V
    hold writing "$A/private-import.img"
    ok import-end $V
    [[ $ERR == *"warning: '$A/private-import.img' is still being written to: $PROCESS"* ]] || fail
    let_go
    ok create vm-templates/t/root --size=1M
    hold writing "$POOL/vm-templates/t/root.img"
    ok start --snap-on-start=vm-templates/t/root appvms/b/root
    [[ $ERR == *"warning: '$POOL/vm-templates/t/root.img' is still being written to: $PROCESS"* ]] || fail
    differ "$POOL/vm-templates/t/root.img" "$POOL/appvms/b/root.img"
    let_go
    rl is-outdated --snap-on-start=vm-templates/t/root appvms/b/root
    [ "$STATUS" = 1 ] || fail "it is a copy of the state that is there"
}

@test "list and fsck know who runs without a loop device" {
    hold writing "$A/private-dirty.img"
    ok list
    [[ $OUT == *$'\n'"$V  running "* ]] || fail
    ok fsck
    let_go
    ok list
    [[ $OUT == *$'\n'"$V  dirty "* ]] || fail
    rl fsck
    [[ $OUT == *": crashed: "* ]] || fail
}

@test "who may not open loop devices, but owns the pool, sees that one uses the image" {
    requires_root
    local owner=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    chmod 755 "$RUN_SCRATCH" "$RUN_SCRATCH/$FS"
    chown -R 65534:65534 "$POOL"
    attach "$A/private-dirty.img"
    printf '#!/bin/sh\nexec %s "%s" "$@"\n' "${owner[*]}" "$(realpath "$BIN")" >"$RUN_SCRATCH/owner"
    chmod +x "$RUN_SCRATCH/owner"
    BIN=$RUN_SCRATCH/owner
    for verb in discard "remove --discard" "revert --discard"; do
        # shellcheck disable=SC2086
        fails 3 $verb $V
    done
    in_use dirty True
    ok fsck $V
    [ -z "$OUT" ] || fail
}

@test "where there are no leases, the loop devices tell" {
    requires_root
    injected fcntl:error=EINVAL -n discard $V
    [ "$STATUS" = 0 ] || fail
    attach "$A/private-dirty.img"
    injected fcntl:error=EINVAL discard $V
    [ "$STATUS" = 3 ] || fail
    says "cannot remove '$D-dirty.img': '$LOOP' uses it (--force removes it all the same)"
    # with /dev or without
    under_strace -P /dev -e trace=open,openat,fcntl -e inject=open,openat:error=ENOENT \
        -e inject=fcntl:error=EACCES -- discard $V
    grep -q INJECTED <<<"$TRACE" || fail
}

@test "where nobody can tell who writes to an image, perhaps somebody does" {
    local blind=(-P "$A/private-dirty.img" -P /dev -P /sys/block -e "trace=open,openat,fcntl"
        -e "inject=open,openat:error=ENOENT" -e inject=fcntl:error=EINVAL)
    for verb in discard "remove --discard" "revert --discard"; do
        # shellcheck disable=SC2086
        under_strace "${blind[@]}" -- $verb $V
        [ "$STATUS" = 3 ] || fail
        says "cannot remove '$D-dirty.img': perhaps somebody writes to it (--force removes it all the same)"
    done
    under_strace "${blind[@]}" -- --json info $V
    [[ $OUT == *'"state": "dirty", "dirty": true, "in_use": null, '* ]] || fail
    under_strace "${blind[@]}" -- stop $V # who commits needs no answer
    [ "$STATUS" = 0 ] || fail
    says "linked '$D.img' -> '$D.img.2@*'" "renamed '$D-dirty.img' -> '$D.img'" \
        "$(cloned $D.img $D-precache.img)"
}

@test "with thirty loop devices attached, all costs the system calls that it costs with none" {
    requires_root
    local verb without
    declare -A calls
    for without in yes no; do
        for verb in stop start discard; do
            traced all $verb $V
            [ "$STATUS" = 0 ] || fail
            TRACE=$(sed -E 's/\(.*//' <<<"$TRACE" | sort | uniq -c)
            [ $without = no ] || calls[$verb]=$TRACE
            [ "$TRACE" = "${calls[$verb]}" ] || fail "$verb" "$(diff <(echo "${calls[$verb]}") - <<<"$TRACE")"
        done
        ok start $V
        for n in {1..30}; do
            [ $without = no ] || { truncate -s 1M "$POOL/disk$n" && attach "$POOL/disk$n"; }
        done
    done
}
