#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# README shows what really happens.

load lib/common

# The transcript of README, indented by four blanks: commands after a $, then what they print.
transcript() {
    sed -n 's/^    //; /^\$ reflinkctl/,/^$/p' "$BATS_TEST_DIRNAME/../README"
}

# What differs from one time, place and file system to the next.
plain() {
    sed -E "s,$POOL,/pool,g; s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/TIME/g
        s/^(reflinkctl: )copied (.*) \([0-9]+ bytes, .*/\1reflinked \2/; s/ +/ /g"
}

@test "the transcript in README is what the program does" {
    PATH=$(dirname "$(realpath "$BIN")"):$PATH
    cd "$POOL"
    transcript | sed -n 's/^\$ //p' | while read -r line; do
        echo "$ $line"
        (eval "$line" 2>&1) || true
    done | plain >"$RUN_SCRATCH/actual"
    [ "$(wc -l <"$RUN_SCRATCH/actual")" -gt 15 ]
    diff <(transcript | sed '/^$/d' | plain) "$RUN_SCRATCH/actual"
}

@test "README names only files that exist" {
    cd "$BATS_TEST_DIRNAME/.."
    for word in $(grep -oE '\b(man|subcmd|t)/[a-z./-]*[a-z](\.[0-9])?' README); do
        [ -e "$word" ] || fail "$word doesn't exist"
    done
}
