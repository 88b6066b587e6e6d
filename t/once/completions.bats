#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What TAB offers in bash, zsh and fish.

load ../lib/common

prepare() {
    COMPLETIONS=$BATS_TEST_DIRNAME/../../man/completions
    bin=$BATS_TEST_TMPDIR/bin
    mkdir "$bin"
    ln -s "$(realpath "$BIN")" "$bin/reflinkctl"
    PATH=$bin:$PATH
    mkdir "$A" "$POOL/vm-templates/t"
    touch "$A/private.img" "$A/private.img.7@2018-01-02T03:04:05Z" \
        "$A/private.img.12@2018-01-02T03:04:05Z" "$POOL/vm-templates/t/root.img"
}

# What bash offers after these words, sorted, on one line.
offers() {
    bash -c '
        source "$0/reflinkctl.bash"
        COMP_WORDS=(reflinkctl "$@") COMP_CWORD=$#
        _reflinkctl
        printf "%s\n" "${COMPREPLY[@]}"' "$COMPLETIONS" "$@" | sort | paste -sd' '
}

@test "bash: every subcommand" {
    [ "$(offers '')" = "$( { echo help; reflinkctl help |
        sed -nE '/^Options:/q; s/^  ([a-z][a-z-]*) .*/\1/p'; } | sort | paste -sd' ')" ]
    [ "$(offers import-)" = "import-begin import-end" ]
    [ "$(offers help loo)" = loop-resize ]
}

@test "bash: every option of each subcommand, and the global ones" {
    for name in $(offers ''); do
        [ "$name" != help ] || continue
        expected=$({ reflinkctl help; reflinkctl help "$name"; } |
            sed -nE 's/^ +(-., )?(--[a-z-]+=?).*/\2/p' | grep -v directory | sort | paste -sd' ')
        [ "$(offers "$name" --)" = "$expected" ] || fail "$name: $(offers "$name" --)"
    done
    [ "$(offers --dir)" = "--directory=" ]
}

@test "bash: volumes below -C" {
    [ "$(offers -C "$POOL" start '')" = "appvms/a/private vm-templates/t/root" ]
    [ "$(offers -C "$POOL" start app)" = "appvms/a/private" ]
    [ "$(offers --directory = "$POOL" start --size 5 '')" = "appvms/a/private vm-templates/t/root" ]
    [ "$(offers -C "$POOL" start --snap-on-start = vm)" = "vm-templates/t/root" ]
    [ "$(offers -C "$POOL" start --snap-on-start vm)" = "vm-templates/t/root" ]
    [ "$(offers -C "$POOL" start appvms/a/private '')" = "" ]
}

@test "bash: revisions of the volume" {
    [ "$(offers -C "$POOL" revert appvms/a/private '')" = "12 7" ]
    [ "$(offers -C "$POOL" -n revert --discard appvms/a/private 1)" = "12" ]
    [ "$(offers -C "$POOL" prune appvms/a/private 7 1)" = "12" ]
    [ "$(offers -C "$POOL" diff appvms/a/private '')" = "12 7 clean dirty" ]
    [ "$(offers -C "$POOL" diff appvms/a/private 7 d)" = "dirty" ]
    ok pin appvms/a/private 7 monday
    ok pin appvms/a/private 7 tuesday
    [ "$(offers -C "$POOL" revert appvms/a/private '')" = "12 7 monday tuesday" ]
    [ "$(offers -C "$POOL" pin appvms/a/private c)" = "clean" ]
    [ "$(offers -C "$POOL" unpin appvms/a/private '')" = "monday tuesday" ]
}

@test "bash: files where a file belongs" {
    cd "$POOL"
    [ "$(offers import appvms/a/private vm)" = vm-templates ]
    [ "$(offers copy app)" = appvms ]
    [ "$(offers setup --setup-check = y)" = yes ]
}

# "$1 LINE" says what a shell offers at the end of LINE; is it $3?
is() {
    local offered
    offered=$("$1" "$2" | sort | paste -sd' ')
    [ "$offered" = "$3" ] || fail "$1: $2 offers: $offered"
}

common() {
    is "$1" "reflinkctl import-" "import-begin import-end"
    is "$1" "reflinkctl help loo" loop-resize
    is "$1" "reflinkctl help resc" rescue
    is "$1" "reflinkctl help te" terms
    for pool in "-C $POOL" "-C$POOL" "--directory=$POOL" "--directory $POOL"; do
        is "$1" "reflinkctl $pool start " "appvms/a/private vm-templates/t/root"
    done
    is "$1" "reflinkctl -C $POOL start --size=5 app" appvms/a/private
    is "$1" "reflinkctl -C $POOL stop --keep-older-than 1d --revisions-to-keep 2 app" appvms/a/private
    is "$1" "reflinkctl -C $POOL start --snap-on-start vm" vm-templates/t/root
    is "$1" "reflinkctl -C $POOL -n revert appvms/a/private " "12 7"
    is "$1" "reflinkctl -C $POOL prune appvms/a/private 7 1" 12
}

in_fish() {
    HOME=$BATS_TEST_TMPDIR fish --no-config -c 'source $argv[1]/reflinkctl.fish
        complete -C $argv[2]' "$COMPLETIONS" "$1" | cut -f1
}

# The words are those that bash makes of the line; ^U deletes it.
in_bash() {
    printf '%s\t\025' "$1" | HOME=$BATS_TEST_TMPDIR setsid -w bash --rcfile <(
        cat "$COMPLETIONS/reflinkctl.bash"
        echo 'list() { _reflinkctl; printf "%s\n" "${COMPREPLY[@]}" >&3; }; complete -F list reflinkctl'
    ) -i 3>&1 >"$RUN_SCRATCH/terminal" 2>&1
}

# zsh completes on a terminal alone.
in_zsh() {
    HOME=$BATS_TEST_TMPDIR python3 - "$COMPLETIONS" "$1" <<-'END'
	import os, pty, re, sys
	pid, fd = pty.fork()
	if pid == 0:
	    os.environ["TERM"] = "dumb"
	    os.execlp("zsh", "zsh", "-f")
	os.write(fd, f"""PS1= fpath=({sys.argv[1]} $fpath); autoload -U compinit; compinit -D
	stty cols 1000 -echo
	list() {{ compadd() {{ local -a offered; builtin compadd -O offered "$@"
	    print -r -- "<"$^offered">"; builtin compadd "$@"; }}; _main_complete; print @@end; }}
	zle -C list list-choices list; bindkey '^X' list; print @"@"ready\n""".encode())
	said = b""
	def until(mark):
	    global said
	    while mark not in said:
	        said += os.read(fd, 65536)
	until(b"@@ready")
	said = b""
	os.write(fd, sys.argv[2].encode() + b"\x18")
	until(b"@@end")
	print("\n".join(sorted(set(re.findall(r"<([^<>\r]+)>", said.decode())))))
	os.close(fd)
	END
}

@test "fish: subcommands, volumes below the pool, revisions" {
    common in_fish
    [ "$(in_fish "reflinkctl setup --setup-check=" | sort | paste -sd' ')" = "--setup-check=no --setup-check=yes" ]
    for name in $(offers ''); do
        [ "$name" = help ] || [ "$(in_fish "reflinkctl $name --" | grep -c -- --json)" = 1 ] || fail "$name"
    done
}

@test "bash: subcommands, volumes below the pool, revisions, of a line as typed" {
    common in_bash
}

@test "zsh: subcommands, volumes below the pool, revisions" {
    common in_zsh
    [ "$(in_zsh "reflinkctl setup --setup-check=" | paste -sd' ')" = "no yes" ]
}

@test "names of files are never evaluated, nor offered in halves" {
    cd "$BATS_TEST_TMPDIR"
    for name in 'a b' 'c$(touch${IFS}pwned)' 'd`touch${IFS}pwned`' 'e*(e-`touch pwned`-)' 'f(touch pwned)' \
        "g'h" 'i"j' $'k\nl' 'm;>pwned' plain; do
        mkdir -p "pool/appvms/$name"
        touch "pool/appvms/$name/private.img"
    done
    mkdir -p pool/-n/o
    touch pool/-n/o/private.img
    for shell in in_bash in_zsh in_fish; do
        for line in "info " "start --snap-on-start "; do
            offered=$("$shell" "reflinkctl -C pool $line")
            [ ! -e pwned ] || fail "$shell: $line has evaluated a name"
            [ "$offered" = appvms/plain/private ] || fail "$shell: $line offers: $offered"
        done
    done
}

@test "what is typed isn't evaluated either" {
    cd "$BATS_TEST_TMPDIR"
    for shell in in_bash in_zsh in_fish; do
        for word in '"$(touch pwned)"' '*(e-`touch pwned`-)' '(touch pwned)'; do
            "$shell" "reflinkctl -C $word -nC$word prune $word $word" >"$RUN_SCRATCH/offered"
            [ ! -e pwned ] || fail "$shell has evaluated $word"
        done
    done
}

@test "a pool with a blank in its path" {
    ln -s "$POOL" "$BATS_TEST_TMPDIR/p q"
    cd "$BATS_TEST_TMPDIR"
    for shell in in_bash in_zsh in_fish; do
        for pool in '-C p\ q' "-C 'p q'" '-Cp\ q' '--directory="p q"' '-C ~/p\ q'; do
            is "$shell" "reflinkctl $pool revert appvms/a/private " "12 7"
        done
    done
}

@test "-C after other letters" {
    cd "$POOL"
    for shell in in_bash in_zsh in_fish; do
        for pool in "-nC $POOL" "-nqC$POOL" "-nq -C $POOL"; do
            is "$shell" "reflinkctl $pool start app" appvms/a/private
        done
        offered=$("$shell" "reflinkctl -nC app")
        [ "${offered%/}" = appvms ] || fail "$shell: -nC offers: $offered"
    done
}

@test "the three are well-formed" {
    shellcheck -s bash -e SC2207 "$COMPLETIONS/reflinkctl.bash"
    bash -n "$COMPLETIONS/reflinkctl.bash"
    zsh -n "$COMPLETIONS/_reflinkctl"
    fish --no-execute "$COMPLETIONS/reflinkctl.fish"
    head -1 "$COMPLETIONS/_reflinkctl" | grep -qx '#compdef reflinkctl'
}
