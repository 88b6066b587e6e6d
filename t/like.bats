#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# import --like and receive --like: what equals an image is shared with it instead of written.

load lib/common
load lib/disks
load lib/live

V=appvms/a/private

prepare() {
    IMAGE=$POOL/image
    SOURCE=$POOL/source
}

tidy() {
    stop_writing
    remove_disks
}

# $IMAGE is 4 MiB of random data; $SOURCE is that but for 8 KiB, and shares nothing with it.
big() {
    head -c 4M /dev/urandom >"$IMAGE"
    cat "$IMAGE" >"$SOURCE"
    printf changed | dd of="$SOURCE" bs=1M seek=1 conv=notrunc status=none
    printf changed | dd of="$SOURCE" bs=1M seek=3 conv=notrunc status=none
    sync "$IMAGE" "$SOURCE"
}

# What is used of the file system, in KiB, everything written.
used() {
    sync -f "$POOL"
    df --output=used -k "$POOL" | tail -n 1
}

# It takes less than 512 KiB to do the rest, with stdin from $1.
takes_little() {
    local before
    before=$(used)
    "$BIN" -C "$POOL" "${@:2}" <"$1" 2>"$RUN_SCRATCH/stderr" || fail "$(cat "$RUN_SCRATCH/stderr")"
    ERR=$(cat "$RUN_SCRATCH/stderr")
    [ $(($(used) - before)) -lt 512 ] || fail "it takes $(($(used) - before)) KiB"
}

# As a failed fsync leaves it.
lose() {
    python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.reflinkctl.lost", b"1")' "$1"
}

@test "import --like shares with an image what equals it, of a file, a stream, a volume" {
    has_reflinks || return 0
    big
    takes_little /dev/null import --like=image $V source
    tidied "" "reflinked 'P/appvms/a/private.img' -> 'P/appvms/a/private-precache.img'"
    says "created directory 'P/appvms/a'" "reflinked 'P/image' -> 'P/appvms/a/private-import.img'" \
        "copied 'P/source' -> 'P/appvms/a/private-import.img' (4194304 bytes, 8192 of data)" \
        "renamed 'P/appvms/a/private-import.img' -> 'P/appvms/a/private.img'" "${TIDIED[0]}"
    cmp "$SOURCE" "$A/private.img"
    takes_little "$SOURCE" import --like="$IMAGE" $V -
    cmp "$SOURCE" "$A/private.img"
    takes_little "$SOURCE" import --size=4M --like=$V $V -
    cmp "$SOURCE" "$A/private.img"
    takes_little /dev/null import --like=image appvms/b/root $V
    cmp "$SOURCE" "$POOL/appvms/b/root.img"
    ok info --exclusive appvms/b/root
    takes_little <(cat "$SOURCE") import --like=image appvms/c/root -
    cmp "$SOURCE" "$POOL/appvms/c/root.img"
}

@test "receive --like shares with an image what equals it" {
    has_reflinks || return 0
    big
    ok import $V source
    "$BIN" -q -C "$POOL" send $V >"$POOL/stream"
    takes_little "$POOL/stream" receive --like=image appvms/b/private
    says "created directory 'P/appvms/b'" "reflinked 'P/image' -> 'P/appvms/b/private-import.img'" \
        "copied '/dev/stdin' -> 'P/appvms/b/private-import.img' (4194304 bytes, 8192 of data)" \
        "renamed 'P/appvms/b/private-import.img' -> 'P/appvms/b/private.img'" \
        "reflinked 'P/appvms/b/private.img' -> 'P/appvms/b/private-precache.img'"
    cmp "$SOURCE" "$POOL/appvms/b/private.img"
    [ "$(stat -c %y "$POOL/appvms/b/private.img")" = "$(stat -c %y "$A/private.img")" ]
    # It is the state that was sent: a chain goes on.
    session $V more --no-precache
    "$BIN" -q -C "$POOL" send --from=1 $V | "$BIN" -q -C "$POOL" receive appvms/b/private || fail
    cmp "$A/private.img" "$POOL/appvms/b/private.img"
}

@test "--like makes the same content, whatever the two are" {
    has_reflinks || return 0
    for seed in {1..25}; do
        python3 "$BATS_TEST_DIRNAME/lib/pair.py" "$seed" "$IMAGE" "$SOURCE"
        ok -q import --like=image $V source
        cmp "$SOURCE" "$A/private.img" || fail "a file, $seed"
        rl -q import --like=image $V - < <(cat "$SOURCE")
        cmp "$SOURCE" "$A/private.img" || fail "a stream, $seed"
        ok -q import --revisions-to-keep=0 $V source
        "$BIN" -q -C "$POOL" send $V | "$BIN" -q -C "$POOL" receive --like=image appvms/b/private
        cmp "$SOURCE" "$POOL/appvms/b/private.img" || fail "receive, $seed"
        rm -rf "$POOL/appvms/b"
    done
}

@test "--like leaves holes where there are zeros" {
    has_reflinks || return 0
    head -c 1M /dev/urandom >"$IMAGE"
    truncate -s 2M "$SOURCE"
    ok import --like=image $V source
    cmp "$SOURCE" "$A/private.img"
    [ "$(stat -c %b "$A/private.img")" = 0 ] || fail "a hole takes room"
    head -c 2M /dev/zero >"$SOURCE"
    ok import --like=image $V source
    [ "$(stat -c %b "$A/private.img")" = 0 ] || fail "zeros take room"
}

@test "import --like of a block device" {
    has_reflinks || return 0
    big
    attach "$SOURCE"
    takes_little /dev/null import --like=image $V "$LOOP"
    cmp "$SOURCE" "$A/private.img"
}

@test "--like and NOCOW: the new image is as IMAGE is" {
    [ "$FS" = btrfs ] || return 0
    touch "$IMAGE"
    chattr +C "$IMAGE"
    head -c 1M /dev/urandom >>"$IMAGE"
    cat "$IMAGE" >"$SOURCE"
    ok import --like=image $V source
    cmp "$SOURCE" "$A/private.img"
    [[ $(lsattr "$A/private.img") == *C*" "* ]] || fail
}

@test "--like: IMAGE may be written to meanwhile, and changes nothing of what comes" {
    has_reflinks || return 0
    head -c 1M /dev/urandom >"$SOURCE"
    cat "$SOURCE" >"$IMAGE"
    write_on "$IMAGE"
    for _ in {1..10}; do
        ok import --like=image --revisions-to-keep=0 $V source
        cmp "$SOURCE" "$A/private.img"
    done
    stop_writing
}

@test "--like: what IMAGE has become meanwhile is not taken for what came" {
    has_reflinks || return 0
    head -c 1M /dev/urandom >"$IMAGE"
    cat "$IMAGE" >"$SOURCE"
    printf changed | dd of="$SOURCE" bs=1 seek=1000000 conv=notrunc status=none
    # So much doesn't fit into the pipe: when it is written, the reflink has been made.
    {
        head -c 512K "$SOURCE"
        printf changed | dd of="$IMAGE" bs=1 seek=1000000 conv=notrunc status=none
        tail -c +$((512 * 1024 + 1)) "$SOURCE"
    } | "$BIN" -q -C "$POOL" import --like=image $V -
    cmp "$SOURCE" "$A/private.img"
}

@test "--like where no reflink can be made is refused before anything is read" {
    requires_root
    big
    disk other 100M mkfs.ext4
    cp "$IMAGE" "$DISKS/other/image"
    rl import --like="$DISKS/other/image" $V source
    [ "$STATUS" = 3 ] && [ ! -e "$A" ] || fail
    mkdir "$A"
    fails 3 import --like="$DISKS/other/image" $V source
    [[ $ERR == *"cannot share with '$DISKS/other/image': no reflink of it can be made in '$A'"* ]] || fail
    rl import --like="$DISKS/other/image" $V - < <(cat "$SOURCE")
    [ "$STATUS" = 3 ] || fail
    ok import $V source
    "$BIN" -q -C "$POOL" send $V >"$POOL/stream"
    mkdir "$POOL/appvms/b"
    fails 3 receive --like="$DISKS/other/image" appvms/b/private <"$POOL/stream"
    has_reflinks || fails 3 import --like=image $V source
    attach "$IMAGE"
    fails 3 import --like="$LOOP" $V source
}

@test "--like is refused where it says nothing" {
    big
    fails 4 import --like=nothing $V source
    fails 3 import --like=/dev/zero $V source
    ok import $V source
    ok pin $V clean base
    "$BIN" -q -C "$POOL" send $V base >"$POOL/stream"
    rl receive appvms/b/private <"$POOL/stream"
    session $V more --no-precache
    "$BIN" -q -C "$POOL" send --from=base $V >"$POOL/stream"
    fails 2 receive --like=image appvms/b/private <"$POOL/stream"
    [[ $ERR == *"--like is for all of a state"* ]] || fail
    lose "$IMAGE"
    fails 3 import --like=image $V source
}

@test "--like in a dry run says what it would write, and changes nothing" {
    has_reflinks || return 0
    big
    before=$(snapshot)
    ok -n import --like=image $V source
    [[ $ERR == *"would reflink '$IMAGE' -> '$A/private-import.img'"* ]] || fail
    [[ $ERR == *"would copy '$SOURCE' -> '$A/private-import.img' (4194304 bytes, 8192 of data)"* ]] || fail
    [ "$(snapshot)" = "$before" ]
}
