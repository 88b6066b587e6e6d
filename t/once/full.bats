#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The disk is full.

load ../lib/common
load ../lib/disks

V=appvms/a/private

prepare() {
    requires_root
    head -c 8M /dev/urandom >"$RUN_SCRATCH/big"
}

tidy() {
    remove_disks
}

# A full disk of kind $1, and on it a pool with a volume of 4 MiB of data with one revision; started
# and written to if $2 is "started".
full_disk() {
    case $1 in
    btrfs) disk btrfs 256M mkfs.btrfs -q ;;
    xfs) disk xfs 512M mkfs.xfs -q ;;
    ext4) disk ext4 64M mkfs.ext4 -q -m 0 ;;
    esac
    FS=$1
    POOL=$DISKS/$FS A=$DISKS/$FS/appvms/a
    mkdir "$POOL/appvms" "$POOL/vm-templates"
    head -c 4M "$RUN_SCRATCH/big" >"$POOL/first"
    ok import $V first --revisions-to-keep=0
    ok start $V
    write_to "$A/private-dirty.img" second
    ok stop $V
    if [ "${2:-}" = started ]; then
        ok start $V
        write_to "$A/private-dirty.img" third
    fi
    rm "$POOL/first"
    sync -f "$POOL"
    fill "$FS"
}

# Bytes in use on the disk, as soon as what is being freed is.
in_use() {
    sync -f "$POOL"
    df --output=used -B1 "$POOL" | tail -1
}

# Do $2 on a full disk of each kind; $1 is as above.
each() {
    local disk
    for disk in btrfs xfs ext4; do
        full_disk $disk "$1"
        used=$(in_use)
        "$2"
        POOL=$RUN_SCRATCH/once/pool
        remove_disks
    done
}

# Only btrfs keeps room for a new inode and the reflink in it.
has_room_for_reflinks() {
    [ "$FS" = btrfs ]
}

cant_copy() {
    before=$(snapshot)
    rl import $V "$RUN_SCRATCH/big"
    [ "$STATUS" = 6 ] || fail "expected status 6"
    [[ "$ERR" == *"No space left on device" ]]
    rl copy "$RUN_SCRATCH/big" "$POOL/filler"
    [ "$STATUS" = 6 ] || fail "expected status 6"
    [[ "$ERR" == *"No space left on device" ]]
    [ "$(snapshot)" = "$before" ] || fail "it has changed something"
    [ $(($(in_use) - used)) -lt 1000000 ] || fail "space is lost: $used, now $(in_use)"
}

@test "a copy and an import that the disk has no room for change nothing, and give the space back" {
    each "" cant_copy
}

start_and_precache() {
    ok start $V # from the precache, a rename
    holds "$A/private-dirty.img" second
    ok discard $V
    fill "$FS"
    if has_room_for_reflinks; then
        ok precache $V
        ok start $V
        holds "$A/private-dirty.img" second
    else
        before=$(snapshot)
        for verb in precache start; do
            rl $verb $V
            [ "$STATUS" = 6 ] || fail "expected status 6"
            [[ "$ERR" == *"No space left on device" ]]
            [ "$(snapshot)" = "$before" ] || fail "it has changed something"
        done
    fi
}

@test "start works on a full disk from a precache, which btrfs can still make; else nothing changes" {
    each "" start_and_precache
}

stop_commits() {
    rl stop $V --revisions-to-keep=2
    [ "$STATUS" = 0 ] || fail "expected status 0"
    holds "$A/private.img" third
    holds "$A"/private.img.2@* second
    if has_room_for_reflinks; then
        files private.img private-precache.img private.img.1@* private.img.2@*
    else
        files private.img private.img.1@* private.img.2@*
        [[ "$(tail -1 <<<"$ERR")" == "reflinkctl: warning: cannot "*"'$A/private-precache.img': No space left on device" ]]
    fi
    ok stop $V
}

@test "stop commits on a full disk, and says what it could not do" {
    each started stop_commits
}

revert_works() {
    ok revert $V
    holds "$A"/private.img.2@* second
    cmp -n 4194304 "$A/private.img" "$RUN_SCRATCH/big"
}

@test "revert works on a full disk" {
    each "" revert_works
}
