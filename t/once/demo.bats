#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# make demo: a volume's life, shown; and nothing of it left, however it ends.

load ../lib/common

prepare() {
    TMPDIR=$(mktemp -d /tmp/reflinkctl-demo.XXXXXX) # where nobody may go, too
    export TMPDIR
    chmod 755 "$TMPDIR"
    mkdir "$TMPDIR/program" "$TMPDIR/program/t"
    install -m 755 "$BIN" "$TMPDIR/program/reflinkctl"
    install -m 755 "$BATS_TEST_DIRNAME/../demo" "$TMPDIR/program/t/demo"
    demo=$TMPDIR/program/t/demo
}

tidy() {
    rm -rf "$TMPDIR"
    unset TMPDIR
}

# Nothing is left in TMPDIR, mounted there, or attached to a loop device there.
is_tidy() {
    [ "$(ls "$TMPDIR")" = program ] || fail "left: $(ls "$TMPDIR")"
    ! grep "$TMPDIR" /proc/self/mounts || fail "mounted"
    ! cat /sys/block/loop*/loop/backing_file 2>/dev/null | grep "$TMPDIR" || fail "attached"
}

# When the demo runs the command $1 with arguments like $2, send the signal $3 to $4: a process, or
# 0 for all of them as a terminal does.  The demo must end with exit code $5, and leave nothing.
interrupt() {
    local real status=0
    real=$(PATH=$PATH:/usr/sbin command -v "$1") || real=$BIN
    rm -f "$TMPDIR/program/$1"
    cat >"$TMPDIR/program/$1" <<-END
	#!/bin/sh
	case "\$*" in $2) kill -s $3 $4 ;; esac
	exec $(realpath "$real") "\$@"
	END
    chmod +x "$TMPDIR/program/$1"
    setsid --wait env --default-signal "$demo" >/dev/null 2>&1 3>&- || status=$?
    install -m 755 "$BIN" "$TMPDIR/program/reflinkctl"
    [ "$1" = reflinkctl ] || rm "$TMPDIR/program/$1"
    [ "$status" = "$5" ] || fail "$*: exit code $status"
    is_tidy
}

# Set $output to what the command prints; it must succeed.
shows() {
    output=$("$@" 2>&1) || fail "exit code $?: $output"
}

@test "the demo shows the life of a volume, on a file system of its own if it can" {
    shows "$demo"
    is_tidy
    [ "$(id -u)" != 0 ] || [[ "$output" == *"yes: btrfs"*"loop device '/dev/loop"* ]]
    for verb in setup create start is-dirty stop revisions revert resize is-outdated; do
        [[ "$output" == *"\$ reflinkctl $verb "* ]] || fail "it doesn't show $verb"
    done
    [ "$(grep -c ^Monday <<<"$output")" = 1 ] || fail "revert isn't seen to go back"
    [ "$(id -u)" != 0 ] || [[ "$output" == *"appvms/mail/private  running "* ]]
    ! grep warning <<<"$output" || fail "it warns"
}

@test "the demo makes do with a directory without root" {
    requires_root
    chmod 1777 "$TMPDIR"
    shows setpriv --reuid=65534 --regid=65534 --clear-groups "$demo"
    is_tidy
    [[ "$output" == *"in a directory"*"resized"* ]]
}

@test "the demo makes do without mkfs.btrfs, and without any mkfs" {
    requires_root
    mkdir "$TMPDIR/program/bin"
    ln -s /usr/bin/* /usr/sbin/{losetup,mkfs.xfs} "$TMPDIR/program/bin" 2>/dev/null
    sed -i 's,:/usr/sbin:/sbin",",' "$demo"
    PATH=$TMPDIR/program/bin shows "$demo"
    is_tidy
    [[ "$output" == *"yes: xfs"* ]]
    rm "$TMPDIR/program/bin/mkfs.xfs"
    PATH=$TMPDIR/program/bin shows "$demo"
    is_tidy
    [[ "$output" == *"in a directory"* ]]
}

@test "the demo cleans up when it is interrupted" {
    interrupt reflinkctl '*resize*' INT 0 130
    interrupt reflinkctl 'start*' TERM '$PPID' 143
    interrupt reflinkctl 'setup*' HUP '$PPID' 129
    if [ "$(id -u)" = 0 ]; then
        interrupt mkfs.btrfs '*' INT 0 130
        interrupt mount '*' TERM '$PPID' 143
        interrupt losetup '*--find*' TERM '$PPID' 143
    fi
}

@test "the demo cleans up when nobody listens any more" {
    "$demo" 2>&1 | sed 3q || true
    is_tidy
}
