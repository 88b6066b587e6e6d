#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a caller may do to a process: standard descriptors of all sorts, no terminal, few files.

load ../lib/common

# A pipe that nobody reads (8) and that gives EPIPE (9).
prepare() {
    ok create appvms/a/private --size=1M
    mkfifo "$RUN_SCRATCH/fifo"
    exec 7<>"$RUN_SCRATCH/fifo" 9>"$RUN_SCRATCH/fifo" 7>&-
    rm "$RUN_SCRATCH/fifo"
    mkfifo "$RUN_SCRATCH/fifo"
    exec 8<>"$RUN_SCRATCH/fifo"
}

tidy() {
    exec 8>&- 9>&-
    rm "$RUN_SCRATCH/fifo"
}

# The volume has been started and stopped N times; start and stop again.
stopped() {
    [ "$(ls -v "$A" | grep -o 'private.img.*@' | paste -sd ' ')" = "$(seq -s ' ' -f 'private.img.%g@' "$1")" ] ||
        fail "not $1 revisions"
    [ ! -e "$A/private-dirty.img" ]
}

@test "where stdout can't be written, start says so and the dirty image is ready all the same" {
    for target in /dev/full '&9' '&-'; do
        STATUS=0
        ERR=$(eval "'$BIN' -C '$POOL' start appvms/a/private" "2>&1 >$target") || STATUS=$?
        [ "$STATUS" = 6 ] || fail "$target: status $STATUS"
        [[ "$(tail -n 1 <<<"$ERR")" == "reflinkctl: cannot write to standard output"* ]]
        [ -e "$A/private-dirty.img" ]
        ok start appvms/a/private
        [ "$OUT" = "$A/private-dirty.img" ]
        ok discard appvms/a/private
    done
}

@test "where stderr can't be written, stop commits all the same" {
    local n=0
    for target in /dev/full '&9' '&-'; do
        ok start appvms/a/private
        eval "'$BIN' -C '$POOL' stop appvms/a/private 2>$target"
        stopped $((++n))
    done
}

@test "a message never lands in an image, whatever descriptors are closed" {
    for closed in '0<&-' '1>&-' '2>&-' '0<&- 1>&- 2>&-'; do
        ok start appvms/a/private
        eval "'$BIN' -C '$POOL' stop appvms/a/private $closed"
        eval "'$BIN' -C '$POOL' start appvms/a/private $closed" || true
        "$BIN" -q -C "$POOL" stop appvms/a/private
        [ "$(tr -d '\0' <"$A/private.img" | wc -c)" = 0 ]
    done
}

@test "a full pipe is waited for, one that doesn't block isn't" {
    ok start appvms/a/private
    # 64 KiB fill it.
    head -c 65536 /dev/zero >&8
    timeout 30 python3 -c '
import fcntl, os, subprocess, sys
flags = fcntl.fcntl(8, fcntl.F_GETFL)
fcntl.fcntl(8, fcntl.F_SETFL, flags | os.O_NONBLOCK)
subprocess.run(sys.argv[1:] + ["stop", "appvms/a/private"], stderr=8, timeout=10, check=True)
fcntl.fcntl(8, fcntl.F_SETFL, flags)
waits = subprocess.Popen(sys.argv[1:] + ["start", "appvms/a/private"], stderr=8, stdout=-1)
try:
    waits.wait(0.1)
    sys.exit("it lost a line")
except subprocess.TimeoutExpired:
    pass
data = b""
while b"-dirty.img" not in data:
    data += os.read(8, 65536)
waits.wait(10)
' "$BIN" -C "$POOL"
    [ -e "$A/private-dirty.img" ]
}

@test "no terminal is needed" {
    setsid -w "$BIN" -C "$POOL" start appvms/a/private </dev/null >"$RUN_SCRATCH/out" 2>&1
    setsid -w "$BIN" -C "$POOL" stop appvms/a/private </dev/null >"$RUN_SCRATCH/out" 2>&1
    stopped 1
}

@test "eight descriptors are enough" {
    few() {
        prlimit --nofile=8 "$BIN" -q -C "$POOL" "$@" 3>&- 4>&- 5>&- 6>&- 8>&- 9>&- >/dev/null
    }
    few create --size=1M vm-templates/t/root
    for _ in 1 2; do
        few start vm-templates/t/root
        few stop vm-templates/t/root
        few start appvms/a/private
        few stop appvms/a/private --no-precache
        few start --revisions-to-keep=-1 appvms/a/private
        few stop --revisions-to-keep=-1 appvms/a/private
        few start --snap-on-start=vm-templates/t/root appvms/a/root
        few start --snap-on-start=vm-templates/t/root appvms/a/root
        few start --snap-on-start=vm-templates/t/root --save-on-stop appvms/a/exotic
        few stop --snap-on-start=vm-templates/t/root --save-on-stop appvms/a/exotic
        few start --volatile --size=1M appvms/a/volatile
        few start --volatile --size=1M appvms/a/volatile
    done
    few start appvms/a/private
    few stop appvms/a/private
    few revert appvms/a/private
    few resize appvms/a/private 2M
    few precache appvms/a/private
    few revisions appvms/a/private
    few cleanup
    few copy appvms/a/private.img copy
    few remove appvms/a/private
}
