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
}

@test "bash: files where a file belongs" {
    cd "$POOL"
    [ "$(offers import appvms/a/private vm)" = vm-templates ]
    [ "$(offers copy app)" = appvms ]
    [ "$(offers setup --setup-check = y)" = yes ]
}

# "$1 LINE" says what a shell offers at the end of LINE.
common() {
    is() {
        local offered
        offered=$("$1" "$2" | sort | paste -sd' ')
        [ "$offered" = "$3" ] || fail "$2 offers: $offered"
    }
    is "$1" "reflinkctl import-" "import-begin import-end"
    is "$1" "reflinkctl help loo" loop-resize
    for pool in "-C $POOL" "-C$POOL" "--directory=$POOL" "--directory $POOL"; do
        is "$1" "reflinkctl $pool start " "appvms/a/private vm-templates/t/root"
    done
    is "$1" "reflinkctl -C $POOL start --size=5 app" appvms/a/private
    is "$1" "reflinkctl -C $POOL start --snap-on-start vm" vm-templates/t/root
    is "$1" "reflinkctl -C $POOL -n revert appvms/a/private " "12 7"
    is "$1" "reflinkctl -C $POOL prune appvms/a/private 7 1" 12
}

in_fish() {
    HOME=$BATS_TEST_TMPDIR fish --no-config -c "source '$COMPLETIONS/reflinkctl.fish'
        complete -C '$1'" | cut -f1
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
	print("\n".join(sorted(set(re.findall(r"<(\S+)>", said.decode())))))
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

@test "zsh: subcommands, volumes below the pool, revisions" {
    common in_zsh
    [ "$(in_zsh "reflinkctl setup --setup-check=" | paste -sd' ')" = "no yes" ]
}

@test "the three are well-formed" {
    shellcheck -s bash -e SC2207 "$COMPLETIONS/reflinkctl.bash"
    bash -n "$COMPLETIONS/reflinkctl.bash"
    zsh -n "$COMPLETIONS/_reflinkctl"
    fish --no-execute "$COMPLETIONS/reflinkctl.fish"
    head -1 "$COMPLETIONS/_reflinkctl" | grep -qx '#compdef reflinkctl'
}
