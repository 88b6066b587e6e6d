#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Each subcommand goes through each machine that tries to break it, or it is said here why not.

load ../lib/common

prepare() {
    cd "$BATS_TEST_DIRNAME/.." || return
    SUBCOMMANDS=$("$BIN" help | sed -nE '/^Options:/q; s/^  ([a-z][a-z-]*) .*/\1/p')
    [ "$(wc -l <<<"$SUBCOMMANDS")" -ge 29 ]
}

# covers MACHINE PATTERN FILE...: each subcommand is in a line of the FILEs that matches PATTERN, where
# @ stands for it; but for those named on stdin, "SUBCOMMAND...: REASON", which are not.
covers() {
    local machine=$1 pattern=$2 name excused wrong=
    shift 2
    excused=" $(sed 's/:.*//' | tr '\n' ' ') "
    for name in $SUBCOMMANDS; do
        if grep -qE -e "${pattern//@/$name}" "$@"; then
            [[ $excused != *" $name "* ]] || wrong+="$machine has $name, which was said not to be; "
        else
            [[ $excused == *" $name "* ]] || wrong+="$machine lacks $name; "
        fi
        excused=${excused/ $name / }
    done
    [ -z "${excused// /}" ] || wrong+="$machine: no such subcommand:$excused"
    [ -z "$wrong" ] || fail "$wrong"
}

@test "kill, failing calls and memory: each subcommand has its scenarios" {
    covers t/fault '^@( |$)' fault/scenarios </dev/null
}

@test "power cuts: each subcommand that promises something to be on the disk is cut" {
    PYTHONPATH=crash python3 -B -c \
        'import scenario; print(*(step.verb for step in scenario.steps()), sep="\n")' >"$RUN_SCRATCH/cut"
    covers t/crash '^@$' "$RUN_SCRATCH/cut" <<-'END'
	check df included-in list info verify is-dirty is-outdated revisions diff: they change nothing
	send: nothing but an id, without which what was sent is no base
	loop-resize: what a loop device knows ends with the power
	END
}

@test "races: each subcommand that takes a VM's lock races the others" {
    covers t/race '"@"' race/run <<-'END'
	setup check df included-in: know no volume
	copy loop-resize: know no volume either, and take no lock
	END
}

@test "hostile pools: each subcommand meets them" {
    sed -n '/^ *WRITERS=(/,/)$/p; /^ *READERS=(/,/)$/p' hostile.bats >"$RUN_SCRATCH/verbs"
    covers t/hostile.bats '[( "]@[) "]' "$RUN_SCRATCH/verbs" </dev/null
}

@test "dry runs: each subcommand that changes something foretells what it does" {
    covers t/dry-run.bats '^ *(IDLE=yes )?(foretells (--json )?|if .*foretells |rl -n )@ ' dry-run.bats <<-'END'
	check df included-in list info verify is-dirty is-outdated revisions diff: change nothing
	send: in send.bats
	fsck: in fsck.bats
	END
    covers t/fsck.bats 'rl (--json )?--dry-run @ --repair' fsck.bats <<<"$(grep -vx fsck <<<"$SUBCOMMANDS"): others"
}

@test "sanitizers and valgrind: each subcommand runs under them" {
    covers t/sanitize/lib.bash '^ *(ok|rl|fails .|session)( -n| --json)* @( |$)' sanitize/lib.bash </dev/null
}

@test "fuzz: whatever reads a subcommand's options is fed with nonsense" {
    parsers=$(nm -u ../build/reflinkctl.o ../build/subcmd/*.o | sed -n 's/^ *U \(option_.*\)/\1/p' |
        grep -vxE 'option_(parse|help)' | sort -u)
    [ "$(wc -l <<<"$parsers")" -ge 5 ]
    for parser in $parsers; do
        grep -q "ROW(.*, $parser," fuzz/cli.c || fail "t/fuzz/cli.c has no option read by $parser"
    done
}
