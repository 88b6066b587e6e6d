#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What people let loose on a pool to save space: no state changes by it, and none is shared with a VM.

load lib/common

V=appvms/a/private

# Three states, of equal data but for their beginning, and a precache.
prepare() {
    ok create $V --size=4M
    ok start $V
    seq 400000 | head -c 2M | dd of="$A/private-dirty.img" bs=64K conv=notrunc status=none
    dd if=/dev/zero of="$A/private-dirty.img" bs=64K seek=40 count=8 conv=notrunc status=none
    ok stop $V
    session $V one
    session $V two
    sync -f "$POOL"
    before=$(sums)
}

sums() {
    (cd "$A" && cksum private*.img*)
}

# All states are there, and the next start gives the newest one, which a VM then has for itself.
lives_on() {
    [ "$(sums)" = "$before" ] || fail "not what it was: $(diff <(echo "$before") <(sums))"
    ok start $V
    cmp "$A/private.img" "$A/private-dirty.img"
    write_to "$A/private-dirty.img" three
    holds "$A/private.img" two
    ok stop $V
    holds "$A/private.img" three
    holds "$A"/private.img.4@* two
}

@test "duperemove" {
    case $FS in
    btrfs | xfs) duperemove -qdr -b 64k "$POOL" >/dev/null ;;
    *) ! duperemove -qdr -b 64k "$POOL" >/dev/null 2>&1 || true ;;
    esac
    ok fsck
    lives_on
    [ ! -e "$POOL/.duperemove" ]
}

@test "defragmentation and balance" {
    case $FS in
    btrfs) btrfs -q filesystem defragment -r "$POOL" && btrfs -q balance start --full-balance "$POOL" ;;
    xfs) xfs_fsr "$A/private.img" ;;
    ext4) e4defrag "$POOL" >/dev/null 2>&1 || true ;; # it may say that there is nothing to do
    esac
    ok fsck
    lives_on
}

@test "hardlink: one file of those that are equal, be they the clean image and its precache" {
    hardlink "$POOL" >/dev/null
    same "$A/private.img" "$A/private-precache.img"
    lives_on
    differ "$A/private.img" "$A"/private.img.4@*
}

@test "fallocate -d: the zeros of an image become holes" {
    for image in "$A"/private*.img*; do fallocate -d "$image"; done
    lives_on
}

@test "an image that was grown by another tool is what starts, and what its precache was of isn't" {
    truncate -s 8M "$A/private.img" # as qemu-img resize does
    before=$(sums)
    ok start $V
    [ "$(stat -c %s "$A/private-dirty.img")" = 8388608 ] || fail
    cmp "$A/private.img" "$A/private-dirty.img"
}
