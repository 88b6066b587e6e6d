#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The command line.

load ../lib/common

V=appvms/a/private

prepare() {
    ok create $V --size=1M
}

# As typed, without -C.
typed() {
    CALL=("$@")
    STATUS=0
    OUT=$("$BIN" "$@" 2>"$RUN_SCRATCH/stderr") || STATUS=$?
    ERR=$(cat "$RUN_SCRATCH/stderr")
}

@test "options and operands mix, and -- ends the options" {
    ok prune $V --revisions-to-keep=1
    ok prune --revisions-to-keep 1 $V
    ok prune --revisions-to-keep=1 -- $V
    ok resize $V --shrink 512K
    fails 2 create -- -x --size=1
    fails 2 create $V -- --size=1M
    fails 4 start -- --json
    fails 4 start --save-on-stop -- --help
}

@test "a value stands behind = or in the next word, even if it looks like an option" {
    ok start --revisions-to-keep -1 $V
    files private-dirty.img
    ok stop --revisions-to-keep=-1 $V
    fails 2 start --revisions-to-keep
    says "option '--revisions-to-keep' needs a value"
    fails 2 start --save-on-stop=yes $V
    says "option '--save-on-stop' takes no value"
    typed -C
    [ "$STATUS $ERR" = "2 reflinkctl: option '-C' needs a value" ]
}

@test "the beginning of an option's name will do if no other begins so" {
    ok prune --rev=1 $V
    fails 2 start --s=1 $V
    [[ "$ERR" == *"'--s'"* ]]
}

@test "an operand that is empty is refused: a variable wasn't set, perhaps" {
    for verb in df list "included-in /" fsck check "verify" "copy x"; do
        # shellcheck disable=SC2086
        typed $verb ""
        n=$(wc -w <<<"$verb")
        [ "$STATUS $ERR" = "2 reflinkctl: operand $n is empty" ] || fail "$verb"
    done
}

@test "the last of several values counts" {
    ok resize --shrink $V 1K
    ok start --size=1M --size=2K $V
    [ "$(stat -c %s "$A/private-dirty.img")" = 2048 ]
}

@test "global options stand before the subcommand or behind it, -C only before" {
    ok --json --wait=1 -q revisions $V
    [ "$OUT" = "[]" ]
    ok revisions --json --wait=1 $V -q
    [ "$OUT" = "[]" ]
    fails 2 revisions -C . $V
}

@test "-C is relative to the one before, and names the pool in messages" {
    cd "$POOL"
    typed -C appvms -C ../appvms/a is-dirty private
    [ "$STATUS" = 1 ]
    typed -C "$POOL/appvms/" --directory=a verify nothing
    [ "$STATUS $ERR" = "4 reflinkctl: cannot find '$A/nothing.img': $NO_SUCH" ]
    typed -C nowhere verify $V
    [ "$STATUS $ERR" = "4 reflinkctl: cannot open directory '$POOL/nowhere': No such file or directory" ]
    touch "$POOL/file"
    typed -C "$POOL/file" df
    [ "$STATUS $ERR" = "4 reflinkctl: cannot open directory '$POOL/file': Not a directory" ]
    typed -C "" verify $V
    [ "$STATUS" = 0 ]
    typed verify $V
    [ "$STATUS" = 0 ]
}

@test "-q drops what went well, and no error or result" {
    ok -q start $V
    says
    [ "$OUT" = "$A/private-dirty.img" ]
    fails 3 --quiet precache $V
    ok stop $V -q
    says
    fails 4 -q start appvms/b/private
}

@test "--help, -h and help say the same, for the program and for each subcommand" {
    typed --help
    help=$OUT
    [ "$STATUS" = 0 ]
    for words in -h help; do
        typed $words
        [ "$STATUS $OUT" = "0 $help" ]
    done
    verbs=$(sed -n 's/^  \([a-z-]*\)  *.*/\1/p' <<<"$help" | grep -v ^-)
    for verb in $verbs; do
        typed help "$verb"
        [ "$STATUS" = 0 ]
        [[ "$OUT" == "usage: reflinkctl $verb"* ]] || fail
        help=$OUT
        for words in "$verb --help" "$verb -h x y z" "--help $verb" "-h $verb"; do
            # shellcheck disable=SC2086
            typed $words
            [ "$STATUS $OUT" = "0 $help" ] || fail
        done
    done
    typed help help
    [[ "$STATUS $OUT" == "0 usage: reflinkctl [-C POOL]"* ]]
    for topic in rescue terms; do
        typed help $topic
        [ "$STATUS" = 0 ]
        typed --help $topic
        [ "$(wc -l <<<"$OUT") $ERR" != "1 " ] || fail
    done
    typed help nothing
    [ "$STATUS" = 2 ]
    typed help start stop
    [ "$STATUS" = 2 ]
}

@test "--version names the program and its version" {
    typed --version
    [[ "$STATUS $OUT" =~ ^0\ reflinkctl\ [0-9]+\.[0-9]+\.[0-9]+ ]]
}

@test "--version behind a subcommand does nothing else either" {
    before=$(snapshot)
    for verb in remove discard "create --force --size=2M" list; do
        # shellcheck disable=SC2086 # words
        typed $verb --version appvms/a/private
        [[ "$STATUS $OUT" =~ ^0\ reflinkctl\ [0-9.]+$ ]]
    done
    [ "$(snapshot)" = "$before" ]
}

@test "each subcommand with too few or too many operands shows its usage, and exits with 2" {
    verbs=$("$BIN" help | sed -n 's/^  \([a-z-]*\)  *.*/\1/p' | grep -v ^-)
    for verb in $verbs; do
        usage=$("$BIN" help "$verb" | sed -n 's/^usage: //p')
        if [[ "$usage" != *...* ]]; then
            fails 2 "$verb" a b c d
            [[ "$ERR" == "reflinkctl: usage: $usage"* || "$ERR" == *needs* ]] || fail "$usage"
        fi
        [[ "$usage" =~ \ [A-Z] ]] || continue
        fails 2 "$verb"
        [[ "$ERR" == "reflinkctl: usage: $usage"* || "$ERR" == *needs* ]] || fail "$usage"
    done
    typed
    [ "$STATUS" = 2 ]
    typed ""
    [ "$STATUS" = 2 ]
}

@test "sizes are bytes or have a unit, and nothing else is one" {
    while read -r text bytes; do
        ok create --force $V --size="$text"
        [ "$(stat -c %s "$A/private.img")" = "$bytes" ] || fail "$text isn't $bytes"
    done <<-END
	0 0
	1048576 1048576
	1M 1048576
	1MiB 1048576
	0.5G 536870912
	512b 512
	END
    ok create --force $V --size="1 M"
    for bad in "" " " 1MB 1mb 1Q -1 +1 0x1 1e6 1M1 1,5G .5 1. 1..5 8192P 9223372036854775808 \
        99999999999999999999 ١; do
        fails 2 create --force $V --size="$bad"
    done
}
