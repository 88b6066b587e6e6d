#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Built for other machines, and run there by an emulator, on btrfs.

load ../lib/common

prepare() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    unset MAKEFLAGS MAKELEVEL MFLAGS
    work=$RUN_SCRATCH/work
    mkdir -p "$work"
    requires_root
    truncate -s 256M "$work/disk"
    mkfs.btrfs -q "$work/disk" >/dev/null
    mount -o loop "$work/disk" "$POOL"
    mkdir "$POOL/appvms"
}

tidy() {
    ! mountpoint -q "$POOL" || umount "$POOL"
    rm -rf "$work"
}

# Build for $1 with Debian's compiler, whose packages are gcc-$1 and $2, into $work.
build() {
    if ! command -v "$1-gcc" >/dev/null || ! command -v qemu-aarch64-static >/dev/null; then
        apt-get install -y --no-install-recommends "gcc-$1" "$2" qemu-user-static
    fi
    cp -r reflinkctl.c subcmd Makefile man README COPYING "$work"
    make -s -j2 -C "$work" CC="$1-gcc" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
    [ -z "$(grep -vE '^(CC|LINK) ' "$work/log")" ] || fail "$(cat "$work/log")"
    make -s -C "$work" CC="$1-gcc" deb rpm >/dev/null
}

# Walk a volume through its life with the emulator $1.
try() {
    printf '#!/bin/sh\nexec %s "%s/reflinkctl" "$@"\n' "$1" "$work" >"$work/emulated"
    chmod +x "$work/emulated"
    [ "$("$work/emulated" --version)" = "$("$BIN" --version)" ]
    diff <("$work/emulated" help) <("$BIN" help)
    BIN=$work/emulated
    ok check "$POOL"
    [ "$OUT" = "yes: btrfs: reflinks work" ] || fail "FICLONE has a wrong number?"
    ok create appvms/a/private --size=1M
    ok start appvms/a/private
    write_to "$A/private-dirty.img" hello
    ok stop appvms/a/private
    holds "$A/private.img" hello
    ok revert appvms/a/private
    ok revisions --json appvms/a/private
    [[ "$OUT" == '[{"revision": 2, "time": "'*'", "size": 1048576, '* ]]
    ok -q start appvms/a/private
    write_to "$A/private-dirty.img" again
    ok snapshot --pin=x appvms/a/private
    ok diff appvms/a/private 2 x # by bytes, where the emulator doesn't know the ioctl
    [[ "$OUT" == *"differences: 1 (4096 bytes"* ]] || fail
    "$BIN" -q -C "$POOL" send appvms/a/private x | "$BIN" -q -C "$POOL" receive --pin=x appvms/b/private
    "$BIN" -q -C "$POOL" send --from=x appvms/a/private clean |
        "$BIN" -q -C "$POOL" receive appvms/b/private
    cmp "$A/private.img" "$POOL/appvms/b/private.img"
    ok start --snap-on-start=appvms/a/private appvms/c/root
    ok stop --snap-on-start=appvms/a/private appvms/c/root
    ok discard appvms/a/private
    ok unpin appvms/a/private x
    fails 4 verify appvms/d/private
    ok remove appvms/a/private
    [ ! -e "$A" ]
}

@test "aarch64: it builds without a warning and runs" {
    build aarch64-linux-gnu libc6-dev-arm64-cross
    [[ "$(readelf -h "$work/reflinkctl")" == *AArch64* ]]
    [ "$(dpkg-deb -f "$work"/build/reflinkctl_*.deb Architecture)" = arm64 ]
    [ "$(rpm -qp --qf "%{ARCH}" "$work"/build/reflinkctl-[0-9]*.rpm)" = aarch64 ]
    try qemu-aarch64-static
}

@test "ppc64le, whose ioctl numbers differ: it builds without a warning and runs" {
    build powerpc64le-linux-gnu libc6-dev-ppc64el-cross
    [[ "$(readelf -h "$work/reflinkctl")" == *PowerPC64* ]]
    [ "$(dpkg-deb -f "$work"/build/reflinkctl_*.deb Architecture)" = ppc64el ]
    [ "$(rpm -qp --qf "%{ARCH}" "$work"/build/reflinkctl-[0-9]*.rpm)" = ppc64le ]
    try qemu-ppc64le-static
}
