#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# make demo: a volume's life, shown; and nothing of it left, however it ends.

load ../lib/common

prepare() {
    TMPDIR=$(mktemp -d /tmp/reflinkctl-demo.XXXXXX) # where nobody may go, too
    export TMPDIR
    chmod 755 "$TMPDIR"
    mkdir -p "$TMPDIR/program/t"
    install -m 755 "$BIN" "$TMPDIR/program/reflinkctl"
    cp -r "$BATS_TEST_DIRNAME/../demo" "$TMPDIR/program/t"
    demo=$TMPDIR/program/t/demo/run
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
    for verb in setup create start is-dirty stop pin send revisions diff revert resize is-outdated; do
        [[ "$output" == *"\$ reflinkctl $verb "* ]] || fail "it doesn't show $verb"
    done
    [[ "$output" == *"They are the same."* ]] || fail "the increment is no backup"
    [ "$(sed -n 's,^\([0-9]*\) ../increment$,\1,p' <<<"$output")" -lt 8192 ] || fail "all is sent"
    [ "$(grep -c ^Monday <<<"$output")" = 1 ] || fail "revert isn't seen to go back"
    [ "$(id -u)" != 0 ] || [[ "$output" == *"appvms/mail/private  running "* ]]
    ! grep warning <<<"$output" || fail "it warns"
}

# The first line of $output says that there are copies, and that the reason is like $1.
admits() {
    # shellcheck disable=SC2053 # it is a pattern
    [[ "$(sed q <<<"$output")" == "# There are no reflinks here, so all are copies: "$1 ]] || fail "$output"
    [[ "$output" == *"no: "*"copied '"*"resized"* ]] || fail "$output"
    ! grep "reflinked '" <<<"$output" || fail "it does reflink"
}

# From now on the demo's mount of the file system $1 fails as it does where there is none.
refuse() {
    cat >"$TMPDIR/program/mount" <<-END
	#!/bin/sh
	case "\$*" in *"-t $1 "*) echo "mount: no $1 here" >&2; exit 32 ;; esac
	exec $(command -v mount) "\$@"
	END
    chmod +x "$TMPDIR/program/mount"
}

@test "the demo makes do with a directory without root, and says so" {
    requires_root
    chmod 1777 "$TMPDIR"
    shows setpriv --reuid=65534 --regid=65534 --clear-groups "$demo"
    is_tidy
    admits "only root can mount *"
}

@test "the demo needs no mkfs, and makes do without btrfs or any file system" {
    requires_root
    mkdir "$TMPDIR/program/bin"
    ln -s /usr/bin/* /usr/sbin/losetup "$TMPDIR/program/bin" 2>/dev/null
    sed -i 's,:/usr/sbin:/sbin",",' "$demo"
    PATH=$TMPDIR/program/bin shows "$demo"
    is_tidy
    [[ "$output" == *"yes: btrfs"* ]]
    refuse btrfs
    PATH=$TMPDIR/program/bin shows "$demo"
    is_tidy
    admits "mount: no btrfs here"
    ln -s /usr/sbin/mkfs.xfs "$TMPDIR/program/bin"
    PATH=$TMPDIR/program/bin shows "$demo"
    is_tidy
    [[ "$output" == *"yes: xfs"* ]]
    rm "$TMPDIR/program/t/demo/btrfs.tar.gz"
    refuse xfs
    PATH=$TMPDIR/program/bin shows "$demo"
    is_tidy
    admits "tar*"
}

# What there is in the btrfs of the archive $1.
describe_btrfs() {
    tar -xz -f "$1" -C "$TMPDIR"
    btrfs check "$TMPDIR/disk" >/dev/null 2>&1 || fail "it is damaged"
    stat -c "%s bytes" "$TMPDIR/disk"
    btrfs inspect-internal dump-super "$TMPDIR/disk" |
        grep -E '^(total_bytes|sectorsize|nodesize|num_devices|label)'
    btrfs inspect-internal dump-tree -t 5 "$TMPDIR/disk" | sed -n 's/.* key \(.*\) itemoff.*/\1/p'
    rm "$TMPDIR/disk"
}

@test "the demo's btrfs is what the script beside it makes, small, and unpacked to as little" {
    shipped=$TMPDIR/program/t/demo/btrfs.tar.gz
    [ "$(stat -c %s "$shipped")" -lt 8192 ]
    "$TMPDIR/program/t/demo/btrfs" "$TMPDIR/made"
    expected=$(describe_btrfs "$shipped")
    diff <(echo "$expected") <(describe_btrfs "$TMPDIR/made")
    [ "$(grep -c "(256 INODE_" <<<"$expected")" = 2 ] || fail "it isn't empty: $expected"
    tar -xz -f "$shipped" -C "$TMPDIR"
    [ "$(stat -c %b "$TMPDIR/disk")" -lt 2048 ] || fail "it isn't sparse"
    rm "$TMPDIR/disk" "$TMPDIR/made"
    is_tidy
}

@test "the demo cleans up when it is interrupted" {
    interrupt reflinkctl '*resize*' INT 0 130
    interrupt reflinkctl 'start*' TERM '$PPID' 143
    interrupt reflinkctl 'setup*' HUP '$PPID' 129
    if [ "$(id -u)" = 0 ]; then
        interrupt tar '*' INT 0 130
        interrupt mount '*' TERM '$PPID' 143
        interrupt losetup '*--find*' TERM '$PPID' 143
    fi
}

@test "the demo cleans up when nobody listens any more" {
    "$demo" 2>&1 | sed 3q || true
    is_tidy
}
