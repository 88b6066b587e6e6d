# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
# The grounds of t/vm/lvm in which thin volumes are read and written, and thin pools run full.

v=appvms/a/private

# a_pool TYPE DEVICE: a pool on a file system there, with a volume of 300 MiB, whose state is /run/old.
a_pool() {
    format "$1" "$2"
    set -- "$1"
    [ "$1" != ext4 ] || set -- "$1" --setup-check=no
    ok setup "${@:2}" "$dir/pool"
    ok -C "$dir/pool" import $v /run/old
    sync -f "$dir"
    image=$dir/pool/$v.img
}

# The migration: a snapshot of what goes on being written to.
source.snapshot() {
    pool
    thin vm-origin "$vg" 300M
    make dd if=/run/old of="/dev/$vg/vm-origin" conv=sparse,fsync bs=64k
    make lvcreate -y -s -kn -pr -n vm-data "$vg/vm-origin"
    make dd if=/run/much of="/dev/$vg/vm-origin" conv=fsync bs=1M count=8
    a_pool xfs "$other"
    ok -C "$dir/pool" import $v "/dev/$vg/vm-data"
    cmp -s "$image" /run/old || answer fails 'other bytes'
    [ "$(du -m "$image" | cut -f1)" -le 17 ] || answer fails "16 of 300 MiB are data, $(du -m "$image" | cut -f1) were written"
    answer works 'the same bytes, and holes'
}

target.volume() {
    pool
    thin vm-data "$vg" 300M
    make dd if=/run/much of="/dev/$vg/vm-data" conv=fsync bs=1M
    a_pool xfs "$other"
    rl -C "$dir/pool" export --output="/dev/$vg/vm-data" $v
    [ "$status" = 3 ] || answer fails "without --force it ends with $status: $said"
    ok -C "$dir/pool" export --force --output="/dev/$vg/vm-data" $v
    echo 3 >/proc/sys/vm/drop_caches
    cmp -s "$image" "/dev/$vg/vm-data" || answer fails 'other bytes'
    answer works 'the same bytes, also where there were others'
}

# The export fails, and the disk is full of half of it; nothing else is.
export.full() {
    pool "$one" "$vg" 40
    thin vm-data "$vg" 300M
    a_pool xfs "$other"
    ok -C "$dir/pool" import $v /run/much
    rl -C "$dir/pool" export --force --output="/dev/$vg/vm-data" $v
    [ "$status" = 6 ] && [[ $said == *': '* ]] || answer fails "it ends with $status: $said"
    local reason=$said
    make lvextend -l +60 "$vg/$tp"
    ok -C "$dir/pool" export --force --output="/dev/$vg/vm-data" $v
    cmp -s "$image" "/dev/$vg/vm-data" || answer fails 'other bytes after lvextend'
    answer works "$reason"
}

# full TYPE: a pool on a thin pool of which the file system believes that there were more than there is.
full() {
    pool "$one" "$vg" 48
    thin vm-data
    a_pool "$1" "/dev/$vg/vm-data"
}

# extended: there is more of it, and the file system is mounted anew, whatever it has thought of the old one.
extended() {
    make lvextend -l +60 "$vg/$tp"
    make umount "$dir"
    make mount "/dev/$vg/vm-data" "$dir"
    cmp -s "$image" /run/old || answer fails "the old state is gone"
    local left
    left=$(find "$dir/pool" -name '*~*' -o -name '*new*')
    [ -z "$left" ] || answer fails "left: $left"
}

# starts: the old state does, and a session goes on from it.
starts() {
    ok -C "$dir/pool" start $v
    cmp -s "${image%.img}-dirty.img" /run/old || answer fails 'start has another state than the old one'
    make dd if=/run/much of="${image%.img}-dirty.img" conv=notrunc,fsync bs=1M count=8
    ok -C "$dir/pool" stop $v
    cmp -s -n 8388608 "$image" /run/much || answer fails 'the stop after it has other bytes'
}

import-full() {
    full "$1"
    rl -C "$dir/pool" import $v /run/much
    [ "$status" = 6 ] && [[ $said == *': '* ]] || answer fails "it ends with $status: $said"
    local reason=$said
    extended
    starts
    answer works "$reason"
}
import.full-xfs() { import-full xfs; }
import.full-ext4() { import-full ext4; }
import.full-btrfs() { import-full btrfs; }

# The VM has written, and never heard that it can't be kept.
stop-full() {
    full "$1"
    ok -C "$dir/pool" start $v
    dd if=/run/much of="${image%.img}-dirty.img" conv=notrunc bs=1M 2>/run/log || true
    rl -C "$dir/pool" stop $v
    said=$(sed -n '1s/^reflinkctl: //p' /run/err)
    [ "$status" = 6 ] && [[ $said == *': '* ]] || answer fails "it ends with $status: $said"
    local reason=$said again
    rl -C "$dir/pool" stop $v
    again=$status
    [ $again != 0 ] || answer fails "the second stop ends with 0, the first said: $reason"
    extended
    # btrfs may go back to what it was before the failure, and the mark with it, as after a cut of the power.
    [ "$1" != btrfs ] || getfattr -n user.reflinkctl.lost "${image%.img}-dirty.img" >/run/log 2>&1 || the_past "$reason"
    rl -C "$dir/pool" stop $v
    [ "$status" = 3 ] || answer fails "after lvextend stop ends with $status ($again before): $said; it had said: $reason"
    rl -C "$dir/pool" start $v
    [ "$status" = 3 ] || answer fails "after lvextend start ends with $status: $said"
    ok -C "$dir/pool" discard $v
    starts
    answer works "stop: $reason; again: $again"
}
# Of the session nothing is left, or what btrfs has committed on its way; the old state is the clean image, then a revision.
the_past() {
    local revision
    ok -C "$dir/pool" stop $v
    revision=$(echo "$image".1@*Z)
    cmp -s "$revision" /run/old || answer fails "stop has committed what was written before, and there is no old state"
    ok -C "$dir/pool" revert $v 1
    starts
    answer works "stop: $1; then it goes back to its last transaction, unmarked: the old state, or parts of the session"
}

stop.full-xfs() { stop-full xfs; }
stop.full-ext4() { stop-full ext4; }
stop.full-btrfs() { stop-full btrfs; }
