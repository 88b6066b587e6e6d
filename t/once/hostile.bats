#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Pools on what is no place for them: read-only, on overlayfs, of files that one may not read.

load ../lib/common
load ../lib/disks

V=appvms/a/private

tidy() {
    ! mountpoint -q "$DISKS/merged" || umount "$DISKS/merged"
    remove_disks
}

@test "a pool that has become read-only can be looked at, and all else fails in one line" {
    requires_root
    disk ro 64M mkfs.ext4 -q
    mkdir -p "$DISKS/ro/appvms"
    POOL=$DISKS/ro
    ok create $V --size=1M
    session $V one
    ok start $V
    mount -o remount,ro "$DISKS/ro"
    for verb in "revisions $V" "info $V" "verify $V" "is-dirty $V" list df "export $V"; do
        # shellcheck disable=SC2086
        ok $verb
        [ -z "$ERR" ] || fail "it has something to say"
    done
    for verb in "stop $V" "revert --discard $V" "resize $V 2M" "discard $V" "remove $V" \
        "create --size=1M appvms/b/private" "prune --revisions-to-keep=0 $V" \
        "start --volatile --size=1M appvms/a/volatile" "import $V $BIN"; do
        # shellcheck disable=SC2086
        fails 6 $verb
        [[ "$ERR" == *"Read-only file system" ]] || fail "expected the reason"
    done
}

@test "a volume lives on overlayfs, which can't do all that others can" {
    requires_root
    disk low 128M mkfs.ext4 -q
    mkdir -p "$DISKS/low"/{lower/appvms/a,upper,work} "$DISKS/merged"
    truncate -s 1M "$DISKS/low/lower/$V.img"
    write_to "$DISKS/low/lower/$V.img" precious
    mount -t overlay overlay "$DISKS/merged" \
        -o "lowerdir=$DISKS/low/lower,upperdir=$DISKS/low/upper,workdir=$DISKS/low/work"
    POOL=$DISKS/merged A=$DISKS/merged/appvms/a
    session $V one --revisions-to-keep=2
    session $V two --revisions-to-keep=2
    files private.img private-precache.img private.img.{1,2}@\*
    holds "$A/private.img" two
    ok revert $V 1
    holds "$A/private.img" precious
    ok resize $V 2M
    ok start $V
    holds "$A/private-dirty.img" precious
    ok discard $V
    ok remove $V
    [ ! -e "$A" ]
    holds "$DISKS/low/lower/$V.img" precious
}

@test "who may not read or write the files of a pool is told so, and changes nothing" {
    requires_root
    disk plain 64M mkfs.ext4 -q
    cp "$BIN" "$DISKS/plain/tool"
    POOL=$DISKS/plain/pool
    mkdir -p "$POOL/appvms"
    ok create $V --size=1M
    session $V one
    ok start $V
    chmod 755 "$RUN_SCRATCH"
    before=$(snapshot)
    for verb in "stop $V" "revert --discard $V" "resize $V 2M" "discard $V" "remove $V" "start $V" \
        "create --size=1M appvms/b/private" "prune --revisions-to-keep=0 $V" "export --output=- $V"; do
        status=0
        # shellcheck disable=SC2086
        said=$(setpriv --reuid=65534 --regid=65534 --clear-groups timeout -s KILL 5 \
            "$DISKS/plain/tool" -C "$POOL" $verb 2>&1 >"$RUN_SCRATCH/out") || status=$?
        [ "$(snapshot)" = "$before" ] || fail "$verb has changed something"
        [ "$verb $status" = "start $V 0" ] && continue # it is started already
        [ "$status" = 6 ] || fail "$verb: $status $said"
        [[ "$said" == *"denied" || "$said" == *"not permitted" ]] || fail "$verb: $said"
        [ "$(grep -c . <<<"$said")" = 1 ] || fail "$verb: $said"
    done
}
