#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What Debian's and Fedora's checkers say of the packages: nothing that isn't explained in
# man/packages.  (lintian brings 120 packages along.)

load ../lib/common

prepare() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    unset MAKEFLAGS MAKELEVEL MFLAGS
    requires_root
    command -v lintian >/dev/null && command -v rpmlint >/dev/null ||
        apt-get install -y --no-install-recommends lintian rpmlint
    make -s deb rpm >/dev/null
}

@test "lintian has no errors and no warnings" {
    run lintian --allow-root --fail-on error,warning build/*.deb
    [ "$status $output" = "0 " ] || fail "$output"
}

@test "rpmlint has no errors and no warnings" {
    run rpmlint --config man/packages/rpmlint.toml build/*.rpm
    [[ "$status $output" == "0 "*" 0 errors, 0 warnings"* ]] || fail "$output"
}
