#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# resize: the size of dirty and its loop devices, else of clean.

load lib/common

V=appvms/a/private
D=P/appvms/a/private

prepare() {
    ok create $V --size=1M
    session $V one
}

tidy() {
    umount "$RUN_SCRATCH/guest-$FS" "$RUN_SCRATCH/bind-$FS" 2>/dev/null || true
    [ ! -d "$RUN_SCRATCH/guest-$FS" ] || rmdir "$RUN_SCRATCH/guest-$FS"
    [ ! -d "$RUN_SCRATCH/bind-$FS" ] || rmdir "$RUN_SCRATCH/bind-$FS"
}

size() {
    stat -c %s "$A/private$1.img"
}

@test "resize of a clean volume replaces the image, keeps its content and drops the precache" {
    ln "$A/private.img" "$POOL/other"
    ok resize $V 2M
    says "resized '$D.img' (1048576 -> 2097152 bytes)" "removed '$D-precache.img'"
    files private.img private.img.1@\*
    differ "$A/private.img" "$POOL/other"
    [ "$(stat -c %s "$POOL/other")" = 1048576 ]
    [ "$(size "")" = 2097152 ]
    holds "$A/private.img" one
    ok start $V
    [ "$(size -dirty)" = 2097152 ]
}

@test "resize of a clean volume doesn't look for loop devices" {
    traced openat,open,ioctl resize $V 2M
    [ "$STATUS" = 0 ]
    ! grep -E '/dev|LOOP' <<<"$TRACE"
}

@test "resize of a dirty volume grows dirty alone, in place" {
    ok start $V
    before=$(inode "$A/private-dirty.img")
    ok resize $V 2M
    says "resized '$D-dirty.img' (1048576 -> 2097152 bytes)"
    [ "$(inode "$A/private-dirty.img")" = "$before" ]
    [ "$(size -dirty) $(size "")" = "2097152 1048576" ]
    ok stop $V
    [ "$(size "")" = 2097152 ]
    [ "$(stat -c %s "$A"/private.img.2@*)" = 1048576 ]
}

@test "resize flushes what it resized" {
    traced fsync,linkat,renameat,ftruncate resize $V 2M
    [[ "$(grep -o '^[a-z]*' <<<"$TRACE" | tr '\n' ' ')" == \
        *"ftruncate fsync linkat linkat renameat fsync fsync " ]] || fail "$TRACE"
    ok start $V
    traced fsync,ftruncate resize $V 3M
    [ "$(grep -o '^[a-z]*' <<<"$TRACE" | tr '\n' ' ')" = "ftruncate fsync " ] || fail "$TRACE"
}

@test "resize tells every loop device on dirty, however it was attached" {
    requires_root
    ok start $V
    ln -s "$A/private-dirty.img" "$POOL/link"
    mkdir "$RUN_SCRATCH/bind-$FS"
    mount --bind "$POOL" "$RUN_SCRATCH/bind-$FS"
    loops=()
    for path in "$A/private-dirty.img" "$POOL/link" "$RUN_SCRATCH/bind-$FS/$V-dirty.img"; do
        attach "$path"
        loops+=("$LOOP")
    done
    attach "$A/private.img"
    ok resize $V 2M
    [ "$(grep -c "^reflinkctl: loop device '/dev/loop[0-9]*' now 2097152 bytes$" <<<"$ERR")" = 3 ]
    for loop in "${loops[@]}"; do
        [ "$(blockdev --getsize64 "$loop")" = 2097152 ]
    done
    [ "$(blockdev --getsize64 "$LOOP")" = 1048576 ]
}

@test "resize that was interrupted before it told the loop devices can be repeated" {
    ok start $V
    attach "$A/private-dirty.img"
    truncate -s 2M "$A/private-dirty.img"
    ok resize $V 2M
    says "loop device '$LOOP' now 2097152 bytes"
    ok resize $V 2M
    says
}

@test "resize to the size it has changes nothing" {
    before=$(snapshot)
    ok resize $V 1M
    says
    [ "$(snapshot)" = "$before" ]
}

@test "resize by +SIZE grows by that much what is there: dirty, else clean" {
    ok resize $V +1M
    says "resized '$D.img' (1048576 -> 2097152 bytes)" "removed '$D-precache.img'"
    ok start $V
    ok -n resize $V +512
    says "would resize '$D-dirty.img' (2097152 -> 2097664 bytes)"
    ok resize $V +0
    says
    ok resize --shrink $V +1K
    [ "$(size -dirty) $(size "")" = "2098176 2097152" ]
    fails 2 resize $V +9223372036854775807
    says "invalid size '+9223372036854775807' for SIZE: no file can be so large"
}

@test "resize refuses to shrink, naming both sizes and what to do, unless told" {
    fails 3 resize $V 512K
    says "cannot resize '$D.img' from 1048576 to 524288 bytes: that would cut off its end (shrink\
 the file system in it first, then use --shrink)"
    ok start $V
    fails 3 resize $V 1048575
    ok resize --shrink $V 512K
    says "resized '$D-dirty.img' (1048576 -> 524288 bytes)"
    holds "$A/private-dirty.img" one
    [ "$(size -dirty)" = 524288 ]
}

@test "resize refuses an image without write permission as read-only" {
    chmod 0444 "$A/private.img"
    fails 3 resize $V 2M
    says "cannot resize '$D.img': it is read-only"
    ok start $V
    chmod 0400 "$A/private-dirty.img"
    fails 3 resize $V 2M
    says "cannot resize '$D-dirty.img': it is read-only"
}

@test "resize never writes to a dirty image that has a second name" {
    ok start $V
    ln "$A/private-dirty.img" "$POOL/other"
    ok resize $V 2M
    differ "$A/private-dirty.img" "$POOL/other"
    [ "$(stat -c %s "$POOL/other")" = 1048576 ]
    [ "$(size -dirty)" = 2097152 ]
    # unless a VM may be writing to it: it would go on with the old one
    ln -f "$A/private-dirty.img" "$POOL/other"
    attach "$A/private-dirty.img"
    fails 3 resize $V 3M
    says "cannot give an inode of its own to '$D-dirty.img': '$LOOP' uses it\
 (detach that first)"
}

@test "resize needs a size that is one, and an image" {
    for bad in "" x -1 1X 1.00001 + ++1 +-1 +x "+ 1"; do fails 2 resize -- $V "$bad"; done
    fails 2 resize $V
    fails 4 resize appvms/a/root 1M
    says "cannot find 'P/appvms/a/root.img': $NO_SUCH"
    fails 4 resize appvms/b/private 1M
}

@test "resize beyond what the file system can hold fails and changes nothing" {
    # the first is of the clean image's clone
    for i in 1 2 3; do
        injected ftruncate:error=EFBIG:when=$i resize $V 2M
        [ "$STATUS" = 6 ] && break
    done
    [ "$STATUS" = 6 ]
    [ "$(size "")" = 1048576 ]
    files private.img private-precache.img private.img.1@\*
    ok start $V
    injected ftruncate:error=EFBIG:when=1 resize $V 2M
    [ "$STATUS" = 6 ]
    says "cannot resize '$D-dirty.img': File too large"
    [ "$(size -dirty)" = 1048576 ]
}

@test "a guest's device grows while it is mounted, and its fstrim gives space back" {
    requires_root
    ok resize $V 64M
    ok start $V
    attach "$A/private-dirty.img"
    mkfs.ext4 -q -E lazy_itable_init=1 "$LOOP"
    mkdir "$RUN_SCRATCH/guest-$FS"
    mount "$LOOP" "$RUN_SCRATCH/guest-$FS"
    ok resize $V 128M
    [ "$(blockdev --getsize64 "$LOOP")" = 134217728 ]
    dd if=/dev/urandom of="$RUN_SCRATCH/guest-$FS/file" bs=1M count=8 status=none
    sync -f "$RUN_SCRATCH/guest-$FS"
    full=$(stat -c %b "$A/private-dirty.img")
    [ "$full" -ge 16384 ] # 8 MiB
    rm "$RUN_SCRATCH/guest-$FS/file"
    sync -f "$RUN_SCRATCH/guest-$FS"
    fstrim "$RUN_SCRATCH/guest-$FS"
    sync "$A/private-dirty.img"
    [ "$(stat -c %b "$A/private-dirty.img")" -le $((full - 16384)) ] ||
        fail "it still uses $(stat -c %b "$A/private-dirty.img") of $full blocks"
    umount "$RUN_SCRATCH/guest-$FS"
    losetup -d "$LOOP"
    LOOPS=()
    ok stop $V --no-precache
    e2fsck -fn "$A/private.img" >/dev/null 2>&1
}

@test "resize -n tells of loop devices that begin or end within the image what the run tells" {
    requires_root
    ok start $V
    for words in "" "--offset=64K" "--sizelimit=256K" "--offset=64K --sizelimit=1536K"; do
        # shellcheck disable=SC2086 # words
        LOOP=$(losetup --find --show $words "$A/private-dirty.img")
        LOOPS+=("$LOOP")
    done
    ok -n resize $V 2M
    told=$ERR
    ok resize $V 2M
    [ "$(grep -c 'loop device' <<<"$ERR")" = 3 ] || fail
    [ "$told" = "$(in_the_infinitive <<<"$ERR")" ] || fail "the dry run said:" "$told"
}
