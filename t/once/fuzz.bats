#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What reads the text of others, fed with anything: see t/fuzz/fuzz.h.

load ../lib/common

setup_file() {
    "$BATS_TEST_DIRNAME/../fuzz/build" "$BATS_FILE_TMPDIR"
}

fuzz() {
    "$BATS_TEST_DIRNAME/../fuzz/run" "$BATS_FILE_TMPDIR" "$@"
}

@test "no input brings a reader of foreign text down or makes it break its word" {
    said=$(fuzz) || fail "$said"
    # and each has been asked
    targets=$(sed -n 's/^void fuzz_\([a-z]*\)(const .*, size_t [a-z]*);$/\1/p' \
        "$BATS_TEST_DIRNAME/../fuzz/fuzz.h" | sort)
    [ "$(sed 's/:.*//' <<<"$said" | sort)" = "$targets" ] || fail "$said"
}

@test "a shell takes quoted names back byte for byte" {
    FUZZ_PAIRS=$RUN_SCRATCH/quoted fuzz 0 quote
    [ "$(wc -l <"$RUN_SCRATCH/quoted")" -ge 8000 ]
    cat >"$RUN_SCRATCH/check" <<-'END'
	check() {
	    printf -v bytes %b "$1"
	    [ "$bytes" = ".$2" ] && [ $# = 2 ] || { printf 'differs: %q\n' "$@"; exit 1; }
	}
	END
    LC_ALL=C bash -c '. "$0" && . "$1"' "$RUN_SCRATCH/check" "$RUN_SCRATCH/quoted"
}

@test "Python takes names in JSON back byte for byte" {
    FUZZ_PAIRS=$RUN_SCRATCH/json fuzz 0 json
    python3 - "$RUN_SCRATCH/json" <<-'END'
	import json, os, sys
	count = 0
	for line in open(sys.argv[1], "rb"):
	    bytes_, text = line.rstrip(b"\n").split(b" ", 2)[1:]
	    expected = bytes.fromhex(bytes_[1:].replace(b"\\\\x", b"").decode())
	    value = json.loads(text.decode("utf-8"))  # strictly
	    assert {os.fsencode(k): os.fsencode(v) for k, v in value.items()} == {expected: expected}, line
	    count += 1
	assert count >= 4000, count
	END
}

@test "every reader that is wrong on purpose is caught" {
    "$BATS_TEST_DIRNAME/../fuzz/wrong/catch" "$BATS_FILE_TMPDIR"
}
