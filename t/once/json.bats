#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --json: one valid value and a newline from every subcommand with a result, whatever the names.

load ../lib/common

# A volume for each of these, and a foreign file: bytes that no UTF-8 has, characters that JSON or
# a terminal would take for something else, and those that look like our own escapes.
prepare() {
    NAMES=($'\xff\xfe' 'quo"te' 'back\slash' $'sur\xed\xa0\x80rogate' $'\xc3\x28' $'half\xe2\x82'
        '\udc80' 'ünïcödé 😀' ' space ' "it's" '$(reboot)' $'over\xc0\xafl\xf4\x90\x80\x80ong' '%s%n')
    mkdir -p "$A"
    for name in "${NAMES[@]}"; do
        printf data >"$A/$name.img"
        printf data >"$A/$name.img.7@2018-01-02T03:04:05Z"
        touch "$A/$name.img~abcdefgh" "$A/foreign $name"
    done
    touch "$A/"$'con\x01trol\n\t\x7f\xc2\x9b'
}

# The result is one JSON value by another's parser, and a newline.  Prints, for the expression $1
# of that value, the bytes of the string.
value() {
    "$BIN" --json -C "$POOL" "${@:2}" >"$RUN_SCRATCH/json" 2>"$RUN_SCRATCH/stderr" || [ $? = 1 ] ||
        fail "$(cat "$RUN_SCRATCH/stderr")"
    python3 -c '
import json, os, sys
text = open(sys.argv[1], "rb").read().decode("utf-8")  # strictly
assert text.endswith("\n") and text.count("\n") == 1, text
def no_duplicates(pairs):
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)
def bad(constant):
    raise ValueError(constant)
value = json.loads(text, object_pairs_hook=no_duplicates, parse_constant=bad)
result = eval(sys.argv[2])
sys.stdout.buffer.write(result if isinstance(result, bytes) else repr(result).encode())
' "$RUN_SCRATCH/json" "$1"
}

@test "names come back byte for byte, from every subcommand with a result" {
    for name in "${NAMES[@]}"; do
        vid=appvms/a/$name
        [ "$(value 'os.fsencode(value["path"])' export "$vid")" = "$A/$name.img" ]
        [ "$(value 'os.fsencode(value["path"])' start "$vid")" = "$A/$name-dirty.img" ]
        [ "$(value 'os.fsencode(value["path"])' import-begin "$vid" --size=1)" = "$A/$name-import.img" ]
        [ "$(value 'os.fsencode(value["vid"])' info "$vid")" = "$vid" ]
        [ "$(value 'os.fsencode(value["revisions"][0]["path"])' info "$vid")" = "$A/$name.img.7@2018-01-02T03:04:05Z" ]
        [ "$(value 'os.fsencode(value[0]["path"])' revisions "$vid")" = "$A/$name.img.7@2018-01-02T03:04:05Z" ]
        [ "$(value value is-dirty "$vid")" = True ]
        [ "$(value 'b"\n".join(os.fsencode(v["vid"]) for v in value)' list | grep -cxF "$vid")" = 1 ]
    done
    expected=$(cd "$A" && printf '%s\0' * | python3 -c 'import sys
for name in sys.stdin.buffer.read().split(b"\0"):
    if name.startswith((b"foreign ", b"con\x01")): print(name)' | sort)
    actual=$(value 'b"\n".join(sorted(repr(os.path.basename(os.fsencode(f["path"]))).encode() for f in value if f["kind"] == "foreign-file"))' fsck)
    [ "$(sort <<<"$actual")" = "$expected" ] || fail "$actual"
}

@test "the commands that fsck names are right for hostile names too" {
    value 'b"\n".join(c.encode() for f in value if f["kind"] == "tempfile" for c in f["commands"])' fsck >"$RUN_SCRATCH/commands"
    bash -c "reflinkctl() { '$BIN' -q \"\$@\"; }; . '$RUN_SCRATCH/commands'"
    run ls -A "$A"
    [[ "$output" != *~abcdefgh* ]]
}

@test "questions and pools: one value each" {
    value value list >/dev/null
    value value fsck >/dev/null
    value value df >/dev/null
    value value check >/dev/null
    value value included-in "$POOL" "x=$POOL" >/dev/null
    value value is-outdated --snap-on-start="appvms/a/it's" "appvms/a/%s%n" >/dev/null
    [ "$(value value list --exclusive | head -c 1)" = "[" ]
}
