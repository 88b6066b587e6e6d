#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# setup: make a pool.

load lib/common

N=new

@test "setup makes the directory and the two in it where reflinks work" {
    if has_reflinks; then
        ok setup $N
        says "created directory 'P/new'" "created directory 'P/new/appvms'" \
            "created directory 'P/new/vm-templates'"
        [ "$(ls "$POOL/new")" = "appvms
vm-templates" ]
    else
        fails 3 setup "$POOL"
        [[ "$ERR" == "reflinkctl: cannot set up '$POOL': no reflinks on ext4: "*"upported\
 (--setup-check=no makes a pool of full copies)" ]] || fail
    fi
}

@test "setup undoes the directory where reflinks don't work" {
    has_reflinks && { N=$RUN_SCRATCH/new-$FS; "$BIN" -q check "$RUN_SCRATCH" >/dev/null && return; }
    rl setup $N
    [ "$STATUS" = 3 ]
    [ "$(grep -c "cannot set up .*: no reflinks on .* (--setup-check=no makes " <<<"$ERR")" = 1 ]
    [ ! -e "$POOL/$N" ]
    [ ! -e "$N" ]
}

@test "setup --setup-check=no doesn't ask" {
    ok setup --setup-check=no $N
    [ -d "$POOL/new/appvms" ]
    fails 2 setup --setup-check=maybe other
    fails 2 setup --setup-check
}

@test "setup can be repeated, and completes what was interrupted" {
    ok setup --setup-check=no $N/
    touch "$POOL/new/appvms/kept"
    before=$(snapshot)
    ok setup --setup-check=no $N///
    says
    [ "$(snapshot)" = "$before" ]
    rmdir "$POOL/new/vm-templates"
    ok setup --setup-check=no "$POOL/new"
    says "created directory 'P/new/vm-templates'"
    cd "$POOL/new"
    ok -C new setup --setup-check=no .
    says
}

@test "setup doesn't make what the directory is to be in" {
    fails 4 setup a/b
    fails 2 setup
    fails 2 setup a b
    fails 2 setup ""
}

@test "setup refuses what isn't a directory, and removes nothing that was there" {
    echo precious >"$POOL/file"
    fails 3 setup --setup-check=no file
    says "cannot set up 'P/file': not a directory"
    mkdir "$POOL/new"
    echo precious >"$POOL/new/appvms"
    fails 3 setup --setup-check=no new
    says "cannot set up 'P/new/appvms': not a directory"
    ln -s nowhere "$POOL/dangling"
    rl setup --setup-check=no dangling
    [ "$STATUS" = 6 ]
    [ ! -e "$POOL/nowhere" ]
}

@test "a pool that setup made survives a power cut: both directories are flushed" {
    traced mkdirat,fsync setup --setup-check=no $N
    [ "$(grep -o '^[a-z]*' <<<"$TRACE" | tr '\n' ' ')" = "mkdirat mkdirat mkdirat fsync fsync " ]
}
