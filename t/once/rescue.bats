#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A rescue shell: a root with the program and nothing else.  No /dev, no /sys, perhaps no /proc, no
# TERM, the root read-only.  Each subcommand works there, or says what it lacks.

load ../lib/common

prepare() {
    requires_root
    ROOT=$RUN_SCRATCH/root
    mkdir -p "$ROOT/pool"
    cp "$BIN" "$ROOT/reflinkctl"
    mount --bind "$ROOT" "$ROOT"
    mount --bind "$POOL" "$ROOT/pool"
    mount -o remount,bind,ro "$ROOT"
}

tidy() {
    umount -R "$ROOT"
    rm -r "$ROOT"
}

# In the root, with an environment that is empty.  $ERR has the messages without what a bare root
# always lacks.
rescue() {
    CALL=("$@")
    STATUS=0
    OUT=$(env -i /usr/sbin/chroot "$ROOT" /reflinkctl -C /pool "$@" 2>"$RUN_SCRATCH/stderr") || STATUS=$?
    ERR=$(cat "$RUN_SCRATCH/stderr")
    USED="${USED:-} $1 "
}

works() {
    rescue "$@"
    [ "$STATUS" = 0 ] || fail "expected status 0"
}

no_dev="reflinkctl: cannot look for loop devices in '/dev': No such file or directory"

# Everything that a person there may want.
use_everything() {
    works setup --setup-check=no /pool
    rescue check
    [[ "$STATUS $OUT" == [01]\ *": "* ]] || fail
    works df
    works included-in appvms here=/pool
    works create --size=1M appvms/a/private
    works verify appvms/a/private
    works start appvms/a/private
    [ "$OUT" = /pool/appvms/a/private-dirty.img ]
    works is-dirty appvms/a/private
    write_to "$A/private-dirty.img" "life's work"
    works stop appvms/a/private
    holds "$A/private.img" "life's work"
    works revisions appvms/a/private
    works diff appvms/a/private
    works send appvms/a/private
    rescue receive appvms/c/private </dev/null
    [ "$STATUS" != 0 ] || fail "nothing came"
    works list
    works info appvms/a/private
    [ -z "$ERR" ] || fail "who writes is asked without a /dev"
    works precache appvms/a/private
    works resize appvms/a/private 2M
    works start --snap-on-start=appvms/a/private appvms/a/root
    rescue is-outdated --snap-on-start=appvms/a/private appvms/a/root
    [ "$STATUS" = 1 ]
    works clone appvms/a/private appvms/b/private
    works import appvms/b/private appvms/a/private
    works import-begin --size=1M appvms/b/private
    works import-end appvms/b/private
    works export appvms/b/private
    [ "$OUT" = /pool/appvms/b/private.img ]
    rescue included-in appvms thin=vg/pool
    [ "$STATUS" = 1 ]
    [ "$ERR" = "reflinkctl: warning: cannot look for block devices in '/sys': No such file or directory" ]
    works remove appvms/b/private
    works copy appvms/a/private.img appvms/a/copy
    rescue fsck
    [ "$STATUS" -le 1 ]
    [ -z "$ERR" ] || fail
    works cleanup
    works reclaim 0
    works start appvms/a/private
    exec {fd}<>"$A/private-dirty.img"
    rescue discard appvms/a/private
    [ "$STATUS" = 3 ] || fail "somebody writes to it"
    exec {fd}<&-
    works discard appvms/a/private
    works pin appvms/a/private 1 first
    works unpin appvms/a/private first
    rescue snapshot appvms/a/private
    [ "$STATUS" = 3 ] || fail "it isn't dirty"
    works revert appvms/a/private
    works prune appvms/a/private --revisions-to-keep=0
    works remove appvms/a/private
    files copy root.img root-dirty.img
    rescue loop-resize appvms/a/copy
    [ "$STATUS" = 6 ]
    [ "$ERR" = "$no_dev" ]
}

@test "with nothing but the program, every subcommand works or says what it lacks" {
    use_everything
    for name in $("$BIN" help | sed -nE 's/^  ([a-z][a-z-]*) .*/\1/p'); do
        [[ "$USED" == *" $name "* ]] || fail "$name wasn't tried"
    done
}

@test "the same with /proc" {
    mount -o remount,bind,rw "$ROOT"
    mkdir "$ROOT/proc"
    mount -t proc proc "$ROOT/proc"
    mount -o remount,bind,ro "$ROOT"
    use_everything
}

@test "on a read-only pool, questions are answered and changes refused" {
    works create --size=1M appvms/a/private
    mount -o remount,bind,ro "$ROOT/pool"
    works verify appvms/a/private
    works revisions appvms/a/private
    for words in "start appvms/a/private" "resize appvms/a/private 2M" \
        "remove appvms/a/private" "create appvms/a/private --size=1M --force"; do
        # shellcheck disable=SC2086
        rescue $words
        [ "$STATUS" != 0 ]
        [[ "$(tail -n 1 <<<"$ERR")" == *": Read-only file system" ]] || fail
    done
    files private.img
}

@test "help fits a screen of 80 columns and has an example of everything" {
    works help
    [ "$(awk 'length > 80' <<<"$OUT")" = "" ] || fail "$(awk 'length > 80' <<<"$OUT")"
    page=$OUT
    names=$(sed -nE '/^Options:/q; s/^  ([a-z][a-z-]*) .*/\1/p' <<<"$page")
    [ "$(wc -w <<<"$names")" -gt 15 ]
    for name in $names; do
        grep -qE "^ +e\.g\. $name( |$)" <<<"$page" || fail "no example of $name"
        works help "$name"
        [ "$(awk 'length > 80' <<<"$OUT")" = "" ] || fail "$name: $(awk 'length > 80' <<<"$OUT")"
        grep -qx "  reflinkctl $name.*" <<<"$OUT" || fail "no example of $name"
    done
}
