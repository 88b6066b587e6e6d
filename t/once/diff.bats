#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Do the random histories (t/diff.bats) notice what is wrong, and does diff notice what moves?

load ../lib/common
load ../lib/disks

prepare() {
    requires_root
    disk btrfs 1G mkfs.btrfs
    disk xfs 320M mkfs.xfs -m reflink=1
}

tidy() {
    remove_disks
}

@test "every way to find differences that is wrong on purpose is caught" {
    run "$BATS_TEST_DIRNAME/../diff/catch" "$BATS_TEST_TMPDIR" "$DISKS"
    [ "$status" = 0 ] || fail "$output"
}

@test "diff is right though extents change places while it reads where they are" {
    "$BATS_TEST_DIRNAME/../diff/histories" --swapped "$BIN" "$DISKS/xfs"
    remove_disks
    disk btrfs 256M mkfs.btrfs
    "$BATS_TEST_DIRNAME/../diff/histories" --swapped "$BIN" "$DISKS/btrfs"
}

@test "diff is right at the edges of the parts that extents are read in" {
    local source=$BATS_TEST_TMPDIR/src fs
    mkdir "$source"
    cp -R "$BATS_TEST_DIRNAME"/../../{Makefile,reflinkctl.c,subcmd} "$source"
    patch -s -d "$source" -p1 <"$BATS_TEST_DIRNAME/../diff/parts.patch"
    make -s -C "$source" CC="${CC:-$(command -v musl-gcc || echo cc)}" VERSION=t reflinkctl >/dev/null
    for fs in btrfs xfs; do
        "$BATS_TEST_DIRNAME/../diff/histories" --pairs=200 "$source/reflinkctl" "$DISKS/$fs"
    done
}
