#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What arrives is what was sent, from any file system to any other.

load ../lib/common
load ../lib/disks

prepare() {
    requires_root
    disk btrfs 512M mkfs.btrfs -q
    disk xfs 512M mkfs.xfs -q
    disk ext4 512M mkfs.ext4 -q
    mkdir "$DISKS/tmpfs"
    mount -t tmpfs tmpfs "$DISKS/tmpfs"
}

tidy() {
    remove_disks
}

@test "images of any layout arrive whole and sparse between btrfs, XFS, ext4 and tmpfs" {
    run "$BATS_TEST_DIRNAME/../lib/layouts" "$BIN" "${SEED:-1}" "${LAYOUTS:-8}" \
        "$DISKS"/{btrfs,xfs,ext4,tmpfs}
    echo "$output"
    [ "$status" = 0 ]
    # A reflink was possible only on btrfs and on XFS.
    [ "$output" = "$((${LAYOUTS:-8} * 14)) copied" ]
}
