#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The program as it was built.

load ../lib/common

prepare() {
    unset MAKEFLAGS MAKELEVEL MFLAGS CC CPPFLAGS CFLAGS LDFLAGS
    work=$RUN_SCRATCH/work
    mkdir "$work"
    (cd "$BATS_TEST_DIRNAME/../.." && cp -r reflinkctl.c subcmd Makefile "$work")
}

tidy() {
    rm -rf "$work"
}

build() {
    output=$(make -C "$work" --no-print-directory -j2 CFLAGS=-O0 "$@" 2>&1) || fail "$output"
}

@test "the program is static and hardened" {
    run readelf -lW "$BIN"
    [[ "$output" != *INTERP* ]]
    # Without relocations there is nothing to protect after them.
    [[ "$output" == *GNU_RELRO* ]] || ! readelf -hW "$BIN" | grep -q 'Type: *DYN'
    [[ "$(grep GNU_STACK <<<"$output")" != *RWE* ]]
    # The stack protector's failure path is linked in.
    nm "$BIN" | grep -q __stack_chk_fail
}

@test "every compiler that is here builds it without a warning" {
    for CC in gcc clang musl-gcc; do
        command -v "$CC" >/dev/null || continue
        build CC="$CC" CFLAGS=-O2
        [ -z "$(grep -vE '^(CC|LINK)  ' <<<"$output")" ] || fail "$CC:" "$output"
        [ "$("$work/reflinkctl" --version)" = "$("$BIN" --version)" ]
    done
    [ -x "$work/reflinkctl" ]
}

@test "flags of the user win" {
    build CPPFLAGS='-UVERSION -DVERSION=\"mine\"' LDFLAGS=-s
    [ "$("$work/reflinkctl" --version)" = "reflinkctl mine" ]
    [[ "$(nm "$work/reflinkctl" 2>&1)" == *"no symbols"* ]]
}

@test "what depends on a changed header or on changed flags is built again, and nothing else" {
    build
    build
    [ -z "$(grep -E '^(CC|LINK)' <<<"$output")" ] || fail "for nothing:" "$output"
    touch "$work/subcmd/base/size.h"
    build
    [[ "$output" == *"CC     build/subcmd/base/size.o"*"LINK   reflinkctl"* ]]
    [[ "$output" != *"build/subcmd/base/dir.o"* ]]
    build CFLAGS=-O1
    [ "$(grep -c ^CC <<<"$output")" = "$(find "$work" -name '*.c' ! -name try.c | wc -l)" ]
}

@test "a missing static C library gets a sentence" {
    cat >"$work/half-cc" <<-'END'
	#!/bin/sh
	for word; do case $word in -static*) echo "ld: cannot find -lc" >&2; exit 1 ;; esac; done
	exec cc "$@"
	END
    chmod +x "$work/half-cc"
    ! output=$(make -s -C "$work" CC="$work/half-cc" 2>&1) || fail "it was built"
    [[ "$output" == *"half-cc cannot link statically: install "* ]]
    [[ "$output" != *"ld:"* ]]
}
