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
        [ -z "$ERR" ] || [[ "$verb" == export* && "$ERR" == *" is the state of the last stop: "* ]] ||
            fail "it has something to say"
    done
    for verb in "stop $V" "revert --discard $V" "resize $V 2M" "discard $V" "remove --discard $V" \
        "create --size=1M appvms/b/private" "prune --revisions-to-keep=0 $V" \
        "start --volatile --size=1M appvms/a/volatile" "import $V $BIN"; do
        # shellcheck disable=SC2086
        fails 3 $verb
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
    for verb in "stop $V" "revert --discard $V" "resize $V 2M" "discard $V" "remove --discard $V" "start $V" \
        "create --size=1M appvms/b/private" "prune --revisions-to-keep=0 $V" "export --output=- $V"; do
        status=0
        # shellcheck disable=SC2086
        said=$(setpriv --reuid=65534 --regid=65534 --clear-groups timeout -s KILL 5 \
            "$DISKS/plain/tool" -C "$POOL" $verb 2>&1 >"$RUN_SCRATCH/out") || status=$?
        [ "$(snapshot)" = "$before" ] || fail "$verb has changed something"
        [ "$verb $status" = "start $V 0" ] && continue # it is started already
        # whose image it isn't can't be told who writes to it
        [[ "$verb $status $said" == *"discard"*" 3 "*"perhaps somebody writes to it"* ]] && continue
        [ "$status" = 6 ] || fail "$verb: $status $said"
        [[ "$said" == *"denied" || "$said" == *"not permitted" ]] || fail "$verb: $said"
        # prune warns that it can't look what it would free
        [ "$(grep -vc 'warning: ' <<<"$said")" = 1 ] || fail "$verb: $said"
    done
}

# What is said on both of its outputs by reflinkctl ARG... where /dev and /sys/block are made by
# the shell commands $1, which see the device as $loop; nobody else sees them.
with_devices() {
    local devices=$1
    shift
    # shellcheck disable=SC2016 # the inner shell's
    loop=${LOOP#/dev/} timeout -s KILL 5 unshare -m sh -ec '
        cp "$1" "$2/tool"
        mount -t tmpfs none /dev
        mount -t tmpfs none /sys/block
        mknod /dev/null c 1 3
        mkdir -p "/sys/block/$loop/loop"
        eval "$3"
        tool=$2/tool
        shift 3
        exec "$tool" -C "$@" 2>&1' sh "$BIN" "$RUN_SCRATCH" "$devices" "$POOL" "$@"
}

# A running volume, and in $node what makes its loop device in with_devices.
start_attached() {
    requires_root
    ok create $V --size=1M
    ok -q start $V
    attach "$A/private-dirty.img"
    # shellcheck disable=SC2016 # the inner shell's
    node='mknod "/dev/$loop" b 7 "${loop#loop}"'
}

@test "whatever else is called a loop device, those of an image are found, and told" {
    start_attached
    size=1
    for odd in : 'mkfifo /dev/loop900' 'mkdir /dev/loop900' ': >/dev/loop900' \
        'ln -s gone /dev/loop900' 'mknod /dev/loop900 b 240 0' 'mknod /dev/loop900 c 1 3' \
        'mkdir -p /dev/loop900/loop/backing_file'; do
        size=$((size + 1))
        OUT=$(with_devices "$odd; $node" resize $V ${size}M)
        [[ "$OUT" == *"loop device '$LOOP' now $((size << 20)) bytes" ]] || fail "$odd"
        status=0
        OUT=$(with_devices "$odd; $node" discard $V) || status=$?
        [ $status = 3 ] || fail "$odd"
    done
}

@test "what sysfs says of a loop device is not asked" {
    start_attached
    file='"/sys/block/$loop/loop/backing_file"'
    size=1
    for text in ": >$file" "echo nonsense >$file" "printf '\\377\\033[31m' >$file" "printf / >$file" \
        "mkdir $file" "head -c 100000 /proc/self/exe >$file" "ln -s gone $file" \
        'rm -r "/sys/block/$loop"' "mkfifo $file"; do
        size=$((size + 1))
        OUT=$(with_devices "$text; $node" resize $V ${size}M)
        [ "$OUT" = "reflinkctl: resized '$A/private-dirty.img' ($((size - 1 << 20)) -> $((size << 20)) bytes)
reflinkctl: loop device '$LOOP' now $((size << 20)) bytes" ] || fail "$text"
    done
}
