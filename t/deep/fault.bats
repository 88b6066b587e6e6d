#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A kill before every system call, each of eight errors and a short transfer at each, and memory
# that runs out at each allocation: t/fault/sweep, whole and on each file system.

load ../lib/common
load ../lib/disks

setup_file() {
    requires_root
    "$BATS_TEST_DIRNAME/../fault/build" "$BATS_FILE_TMPDIR"
}

tidy() {
    remove_disks
}

# MACHINE of t/fault/sweep with the program PROGRAM, and a half of its work on each of two disks.
sweep() {
    local machine=$1 program=$2 half failed=0 halves=()
    for half in 0 1; do
        "$BATS_TEST_DIRNAME/../fault/sweep" --deep --share=$half/2 "$machine" "$program" \
            "$BATS_FILE_TMPDIR/inject" "$DISKS/$half" >"$BATS_TEST_TMPDIR/$machine.$half" &
        halves+=($!)
    done
    for half in "${halves[@]}"; do wait "$half" || failed=1; done
    cat "$BATS_TEST_TMPDIR/$machine".?
    tail -q -n 1 "$BATS_TEST_TMPDIR/$machine".? | awk -v what="$FS, $machine" '
        { n += $1; states += $3; failures += $5 }
        END { print what ": " n " injections, " states " states, " failures " failures" }' | figure
    return $failed
}

swept_on() {
    export FS=$1
    shift
    disk 0 512M "$@"
    disk 1 512M "$@"
    attach_removed
    sweep kill "$BIN"
    sweep fault "$BIN"
    sweep memory "$BATS_FILE_TMPDIR/src/reflinkctl"
}

@test "no kill and no failure at any system call loses anything on btrfs" {
    swept_on btrfs mkfs.btrfs
}

@test "no kill and no failure at any system call loses anything on XFS" {
    swept_on xfs mkfs.xfs -m reflink=1
}

@test "no kill and no failure at any system call loses anything on ext4" {
    swept_on ext4 mkfs.ext4
}
