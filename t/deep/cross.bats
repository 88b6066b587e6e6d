#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Built for other machines, and run there as far as an emulator goes: it knows no FICLONE.

load ../lib/common

prepare() {
    cd "$BATS_TEST_DIRNAME/../.."
    unset MAKEFLAGS MAKELEVEL MFLAGS
    work=$RUN_SCRATCH/work
    mkdir -p "$work"
}

tidy() {
    rm -rf "$work"
}

# Build for $1 with Debian's compiler, whose packages are gcc-$1 and $2, into $work.
build() {
    if ! command -v "$1-gcc" >/dev/null || ! command -v qemu-aarch64-static >/dev/null; then
        requires_root
        apt-get install -y --no-install-recommends "gcc-$1" "$2" qemu-user-static
    fi
    cp -r reflinkctl.c subcmd Makefile "$work"
    make -s -j2 -C "$work" CC="$1-gcc" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
    [ ! -s "$work/log" ] || fail "$(grep -v '^\(CC\|LINK\) ' "$work/log")"
}

# Walk a volume through its life with the emulator $1, by copies where there are no reflinks.
try() {
    printf '#!/bin/sh\nexec %s "%s/reflinkctl" "$@"\n' "$1" "$work" >"$work/emulated"
    chmod +x "$work/emulated"
    [ "$("$work/emulated" --version)" = "$("$BIN" --version)" ]
    diff <("$work/emulated" help) <("$BIN" help)
    BIN=$work/emulated
    rl check "$POOL"
    [ "$STATUS" -le 1 ] || fail "check didn't come to a verdict"
    ok create appvms/a/private --size=1M
    ok start appvms/a/private
    write_to "$A/private-dirty.img" hello
    ok stop appvms/a/private
    holds "$A/private.img" hello
    ok revert appvms/a/private
    ok revisions --json appvms/a/private
    [[ "$OUT" == '[{"revision": 2, "time": "'*'", "size": 1048576, '* ]]
    fails 4 verify appvms/b/private
    ok remove appvms/a/private
    [ ! -e "$A" ]
}

@test "aarch64: it builds without a warning and runs" {
    build aarch64-linux-gnu libc6-dev-arm64-cross
    [[ "$(readelf -h "$work/reflinkctl")" == *AArch64* ]]
    try qemu-aarch64-static
}

@test "ppc64le, whose ioctl numbers differ: it builds without a warning and runs" {
    build powerpc64le-linux-gnu libc6-dev-ppc64el-cross
    [[ "$(readelf -h "$work/reflinkctl")" == *PowerPC64* ]]
    try qemu-ppc64le-static
}
