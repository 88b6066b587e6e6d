#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# included-in: which pool holds a directory?

load lib/common

prepare() {
    export REFLINKCTL_SYSFS=$POOL/sys
    mkdir -p "$POOL/sys/devices/virtual/block" "$POOL/sys/dev/block" "$POOL/dir"
}

# included-in says $1 (nothing: in none) for "included-in $2..."
is() {
    local expected=$1
    shift
    rl included-in "$@"
    [ "$OUT" = "$expected" ] || fail "expected '$expected'"
    [ "$STATUS" = "$([ -n "$expected" ] && echo 0 || echo 1)" ] || fail "wrong status"
    [ -z "$ERR" ] || fail "expected no message"
}

# The device dm-$1 called $2, made of the devices $3... (as real systems show it)
dm() {
    local device=$POOL/sys/devices/virtual/block/dm-$1 slave
    mkdir -p "$device/dm" "$device/slaves" "$device/holders"
    echo "$2" >"$device/dm/name"
    echo "253:$1" >"$device/dev"
    ln -s "../../devices/virtual/block/dm-$1" "$POOL/sys/dev/block/253:$1"
    shift 2
    for slave in "$@"; do
        ln -s "$(readlink -f "$POOL/sys/devices/"*/*"/$slave")" "$device/slaves/$slave"
    done
}

# A disk with a partition: sda, sda1
disk() {
    mkdir -p "$POOL/sys/devices/pci/block/sda/sda1" "$POOL/sys/devices/pci/block/sda/slaves"
    echo 1 >"$POOL/sys/devices/pci/block/sda/sda1/partition"
    ln -sfn pci/block "$POOL/sys/devices/pci-block"
    mkdir -p "$POOL/sys/devices/x"
    ln -sfn ../pci/block/sda/sda1 "$POOL/sys/devices/x/sda1"
}

# The file system of $POOL is on dm-$1 (a btrfs: on all of dm-$@)
mounted_on() {
    local id
    if [ "$FS" = btrfs ]; then
        id=$(findmnt -no UUID --target "$POOL")
        mkdir -p "$POOL/sys/fs/btrfs/$id/devices"
        for n in "$@"; do
            ln -s "../../../../devices/virtual/block/dm-$n" "$POOL/sys/fs/btrfs/$id/devices/dm-$n"
        done
    else
        ln -s "../../devices/virtual/block/dm-$1" \
            "$POOL/sys/dev/block/$(mountpoint -d "$(findmnt -no TARGET --target "$POOL")")"
    fi
}

@test "a directory is in the pool that is it, or is above it, by whole components" {
    mkdir -p "$POOL/qubes/appvms" "$POOL/qubes2"
    is a qubes/appvms "a=$POOL/qubes"
    is a qubes "a=$POOL/qubes"
    is a qubes/ "a=$POOL/qubes///"
    is "" qubes2 "a=$POOL/qubes"
    is "" qubes "a=$POOL/qubes2"
    is "" . "a=$POOL/qubes"
    is root qubes root=/
}

@test "the deepest wins, in whatever order" {
    mkdir -p "$POOL/p/q/r"
    is c p/q/r a=/ "b=$POOL/p" "c=$POOL/p/q"
    is c p/q/r "c=$POOL/p/q" "b=$POOL/p" a=/
    is b p/q "c=$POOL/p/q/r" "b=$POOL/p" a=/
}

@test "symbolic links count as what they lead to" {
    mkdir -p "$POOL/p/q" "$POOL/other"
    ln -s p "$POOL/link"
    ln -s ../p/q "$POOL/other/inside"
    is a link/q "a=$POOL/p"
    is a p/q "a=$POOL/link"
    is a other/inside "a=$POOL/p" "b=$POOL/other"
}

@test "a directory or pool that isn't there is taken by its path" {
    mkdir "$POOL/p"
    ln -s p "$POOL/link"
    is a link/not/there "a=$POOL/p"
    is a p/not/there "a=$POOL/link/not"
    is "" p/nothing "a=$POOL/p/not"
}

@test "--json names the pool, or null" {
    ok included-in dir --json "a b=$POOL"
    [ "$OUT" = '{"pool": "a b"}' ]
    rl included-in appvms --json "a=$POOL/dir"
    [ "$STATUS $OUT" = '1 {"pool": null}' ]
}

@test "a POOL that is neither a path nor VG/THINPOOL is refused" {
    for pool in "$POOL" a= =/x a a=vg a=vg/ a=vg/x/y a=b; do
        fails 2 included-in dir b=/ "$pool"
    done
}

@test "a thin volume is in its thin pool, hyphens and all" {
    disk
    dm 0 qubes_dom0-vm--pool_tmeta sda1
    dm 1 qubes_dom0-vm--pool_tdata sda1
    dm 2 qubes_dom0-vm--pool-tpool dm-0 dm-1
    dm 3 qubes_dom0-vm--pool dm-2
    dm 4 qubes_dom0-root dm-2
    mounted_on 4
    is lvm dir lvm=qubes_dom0/vm-pool
    is lvm dir other=qubes_dom0/vm lvm=qubes_dom0/vm-pool
    is "" dir a=qubes_dom0/vm b=qubes_dom0/vm--pool c=qubes_dom0-vm/pool d=qubes_dom0/root
}

@test "encryption above a thin volume is looked through" {
    disk
    dm 0 my--vg-p_tmeta sda1
    dm 1 my--vg-p_tdata sda1
    dm 2 my--vg-p-tpool dm-0 dm-1
    dm 3 my--vg-data dm-2
    dm 4 luks-0a1b dm-3
    mounted_on 4
    is lvm dir lvm=my-vg/p
    is "" dir lvm=my/vg-p
}

@test "of thin pools on each other the uppermost wins" {
    disk
    dm 0 low-p_tdata sda1
    dm 1 low-p-tpool dm-0
    dm 2 low-pv dm-1
    dm 3 high-p_tdata dm-2
    dm 4 high-p-tpool dm-3
    dm 5 high-data dm-4
    mounted_on 5
    is high dir low=low/p high=high/p
    is high dir high=high/p low=low/p
    is low dir low=low/p
}

@test "a linear volume, and a disk, are in no thin pool" {
    disk
    dm 0 vg-p_tdata sda1
    dm 1 vg-p-tpool dm-0
    dm 2 vg-linear sda1
    mounted_on 2
    is "" dir lvm=vg/p
    rm -r "$POOL/sys"
    rl included-in dir lvm=vg/p
    [ "$STATUS" = 1 ]
    says "warning: cannot look for block devices in 'P/sys': No such file or directory"
}

@test "a directory pool goes before a thin pool" {
    disk
    dm 0 vg-p_tdata sda1
    dm 1 vg-p-tpool dm-0
    dm 2 vg-data dm-1
    mounted_on 2
    is dir dir lvm=vg/p "dir=$POOL"
}

@test "a file system on several devices is in a pool with all of them" {
    [ "$FS" = btrfs ] || return 0
    disk
    dm 0 vg-p_tdata sda1
    dm 1 vg-p-tpool dm-0
    dm 2 vg-one dm-1
    dm 3 vg-two dm-1
    dm 4 vg-linear sda1
    mounted_on 2 3
    is lvm dir lvm=vg/p
    mounted_on 4
    is "" dir lvm=vg/p
}

@test "devices that are made of each other don't keep it for ever" {
    dm 0 one
    dm 1 two dm-0
    ln -s ../../dm-1 "$POOL/sys/devices/virtual/block/dm-0/slaves/dm-1"
    mounted_on 1
    is "" dir lvm=vg/p
}

@test "a sysfs that says nonsense puts a directory in no thin pool" {
    dm 0 vg-p-tpool
    dm 1 vg-x dm-0
    mounted_on 1
    is lvm dir lvm=vg/p
    name=$POOL/sys/devices/virtual/block/dm-0/dm/name
    for text in '' '\n' 'vg-p-tpool-more' '\377\033[31m\n' 'vg-p' "$(printf 'x%.0s' {1..5000})"; do
        printf "$text" >"$name"
        is "" dir lvm=vg/p
    done
    printf vg-p-tpool >"$name" # without the end of the line
    is lvm dir lvm=vg/p
    rm "$name"
    mkdir "$name"
    is "" dir lvm=vg/p
    rm -r "$POOL/sys/devices/virtual/block/dm-0" # a device that went meanwhile
    is "" dir lvm=vg/p
    : >"$POOL/sys/devices/virtual/block/dm-0"
    is "" dir lvm=vg/p
}
