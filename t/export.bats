#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# export: where the clean image or a revision is, or a copy of it.

load lib/common
load lib/live

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
    stop_writing
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
    fails 4 export $V seven
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

@test "export of a dirty volume says where the newest state is" {
    local newer="'P/$V.img' is the state of the last stop: the volume is dirty, what was written since is in 'P/$V-dirty.img'"
    ok start $V
    ok export $V
    [ "$OUT" = "$A/private.img" ]
    says "warning: $newer"
    ok export --output=out $V
    says "warning: $newer (--live takes that)" "$(cloned "P/$V.img" P/out 8192)"
    ok export $V 1
    says
}

@test "export --live takes the dirty image" {
    ok start $V
    write_to "$A/private-dirty.img" newest
    ok export --live --output=out $V
    holds "$POOL/out" newest
    differ "$POOL/out" "$A/private-dirty.img"
    STATUS=0
    "$BIN" -q -C "$POOL" export --live --output=- $V >"$OUTSIDE/stream" || fail
    cmp "$POOL/out" "$OUTSIDE/stream"
    files private.img private-dirty.img private.img.1@\*
    ok export --live --output="$OUTSIDE/far" $V
    cmp "$POOL/out" "$OUTSIDE/far"
}

@test "export --live is the state of one moment, while a process writes; where it can't be, it fails" {
    ok start $V
    write_on "$A/private-dirty.img"
    for n in {1..20}; do
        for out in out "$OUTSIDE/far"; do
            rl export --live --output="$out" $V
            if has_reflinks; then
                [ "$STATUS" = 0 ] || fail
            fi
            [ "$STATUS" != 0 ] || (cd "$POOL" && of_a_moment "$out")
        done
    done
    stop_writing
    [ "$(ls "$POOL" | grep -vx out)" = "$(printf '%s\n' appvms vm-templates)" ] || fail "$(ls "$POOL")"
}

@test "export --live needs a dirty image and --output, and takes no REVISION" {
    fails 4 export --live --output=out $V
    ok start $V
    fails 2 export --live $V
    says "--live needs --output=FILE, and no REVISION"
    fails 2 export --live --output=out $V 1
    says "--live needs --output=FILE, and no REVISION"
}
