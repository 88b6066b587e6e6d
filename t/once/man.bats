#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The manual pages and the program say the same.

load ../lib/common

prepare() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    page=$(mandoc -Tascii -Owidth=1000 man/reflinkctl.8 2>/dev/null | sed 's/.\x08//g')
    subcommands=$("$BIN" help | sed -n '/^Options:/q; s/^  \([a-z][a-z-]*\) .*/\1/p')
    [ "$(wc -w <<<"$subcommands")" -gt 10 ]
}

# The section $1 of the page, with its title.
section() {
    awk -v title="$1" '/^[^ ]/ { is_in = $0 == title } is_in' <<<"$page"
}

# What the page has of the subcommand $1, with its title.
entry() {
    awk -v name="$1" '/^[^ ]/ { is_in = 0 } /^   [^ ]/ { is_in = $1 == name } is_in' <<<"$page"
}

# The options that are explained in a part of the page on stdin, or of the help.
explained() {
    sed -nE 's/^     ((-., )?--.*)/\1/; T; s/ {2}.*//; p' | sort
}
offered() {
    sed -nE '1,/^Options:/d; s/^ +((-., )?--[^ ]+) .*/\1/p' | sort
}

@test "the manual pages are clean for mandoc" {
    run mandoc -Tlint -Wwarning man/*.[578]
    echo "$output"
    [ -z "$output" ]
}

@test "reflinkctl(8) has the subcommands of the help, under its headings, in its order" {
    expected=$("$BIN" help | sed -nE '/^Options:/q
        s/^([A-Z].*):$/\U\1/p; s/^  ([a-z][a-z-]*) .*/\1/p')
    actual=$(awk '/^[^ ]/ { title = $0 }
        /^   [a-z]/ { if (title) print title; title = ""; print $1 }' <<<"$page")
    diff <(echo "$expected") <(echo "$actual")
}

@test "each subcommand has the same operands in the help and in reflinkctl(8)" {
    for name in $subcommands; do
        expected=$("$BIN" help "$name" |
            sed -nE 's/ \[OPTION\]\.\.\.//; s/ +$//; 1s/^usage: reflinkctl //p')
        actual=$(entry "$name" |
            sed -E '1!d; s/^ +//; s/ \[OPTION\]\.\.\.//; s/ \[-[^]]*\]//g; s/ -[^ ]+//g')
        [ "$actual" = "$expected" ] || fail "help: $expected" "page: $actual"
    done
}

@test "each subcommand has the same options in the help and in reflinkctl(8)" {
    for name in $subcommands; do
        diff <("$BIN" help "$name" | offered) <(entry "$name" | explained) ||
            fail "in the help (<) or the page (>) of $name alone"
    done
}

@test "each subcommand says in its help what it drops and keeps, and reflinkctl(8) says the same" {
    told=$(section "WHAT IS DROPPED, AND WHAT IS KEPT")
    for name in $subcommands; do
        case $name in
        setup | check | df | included-in | list | info | verify | is-* | revisions | diff | send | loop-resize)
            [ -z "$("$BIN" help "$name" | grep '^Drops')" ] || fail "$name changes no image"
            ;;
        *)
            expected=$("$BIN" help "$name" | sed -n '/^Drops/,/^$/p' | tr -s '\n ' ' ')
            [ -n "$expected" ] || fail "$name doesn't say what it drops"
            [ "$expected" = "$(sed -nE "s/^     $name +//p" <<<"$told" | tr -s '\n ' ' ')" ] ||
                fail "$name: not in the page: $expected"
            ;;
        esac
    done
}

@test "reflinkctl(8) has what help rescue and help terms print, to the letter" {
    diff <("$BIN" help rescue) <(section RESCUE | sed '1,3d; s/^     //' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}')
    diff <("$BIN" help terms | tr -s ' ') <(section TERMS | sed '1,2d; /^$/d; s/^ *//' | tr -s ' ')
}

@test "the title of a subcommand in reflinkctl(8) names no option that it doesn't have" {
    for name in $subcommands; do
        for option in $(entry "$name" | sed 1q | grep -oE -- '--[^] ]+'); do
            "$BIN" help "$name" | offered | grep -qxF -- "$option" || fail "$name has no $option"
        done
    done
}

@test "the global options are the same in the help and in reflinkctl(8)" {
    diff <("$BIN" help | offered) <(section OPTIONS | explained)
}

@test "reflinkctl(8) explains every exit code, and no other" {
    diff <(sed -nE 's/.* = ([0-9]+),.*/\1/p' subcmd/base/status.h) \
        <(section "EXIT STATUS" | sed -nE 's/^     ([0-9]+) .*/\1/p')
}

@test "reflinkctl(8) shows every log line" {
    formats=$(cat subcmd/*.c subcmd/*/*.c | grep -oE 'msg_(done|note)\("[^"]*"' |
        cut -d'"' -f2 | sort -u)
    [ "$(wc -l <<<"$formats")" -ge 10 ]
    while read -r format; do
        pattern=$(sed -E 's/%[a-z]+/.+/g; s/[()]/\\&/g' <<<"$format")
        section "LOG LINES" | grep -qE "^ *reflinkctl: $pattern\$" || fail "not shown: $format"
    done <<<"$formats"
}

@test "reflinkctl(8) names every environment variable that matters" {
    for name in $(cat reflinkctl.c subcmd/*.c subcmd/*/*.c | grep -oE 'getenv\("[^"]*"' |
        cut -d'"' -f2); do
        section ENVIRONMENT | grep -q "^     $name " || fail "$name isn't explained"
    done
}

@test "the examples of reflinkctl(8) are commands and options that exist" {
    section EXAMPLES | grep -oE 'reflinkctl [^|&()]*' | while read -r _ name arguments; do
        options=$("$BIN" help "$name" | offered)
        for word in $arguments; do
            [[ $word != --* ]] || grep -q -- "^${word%%=*}" <<<"$options" || fail "$name $word"
        done
    done
}

@test "the JSON in reflinkctl(8) is JSON, and has each key that the program prints" {
    python3 - <(echo "$page") <(cat subcmd/*.c subcmd/*/*.c) <<-'END'
	import json, re, sys
	page, source = (open(name).read() for name in sys.argv[1:])
	shown = [text.strip() for text in page.split("\n\n") if '{"' in text]
	assert len(shown) > 5
	keys = {key for text in shown for key in re.findall(r'"(\w+)":', json.dumps(json.loads(text)))}
	printed = set(re.findall(r'json(?:_\w+)?\([^"()]*"(\w+)"', source))
	assert keys <= printed, keys - printed
	assert printed <= keys, printed - keys
	END
}

@test "reflinkctl(5) says of each transition what a crash leaves" {
    left=$(mandoc -Tascii -Owidth=1000 man/reflinkctl.5 2>/dev/null | sed 's/.\x08//g' |
        sed -n '/^WHAT A CRASH LEAVES/,/^[A-Z][A-Z]*$/s/^     \([a-z]\)/\1/p' | sed 's/  .*//')
    for name in $(grep -lE '\bcrash: ' subcmd/*.c | xargs basename -s .c); do
        grep -qE "( |^)$name([, ]|$)" <<<"$left" || fail "$name isn't there"
    done
}

@test "reflinkctl(8) and the driver of qubesd have the same methods and subcommands" {
    expected=$(sed -nE 's/^class Reflinkctl(Pool|Volume)\(.*/\1/p; s/^    (async )?def (.*)\(.*/\2/p
        s/.*\.(ask|run|value)\("([a-z][a-z-]+)".*/> \2/p' man/qubesd/reflinkctl_qubesd/{pool,volume}.py |
        awk '/^[PV]/ { class = $0; next } />/ { print method, $2; next }
            { method = class "." $0 }' | sort -u)
    [ "$(wc -l <<<"$expected")" -gt 15 ]
    actual=$(section "THE QUBES STORAGE API" | awk '
        /^     [PV]/ { count = split($0, methods, /[ ,]+/) }
        /^        [a-z-]/ { for (i = 2; i <= count; i++) if (sub(/\(.*|$/, "", methods[i]) &&
            methods[i] ~ /\./) print methods[i], $1 == "--json" ? $2 : $1
        }' | sort -u)
    diff <(echo "$expected") <(echo "$actual")
}

@test "reflinkctl(5) has the commands that fsck names, to the letter" {
    python3 - <(cc -E -P -D_GNU_SOURCE -I. subcmd/pool/finding.c) \
        <(mandoc -Tascii -Owidth=1000 man/reflinkctl.5 2>/dev/null | sed 's/.\x08//g') <<-'END'
	import re, sys
	source, page = (open(name).read() for name in sys.argv[1:])
	meant = {"V": "VOLUME", "P": "PATH", "C": "CLEAN", "T": "POOL", "L": "LOST", "F": "FLAG", "K": "PATH.keep",
	         "E": "LOOP", "G": "GROUP", **dict.fromkeys("AR", "CLEAN.NUMBER@TIME"),
	         **dict.fromkeys("12", "IMAGE"), **dict.fromkeys("DNIOab", "TIME")}
	named = set()
	for commands in re.findall(r'[.]commands = [{]((?:[^{}"]|"(?:[^"\\]|\\.)*")*)[}]', source):
	    for command in re.findall(r'(?:"(?:[^"\\]|\\.)*"\s*)+', commands):
	        text = "".join(eval(part) for part in re.findall(r'"(?:[^"\\]|\\.)*"', command))
	        named.add(" ".join(re.sub("%(.)", lambda part: meant[part[1]], text).split()))
	page = page[page.index("WHAT FSCK FINDS"):page.index("\nCOMPATIBILITY")]
	shown = {" ".join(line.split()) for line in re.findall(r"^ {19}(\S.*)", page, re.M)}
	assert len(named) > 20
	assert named == shown, (named - shown, shown - named)
	END
}
