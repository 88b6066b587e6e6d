#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# How far a long copy is.

load ../lib/common

# What an import of a slow stream shows on a terminal of $1 columns.
shown() {
    "$BATS_TEST_DIRNAME/../lib/terminal" "$1" "$BIN" -C "$POOL" import appvms/a/private - "${@:2}"
}

@test "a long copy shows a bar on a terminal, redrawn in place, as wide as fits, gone at the end" {
    run shown 100,60,20 --size=4M
    echo "$output"
    [ "$status" = 0 ]
    [[ "${lines[0]}" == "reflinkctl: created directory "* ]]
    numbers='[0-9]+%, [0-9.]+ MiB of 4.0 MiB, [0-9.]+ [KM]iB/s, 0:0[0-9] left'
    grep -E "^\[[#.]{40}\] +$numbers\$" <<<"${lines[1]}"
    grep -E "^\[[#.]{5,20}\] +$numbers\$" <<<"${lines[2]}"
    # More than one MiB of four has come, which number and bar agree on.
    [[ "${lines[1]}" =~ ^\[(#*)\.*\]\ +([0-9]+)% ]]
    filled=${#BASH_REMATCH[1]} percent=${BASH_REMATCH[2]}
    [ "$percent" -ge 25 ] && [ "$percent" -le 75 ]
    [ "$filled" -ge $((percent * 40 / 100)) ] && [ "$filled" -le $((percent * 40 / 100 + 1)) ]
    [ "${#lines[2]}" -lt 60 ]
    [ "${lines[-4]}" = '100%, 4.0 MiB of 4.' ]
    [[ "${lines[-3]}" == "reflinkctl: copied '/dev/stdin' -> "* ]]
}

@test "a copy of unknown length shows how much came" {
    run shown 100
    echo "$output"
    [ "$status" = 0 ]
    grep -xE '[12]\.[0-9] MiB, [0-9.]+ [KM]iB/s' <<<"$output"
}

@test "an error begins a line of its own" {
    run shown 100,100 --size=2M
    echo "$output"
    [ "$status" = 6 ]
    [ "${lines[-2]}" = "reflinkctl: cannot copy '/dev/stdin': more than 2097152 bytes came" ]
    [[ "${lines[-3]}" == "[####"*"%, "* ]]
}

@test "-q shows nothing" {
    run shown 100 -q
    [ "$status" = 0 ]
    [ "$output" = "(erased)" ]
}
