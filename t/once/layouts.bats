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

@test "two files that have the same inode number on two file systems are two" {
    disk other 512M mkfs.ext4 -q
    mkdir "$DISKS"/{ext4,other}/appvms
    echo first >"$DISKS/ext4/file"
    echo second >"$DISKS/other/file"
    [ "$(stat -c %i "$DISKS/ext4/file")" = "$(stat -c %i "$DISKS/other/file")" ]
    ok copy "$DISKS/ext4/file" "$DISKS/other/file"
    holds "$DISKS/other/file" first
    ok create "$DISKS/ext4/appvms/mail/private" --size=1M
    ok create "$DISKS/other/appvms/mail/private" --size=2M
    [ "$(stat -c %i "$DISKS/ext4/appvms/mail/private.img")" = \
        "$(stat -c %i "$DISKS/other/appvms/mail/private.img")" ]
    ok import "$DISKS/ext4/appvms/mail/private" "$DISKS/other/appvms/mail/private"
    [ "$(stat -c %s "$DISKS/ext4/appvms/mail/private.img")" = 2097152 ]
}
