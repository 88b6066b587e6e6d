#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What TAB offers.  bash's is executed; zsh's and fish's are read by their shells where installed.

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

@test "the three are well-formed" {
    shellcheck -s bash -e SC2207 "$COMPLETIONS/reflinkctl.bash"
    bash -n "$COMPLETIONS/reflinkctl.bash"
    if command -v zsh >/dev/null; then zsh -n "$COMPLETIONS/_reflinkctl"; fi
    if command -v fish >/dev/null; then fish --no-execute "$COMPLETIONS/reflinkctl.fish"; fi
    head -1 "$COMPLETIONS/_reflinkctl" | grep -qx '#compdef reflinkctl'
}
