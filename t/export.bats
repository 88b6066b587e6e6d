#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# export: where the clean image or a revision is, or a copy of it.

load lib/common

V=appvms/a/private

# Revision 1 is empty, the clean image has a hole in the middle.
prepare() {
    OUTSIDE=$(mktemp -d "$RUN_SCRATCH/outside.XXXXXX")
    ok create $V --size=1M
    ok start $V
    write_to "$A/private-dirty.img" begin
    printf end | dd of="$A/private-dirty.img" bs=1 seek=1048573 conv=notrunc status=none
    ok stop $V --no-precache
}

tidy() {
    rm -rf "$OUTSIDE"
}

# A loop device of $1 bytes, full of ones.
attach_full() {
    tr '\0' '\377' </dev/zero | head -c "$1" >"$OUTSIDE/disk"
    attach "$OUTSIDE/disk"
}

@test "export prints the path of the clean image or a revision, and touches nothing" {
    before=$(snapshot)
    ok export $V
    [ "$OUT$ERR" = "$A/private.img" ]
    ok export $V 1
    [[ "$OUT" == "$A/private.img.1@"*Z && -f "$OUT" ]]
    ok --json export $V
    [ "$OUT" = "{\"path\": \"$A/private.img\"}" ]
    [ "$(snapshot)" = "$before" ]
}

@test "export says what isn't there" {
    fails 4 export $V 7
    fails 2 export $V seven
    fails 4 export appvms/nowhere/private
    rm "$A/private.img"
    fails 4 export $V
    fails 4 export $V --output=out
}

@test "export --output makes a copy in a file, by reflink if possible" {
    ok export $V --output=out
    says "$(cloned 'P/appvms/a/private.img' 'P/out' 8192)"
    [ -z "$OUT" ]
    cmp "$A/private.img" "$POOL/out"
    [ "$(stat -c '%a %h' "$POOL/out")" = "600 1" ]
    ok export $V 1 --output "$OUTSIDE/other"
    cmp "$A"/private.img.1@* "$OUTSIDE/other"
    [ "$(stat -c %b "$OUTSIDE/other")" = 0 ]
}

@test "export --output replaces a file whole, and nothing but a file" {
    echo precious >"$POOL/out"
    ln "$POOL/out" "$POOL/link"
    ok export $V --output=out
    cmp "$A/private.img" "$POOL/out"
    [ "$(cat "$POOL/link")" = precious ]
    mkdir "$POOL/dir"
    ln -s out "$POOL/symlink"
    fails 3 export $V --output=dir
    fails 3 export $V --output=symlink
    fails 3 export $V --output=/dev/null
    fails 2 export $V --output=$V.img
    fails 2 export $V --output=
    fails 4 export $V --output=nowhere/out
}

@test "export --output=- writes all of it to standard output, zeros included" {
    "$BIN" -q -C "$POOL" export $V --output=- | cmp - "$A/private.img"
    [ "${PIPESTATUS[*]}" = "0 0" ]
    printf before >"$OUTSIDE/out"
    "$BIN" -q -C "$POOL" export $V --output=- >>"$OUTSIDE/out"
    tail -c +7 "$OUTSIDE/out" | cmp - "$A/private.img"
}

@test "export fails when standard output doesn't take it" {
    requires_root
    run bash -c "'$BIN' -C '$POOL' export $V --output=- >/dev/full"
    [ "$status" = 6 ]
    [[ "$output" == *"cannot write '/dev/stdout': No space left on device" ]]
    run bash -c "'$BIN' -C '$POOL' export $V --output=- >&-"
    [ "$status" = 6 ]
}

@test "export refuses a terminal" {
    run script -qec "'$BIN' -C '$POOL' export $V --output=-" /dev/null
    [ "$status" = 2 ]
    [[ "$output" == *"cannot write an image to a terminal"* ]]
}

@test "export overwrites a block device only with --force" {
    attach_full 2097152
    fails 3 export $V --output="$LOOP"
    ln -s "$LOOP" "$POOL/link"
    fails 3 export $V --output=link
    ok export $V --output="$LOOP" --force
    says "copied 'P/appvms/a/private.img' -> '$LOOP' (1048576 bytes, 1048576 of data)"
    cmp -n 1048576 "$A/private.img" "$OUTSIDE/disk"
    [ "$(tail -c 1048576 "$OUTSIDE/disk" | tr -d '\377' | wc -c)" = 0 ]
}

@test "export refuses a block device that is too small, before it writes" {
    attach_full 1048064
    fails 3 export $V --output="$LOOP" --force
    [ "$(tr -d '\377' <"$OUTSIDE/disk" | wc -c)" = 0 ]
}

@test "export fills a block device of just its size, and flushes it" {
    attach_full 1048576
    traced fsync export $V --output="$LOOP" --force
    [ "$STATUS" = 0 ]
    [[ "$TRACE" == *"<$LOOP"* ]]
    cmp "$A/private.img" "$OUTSIDE/disk"
}

@test "export flushes the file that standard output is" {
    strace -qq -y -e trace=fsync -o "$RUN_SCRATCH/trace" \
        "$BIN" -q -C "$POOL" export $V --output=- >"$OUTSIDE/out"
    grep -q "^fsync.*<$OUTSIDE/out>" "$RUN_SCRATCH/trace"
}

@test "export refuses a block device in use" {
    requires_root
    truncate -s 16M "$OUTSIDE/disk"
    mkfs.ext4 -q "$OUTSIDE/disk"
    attach "$OUTSIDE/disk"
    mkdir "$OUTSIDE/mount"
    mount "$LOOP" "$OUTSIDE/mount"
    rl export $V --output="$LOOP" --force
    umount "$OUTSIDE/mount"
    [ "$STATUS" = 3 ]
    [[ "$ERR" == *"cannot open '$LOOP': "*busy ]] # the C libraries' texts differ
}
