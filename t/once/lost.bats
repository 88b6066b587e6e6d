#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A failed fsync is remembered, since the kernel tells of it once: XFS on a device that has no block
# left (thin, or as here a loop device on a full tmpfs) says 0 to the second who asks.

load ../lib/common
load ../lib/disks

V=appvms/a/private

tidy() {
    POOL=$RUN_SCRATCH/once/pool
    ! mountpoint -q "$DISKS/lost" || umount "$DISKS/lost"
    [ -z "${DEVICE:-}" ] || losetup -d "$DEVICE"
    ! mountpoint -q "$DISKS/thin" || umount "$DISKS/thin"
    rm -rf "$DISKS"
}

# Fill $1 bytes of FILE with a letter.
fill_with() {
    tr '\0' "$2" </dev/zero | head -c 1M | dd of="$1" conv=notrunc bs=1M iflag=fullblock status=none
}

mount_lost() {
    DEVICE=$(losetup --find --show "$DISKS/thin/disk")
    mount "$DEVICE" "$DISKS/lost"
}

unmount_lost() {
    umount "$DISKS/lost"
    losetup -d "$DEVICE"
    DEVICE=
}

# A started volume of o's, to whose dirty image n's were written that the disk has no room for.
prepare() {
    requires_root
    mkdir -p "$DISKS/thin" "$DISKS/lost"
    mount -t tmpfs -o size=110M tmpfs "$DISKS/thin"
    truncate -s 300M "$DISKS/thin/disk"
    mkfs.xfs -q "$DISKS/thin/disk"
    mount_lost
    POOL=$DISKS/lost A=$DISKS/lost/appvms/a
    mkdir "$POOL/appvms" "$POOL/vm-templates"
    ok create $V --size=8M
    ok start $V
    fill_with "$A/private-dirty.img" o
    ok stop $V
    ok start $V
    sync -f "$POOL"
    dd if=/dev/zero of="$DISKS/thin/fill" bs=64K status=none 2>/dev/null || true
    fill_with "$A/private-dirty.img" n
}

@test "stop of an image that the disk has no room for fails, and the second one too" {
    rl stop $V
    [ "$STATUS" = 6 ] || fail
    [[ $ERR == *"what was written to '$A/private-dirty.img' last may be lost"* ]] || fail
    for verb in stop start; do
        rl $verb $V
        [ "$STATUS" != 0 ] || fail "$verb says that all is well"
    done
    unmount_lost
    rm "$DISKS/thin/fill"
    mount_lost
    holds "$A/private.img" oooo
    rl stop $V
    [ "$STATUS" = 3 ] || fail "the mark is gone"
    rl fsck
    [[ $OUT == *"private-dirty.img': lost-writes: "* ]] || fail
    ok discard $V
    ok start $V
    holds "$A/private-dirty.img" oooo
}

@test "stop --force commits what there is, when there is room again" {
    rl stop $V
    [ "$STATUS" = 6 ] || fail
    rm "$DISKS/thin/fill"
    fails 3 stop $V
    ok stop --force $V
    files private.img private-precache.img private.img.{1,2}@\*
    unmount_lost
    mount_lost
    files private.img private-precache.img private.img.{1,2}@\*
    holds "$A"/private.img.2@* oooo
    ok start $V
}
