#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is under copy, import, export and clone: when it reflinks, when it copies, when it fails.

load lib/common

# A source of three buffers of data, and a place on another file system, where nothing can be
# reflinked to.
prepare() {
    head -c 786432 /dev/urandom >"$POOL/src"
    sync "$POOL/src"
    FAR=$(mktemp -d "$RUN_SCRATCH/far.XXXXXX")
}

tidy() {
    chattr -R -C "$POOL" 2>/dev/null
    rm -rf "$FAR"
}

# The system calls of the last run that match $1, in one line; not that of isatty(3).
calls() {
    grep -vE 'TIOCGWINSZ|TCGETS' <<<"$TRACE" | grep -oE "^($1)\(" | tr -d '(' | tr '\n' ' '
}

# Run reflinkctl with the arguments from $3 on up to the system call $1 (pread64:when=2), then do
# $2, then let it go on.
while_halted() {
    local tracer child
    CALL=("${@:3}")
    STATUS=0
    : >"$RUN_SCRATCH/trace"
    strace -qq -o "$RUN_SCRATCH/trace" -e "trace=${1%%:*}" -e "inject=$1:signal=SIGSTOP" \
        "$BIN" -C "$POOL" "${@:3}" 2>"$RUN_SCRATCH/stderr" 3>&- &
    tracer=$!
    until grep -q 'stopped by SIGSTOP' "$RUN_SCRATCH/trace"; do
        kill -0 $tracer || fail "it never came to $1"
        sleep 0.01
    done
    child=$(cat "/proc/$tracer/task/$tracer/children")
    eval "$2"
    kill -CONT "$child"
    wait $tracer || STATUS=$?
    ERR=$(cat "$RUN_SCRATCH/stderr")
}

@test "a reflink that isn't possible here is a copy" {
    for error in EBADF EINVAL ENOTTY EOPNOTSUPP ENOSYS EXDEV; do
        rm -f "$POOL/dst"
        injected "ioctl:error=$error" copy src dst
        [ "$STATUS" = 0 ] || fail "$error is a failure"
        says "copied 'P/src' -> 'P/dst' (786432 bytes, 786432 of data)"
        cmp "$POOL/src" "$POOL/dst"
    done
}

@test "a reflink that fails in any other way is a failure, and leaves the old file" {
    echo old >"$POOL/dst"
    before=$(snapshot)
    # after those that ask the loop devices whether one is on dst
    traced ioctl -n copy src dst
    first=$(grep -n -m1 -v LOOP_ <<<"$TRACE")
    for error in EIO ENOSPC EDQUOT EPERM EACCES ENOMEM EROFS EFBIG EISDIR ETXTBSY EUCLEAN; do
        injected "ioctl:error=$error:when=${first%%:*}+" copy src dst
        [[ "$error $STATUS" = "EROFS 3" || $STATUS = 6 ]] || fail "$error is a copy"
        [[ "$ERR" == "reflinkctl: cannot reflink '$POOL/src' to '$POOL/dst': "* ]]
        [ "$(grep -c . <<<"$ERR")" = 1 ]
        [ "$(snapshot)" = "$before" ]
    done
}

@test "an interrupted reflink is tried again" {
    injected "ioctl:error=EINTR:when=1..3" copy src dst
    [ "$STATUS" = 0 ]
    says "$(cloned P/src P/dst 786432)"
    [ "$(calls ioctl)" = "ioctl ioctl ioctl ioctl " ]
}

@test "a source not yet on the disk is synced, and the reflink tried once more" {
    under_strace -e trace=ioctl,fsync -e inject=ioctl:error=EAGAIN:when=1 -- copy src dst
    [ "$STATUS" = 0 ]
    says "$(cloned P/src P/dst 786432)"
    [[ "$(calls 'ioctl|fsync')" == "ioctl fsync ioctl "* ]]
    grep -m1 ^fsync <<<"$TRACE" | grep -qF "src>)"
    rm "$POOL/dst"
    under_strace -e trace=ioctl,fsync -e inject=ioctl:error=EAGAIN -- copy src dst
    [ "$STATUS" = 6 ]
    [ "$(calls 'ioctl|fsync')" = "ioctl fsync ioctl " ]
    under_strace -e trace=ioctl,fsync -e inject=ioctl:error=EAGAIN -e inject=fsync:error=EIO -- \
        copy src dst
    [ "$STATUS" = 6 ]
    [[ "$ERR" == "reflinkctl: cannot sync '$POOL/src': "* ]]
    [ "$(grep -c . <<<"$ERR")" = 1 ]
    [ ! -e "$POOL/dst" ]
}

@test "a reflink that succeeds with a short target is no success" {
    injected "ioctl:retval=0" copy src dst
    [ "$STATUS" = 0 ]
    says "copied 'P/src' -> 'P/dst' (786432 bytes, 786432 of data)"
    cmp "$POOL/src" "$POOL/dst"
}

@test "what a failed reflink leaves in the target is gone before the copy" {
    under_strace -e trace=ioctl,ftruncate,pwrite64 -e inject=ioctl:error=EXDEV -- copy src dst
    [ "$STATUS" = 0 ]
    [[ "$(calls 'ioctl|ftruncate|pwrite64')" == "ioctl ftruncate ftruncate pwrite64 "* ]]
    [ "$(sed -nE 's/^ftruncate.*, ([0-9]+)\) .*/\1/p' <<<"$TRACE" | tr '\n' ' ')" = "0 786432 " ]
}

@test "a copy takes no more room than its data, however early that is written back" {
    python3 - "$POOL/src" <<'END'
import os, sys
with open(sys.argv[1], "wb") as out:
    for offset in range(0, 64 << 20, 1 << 20):
        out.seek(offset)
        out.write(os.urandom(1 << 19))
    out.truncate(64 << 20)
END
    injected ioctl:error=EXDEV copy src dst
    says "copied 'P/src' -> 'P/dst' (67108864 bytes, 33554432 of data)"
    cmp "$POOL/src" "$POOL/dst"
    [ "$(stat -c %b "$POOL/dst")" -lt 66000 ] || fail "$(stat -c %b "$POOL/dst") blocks, not 65536"
    ok import appvms/a/private - < <(cat "$POOL/src")
    cmp "$POOL/src" "$A/private.img"
    [ "$(stat -c %b "$A/private.img")" -lt 66000 ] || fail "$(stat -c %b "$A/private.img") blocks"
}

@test "a copy is on its way to the disk before all of it is read" {
    truncate -s 32M "$POOL/src"
    yes | dd of="$POOL/src" conv=notrunc bs=1M count=32 iflag=fullblock status=none
    traced pread64,sync_file_range,fsync copy src "$FAR/dst"
    [[ "$(calls 'pread64|sync_file_range|fsync')" == pread64*" sync_file_range "*" pread64 "*fsync* ]]
}

# A source of 64 MiB with a block of data behind 8 MiB of hole, and nothing else.
make_sparse() {
    rm "$POOL/src"
    truncate -s 64M "$POOL/src"
    echo data | dd of="$POOL/src" bs=1M seek=8 conv=notrunc status=none
    sync "$POOL/src"
}

# How many bytes the last run read by pread(2).
bytes_read() {
    sed -nE 's/^pread64\(.* = ([0-9]+)$/\1/p' <<<"$TRACE" | awk '{ n += $1 } END { print n + 0 }'
}

@test "holes are not read, but where they are misreported" {
    make_sparse
    traced pread64 copy src "$FAR/dst"
    [ "$(bytes_read)" -le 65536 ] || fail "$(bytes_read) bytes were read"
    says "copied 'P/src' -> '$FAR/dst' (67108864 bytes, 4096 of data)"
    cmp "$POOL/src" "$FAR/dst"
    # ZFS, as fstatfs(2) would tell it.
    under_strace -e trace=pread64,fstatfs -e inject=fstatfs:poke_exit=@arg2=c12fc12f00000000 -- \
        copy src "$FAR/dst"
    [ "$STATUS" = 0 ]
    [ "$(bytes_read)" = 67108864 ] || fail "$(bytes_read) bytes were read"
    says "copied 'P/src' -> '$FAR/dst' (67108864 bytes, 4096 of data)"
    cmp "$POOL/src" "$FAR/dst"
}

@test "a copy ends where the source ended when it was opened, whatever is told of holes" {
    for offset in 1 786433 1000000000000; do
        injected "lseek:retval=$offset:when=2" copy src "$FAR/dst" # SEEK_HOLE
        [ "$STATUS" = 0 ]
        cmp "$POOL/src" "$FAR/dst"
    done
    for error in EINVAL EIO; do # no SEEK_DATA there
        injected "lseek:error=$error" copy src "$FAR/dst"
        [ "$STATUS" = 0 ]
        cmp "$POOL/src" "$FAR/dst"
    done
}

@test "one byte that isn't zero makes a block of data, wherever it is" {
    python3 - "$POOL/src" <<'END'
import sys
with open(sys.argv[1], "wb") as out:
    for byte in [*range(64), 4095]:
        out.write(bytes(byte) + b"x" + bytes(4095 - byte) + bytes(4096))
END
    ok copy src "$FAR/dst"
    says "copied 'P/src' -> '$FAR/dst' (532480 bytes, 266240 of data)"
    cmp "$POOL/src" "$FAR/dst"
}

@test "a NOCOW file is reflinked into a directory that compresses, or never does" {
    [ "$FS" = btrfs ] || return 0
    mkdir "$POOL"/{c,m,property,none,nocow}
    chattr +C "$POOL/nocow"
    cat "$POOL/src" >"$POOL/nocow/src"
    chattr +c "$POOL/c"
    chattr +m "$POOL/m"
    btrfs property set "$POOL/property" compression zstd
    btrfs property set "$POOL/none" compression none
    for dir in c m property none; do
        for source in src nocow/src; do
            ok copy $source $dir/dst
            says "reflinked 'P/$source' -> 'P/$dir/dst'"
            cmp "$POOL/src" "$POOL/$dir/dst"
            rm "$POOL/$dir/dst"
        done
    done
}

@test "NOCOW and COW files are reflinked alike on btrfs" {
    touch "$POOL/nocow"
    mkdir "$POOL/dir"
    if ! chattr +C "$POOL/nocow" "$POOL/dir" 2>/dev/null; then
        [ "$FS" != btrfs ] # others don't know the flag
        return
    fi
    cat "$POOL/src" >"$POOL/nocow"
    ok copy nocow dst
    says "reflinked 'P/nocow' -> 'P/dst'"
    [[ "$(lsattr "$POOL/dst")" == *C*\ * ]]
    ok copy src dir/dst
    says "reflinked 'P/src' -> 'P/dir/dst'"
    [[ "$(lsattr "$POOL/dir/dst")" != *C*\ * ]]
    cmp "$POOL/nocow" "$POOL/dst"
    cmp "$POOL/src" "$POOL/dir/dst"
}

@test "a source that shrinks while it is read is a failure" {
    while_halted pread64:when=2 'truncate -s 300000 "$POOL/src"' copy src "$FAR/dst"
    [ "$STATUS" = 6 ]
    says "cannot copy 'P/src': it shrank while it was read"
    [ -z "$(ls -A "$FAR")" ]
}

@test "a block device that shrinks while it is read is a failure" {
    cp "$POOL/src" "$FAR/src"
    attach "$FAR/src"
    while_halted pread64:when=2 'truncate -s 512K "$FAR/src"; losetup -c "$LOOP"; blockdev --flushbufs "$LOOP"' \
        copy "$LOOP" dst
    [ "$STATUS" = 6 ]
    says "cannot copy '$LOOP': it shrank while it was read"
    [ ! -e "$POOL/dst" ]
}

@test "a source that grows while it is read is a failure" {
    while_halted pread64:when=3 'echo more >>"$POOL/src"' copy src "$FAR/dst"
    [ "$STATUS" = 6 ]
    says "cannot copy 'P/src': it grew while it was read"
    [ -z "$(ls -A "$FAR")" ]
}

@test "a source that is written to while it is read is a failure" {
    while_halted pread64:when=2 'write_to "$POOL/src" other' copy src "$FAR/dst"
    [ "$STATUS" = 6 ]
    says "cannot copy 'P/src': it was written to while it was read"
    [ -z "$(ls -A "$FAR")" ]
}

@test "a FIFO that takes the place of a source before it is opened holds nothing up, and isn't read" {
    mkfifo "$POOL/fifo"
    for words in "copy src dst" "import appvms/a/private src"; do
        # shellcheck disable=SC2086
        traced newfstatat $words
        when=$(grep -n '"src"' <<<"$TRACE" | tail -1 | cut -d: -f1)
        rm -rf "$POOL/dst" "$A"
        cp "$POOL/src" "$POOL/saved"
        # A writer comes, so that a reader that waits for one fails instead of waiting for ever.
        # shellcheck disable=SC2086
        while_halted "newfstatat:when=$when" 'mv "$POOL/fifo" "$POOL/src"
            timeout 5 sh -c "echo evil >\"$POOL/src\"" 3>&- &' $words
        : <>"$POOL/src" # lets the writer go
        wait
        mv "$POOL/src" "$POOL/fifo"
        mv "$POOL/saved" "$POOL/src"
        [ "$STATUS" = 3 ] || fail "expected status 3"
        [ ! -e "$POOL/dst" ] && [ ! -e "$A" ]
    done
}

@test "a source that can't be read is a failure, and an import of it changes nothing" {
    ok create appvms/a/private --size=1M
    before=$(snapshot)
    under_strace -e trace=pread64,ioctl -e inject=pread64:error=EIO:when=3 -e inject=ioctl:error=EXDEV \
        -- import appvms/a/private src
    [ "$STATUS" = 6 ]
    [[ "$ERR" == "reflinkctl: cannot read '$POOL/src': "* ]]
    [ "$(snapshot)" = "$before" ]
}

@test "a copy that is killed, or told to end, leaves the old state and no tempfile" {
    ok create appvms/a/private --size=1M
    echo old >"$FAR/dst"
    for signal in KILL INT TERM; do
        under_strace -e trace=pwrite64 -e "inject=pwrite64:signal=$signal:when=2" -- \
            copy src "$FAR/dst"
        [ "$STATUS" -gt 128 ]
        [ "$(ls -A "$FAR")" = dst ]
        [ "$(cat "$FAR/dst")" = old ]
        under_strace -e trace=pwrite64 -e "inject=pwrite64:signal=$signal:when=2" -- \
            import appvms/a/private - < <(cat "$POOL/src")
        [ "$STATUS" -gt 128 ]
        [ "$(ls "$A" | grep -c -e '~' -e import)" = 0 ]
    done
}

@test "interrupted reads and writes are repeated, and short ones completed" {
    for call in pread64 pwrite64; do
        injected $call:error=EINTR:when=1+2 copy src "$FAR/dst"
        [ "$STATUS" = 0 ]
        cmp "$POOL/src" "$FAR/dst"
    done
    injected read:error=EINTR:when=1+2 import appvms/a/private - < <(cat "$POOL/src")
    [ "$STATUS" = 0 ]
    cmp "$POOL/src" "$A/private.img"
    { head -c 1000 && sleep 0.1 && cat; } <"$POOL/src" |
        "$BIN" -q -C "$POOL" import appvms/a/private -
    cmp "$POOL/src" "$A/private.img"
}

@test "a stream that nobody waits on may be non-blocking" {
    # shellcheck disable=SC2016
    python3 - "$BIN" "$POOL" <<'END'
import os, subprocess, sys, threading, time
data = os.urandom(300000)
out, into = os.pipe()
os.set_blocking(out, False)
child = subprocess.Popen([sys.argv[1], "-q", "-C", sys.argv[2], "import", "appvms/a/private", "-"], stdin=out)
time.sleep(0.1)
os.close(out)
with os.fdopen(into, "wb") as stream:
    stream.write(data)
assert child.wait() == 0
assert open(sys.argv[2] + "/appvms/a/private.img", "rb").read() == data
out, into = os.pipe()
os.set_blocking(into, False)
child = subprocess.Popen([sys.argv[1], "-q", "-C", sys.argv[2], "export", "--output=-", "appvms/a/private"], stdout=into)
os.close(into)
time.sleep(0.1)
with os.fdopen(out, "rb") as stream:
    assert stream.read() == data
assert child.wait() == 0
END
}
