#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# diff: in what two states of a volume differ.

load lib/common

V=appvms/a/private

# Revision 1 has data in blocks 0 to 63; in the clean image 3 and 4 are others, 20 is zeros by name, 48 and
# 49 are a hole, and 80, which was one, has data.  (XFS calls a hole near to what was written data.)
prepare() {
    ok create $V --size=1M
    ok start $V
    head -c 256K /dev/urandom | dd of="$A/private-dirty.img" conv=notrunc status=none
    ok stop $V --no-precache --revisions-to-keep=0
    ok start $V
    put private-dirty.img "$(printf '%8192d' 7)" 3
    fallocate -p -o $((48 * 4096)) -l 8192 "$A/private-dirty.img"
    dd if=/dev/zero of="$A/private-dirty.img" bs=4K seek=20 count=1 conv=notrunc status=none
    put private-dirty.img x 80
    ok stop $V --no-precache
}

# Write $2 into the block $3 of the file $1.
put() {
    printf '%s' "$2" | dd of="$A/$1" bs=4K seek="$3" conv=notrunc status=none
}

# What --json says is to be these ranges, each as START:LENGTH:zero (or data).
differs() {
    local expected
    expected=$(cat)
    OUT=$(python3 -c '
import json, sys
for r in json.load(sys.stdin):
    print(r["start"], r["length"], "zero" if r["zero"] else "data", sep=":")' <<<"$OUT")
    [ "$OUT" = "$expected" ] || fail "expected" "$expected"
}

@test "diff lists what the clean image has that the newest revision hasn't" {
    before=$(snapshot)
    ok diff $V
    [ "$OUT" = "\
 START  LENGTH  KIND
 12288    8192  data
 81920    4096  zero
196608    8192  zero
327680    4096  data
differences: 4 (24576 bytes, 24.0 KiB)" ] || fail
    says
    [ "$(snapshot)" = "$before" ]
}

@test "diff --json has the form of qemu-img map" {
    ok --json diff $V
    [ "$OUT" = '[{"start": 12288, "length": 8192, "zero": false, "data": true},'\
' {"start": 81920, "length": 4096, "zero": true, "data": true},'\
' {"start": 196608, "length": 8192, "zero": true, "data": false},'\
' {"start": 327680, "length": 4096, "zero": false, "data": true}]' ] || fail
    says
    ok --json diff $V clean 1
    differs <<<"12288:8192:data
81920:4096:data
196608:8192:data
327680:4096:zero"
}

@test "diff of states that are equal lists nothing" {
    ok diff $V 1 1
    [ -z "$OUT$ERR" ] || fail
    ok --json diff $V clean clean
    [ "$OUT" = "[]" ]
    # with no extent in common, and written again
    cp --reflink=never "$A/private.img" "$A/private-dirty.img"
    ok --json diff $V clean dirty
    [ "$OUT" = "[]" ]
    ok --json diff --check $V clean dirty
    [ "$OUT" = "[]" ]
}

@test "diff lists a block of 4 KiB if a byte of it differs" {
    ok start $V
    put private-dirty.img . 10
    printf . | dd of="$A/private-dirty.img" bs=1 seek=$((31 * 4096 + 4095)) conv=notrunc status=none
    ok --json diff $V clean dirty
    differs <<<"40960:4096:data
126976:4096:data"
}

@test "diff lists what lies beyond the end of the shorter one, zeros or not" {
    ok start $V
    truncate -s 1060000 "$A/private-dirty.img"
    printf x | dd of="$A/private-dirty.img" bs=1 seek=1055000 conv=notrunc status=none
    ok diff $V clean dirty
    [ "$(tail -n 2 <<<"$OUT")" = "\
differences: 3 (11424 bytes, 11.2 KiB)
sizes: 1048576 -> 1060000 bytes" ] || fail
    ok --json diff $V clean dirty
    differs <<<"1048576:4096:zero
1052672:4096:data
1056768:3232:zero"
    ok --json diff $V dirty clean
    differs <<<"1048576:11424:zero"
    truncate -s 5000 "$A/private-dirty.img"
    ok --json diff $V clean dirty
    differs <<<"5000:1043576:zero"
    ok --json diff $V dirty clean
    differs <<<"5000:76920:data
81920:4096:zero
86016:110592:data
196608:8192:zero
204800:57344:data
262144:65536:zero
327680:4096:data
331776:716800:zero"
}

@test "diff compares any two: revisions by number, clean, dirty" {
    ok start $V
    put private-dirty.img y 80
    ok --json diff $V clean dirty
    differs <<<"327680:4096:data"
    ok --json diff $V 1 dirty
    differs <<<"12288:8192:data
81920:4096:zero
196608:8192:zero
327680:4096:data"
    ok stop --no-precache --revisions-to-keep=9 $V
    ok --json diff $V # the newest is 2 now
    differs <<<"327680:4096:data"
    time=$(basename "$A"/private.img.1@*)
    ok --json diff $V "${time#private.img.}" 2
    differs <<<"12288:8192:data
81920:4096:zero
196608:8192:zero
327680:4096:data"
}

@test "diff says what isn't there" {
    fails 4 diff $V 7
    fails 4 diff $V 1 dirty
    fails 4 diff appvms/b/private
    fails 4 diff $V 1 precache
    fails 2 diff $V 1 clean dirty
    ok prune $V 1
    fails 4 diff $V
    says "cannot find any revision of 'P/$V.img'"
}

@test "diff sees what isn't on the disk yet, and compares dirty by a reflink of the moment" {
    ok start $V
    put private-dirty.img now 5
    traced openat,ioctl,fsync --json diff $V clean dirty
    differs <<<"20480:4096:data"
    ! has_reflinks || grep -q 'ioctl.*FICLONE' <<<"$TRACE" || fail
    files private.img private-dirty.img 'private.img.1@2018-01-02T03:04:05Z'
    # what can't be made isn't needed
    chattr +i "$A" 2>/dev/null || return 0
    ok --json diff $V clean dirty || { chattr -i "$A"; false; }
    chattr -i "$A"
    differs <<<"20480:4096:data"
    ok -n --json diff $V clean dirty
    differs <<<"20480:4096:data"
}

@test "diff needs no lock" {
    exec {lock}<"$A"
    flock "$lock"
    ok --wait=0 diff $V
    exec {lock}<&-
}

@test "diff fails if an image is written to while it is read" {
    ok start $V
    "$BIN" --version >/dev/null
    strace -qq -o /dev/null -e trace=pread64 -e inject=pread64:delay_enter=1000000:when=1 \
        "$BIN" -C "$POOL" --json -n diff $V clean dirty >"$RUN_SCRATCH/out" 2>"$RUN_SCRATCH/stderr" &
    sleep 0.5
    put private-dirty.img changed 5
    wait $! && fail "it succeeds"
    [ ! -s "$RUN_SCRATCH/out" ] || fail "$(cat "$RUN_SCRATCH/out")"
    grep -q "cannot compare '$A/private-dirty.img': it was written to while it was read" "$RUN_SCRATCH/stderr"
}

@test "diff --check fails, with the place, if what is said to be equal isn't" {
    ok --json diff --check $V
    # A file system that denies that there is data.
    injected lseek:error=ENXIO diff $V
    [ "$STATUS" = 0 ] || fail
    [ -z "$OUT" ] || fail
    injected lseek:error=ENXIO diff --check $V
    [ "$STATUS" = 6 ] || fail
    [[ "$ERR" =~ "differ at byte "(12288|12289)", where they are said to be equal"$ ]] || fail
}

@test "diff without CAP_SYS_ADMIN is as right" {
    requires_root
    cat >"$RUN_SCRATCH/weak" <<-END
	#!/bin/sh
	exec setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin $(realpath "$BIN") "\$@"
	END
    chmod +x "$RUN_SCRATCH/weak"
    BIN=$RUN_SCRATCH/weak ok --json diff $V
    differs <<<"12288:8192:data
81920:4096:zero
196608:8192:zero
327680:4096:data"
}

@test "diff reads only what may differ" {
    has_reflinks || return 0
    traced pread64 diff $V
    [ "$(grep -c '^pread64' <<<"$TRACE")" -lt 16 ] || fail "$TRACE"
    [ "$(sed -nE 's/^pread64.* = ([0-9]+)$/\1/p' <<<"$TRACE" | paste -sd+ | bc)" -le 49152 ] || fail "$TRACE"
}

@test "random histories of two images: nothing is missed, nothing that is equal is told" {
    run "$BATS_TEST_DIRNAME/diff/histories" --pairs=300 "$BIN" "$POOL"
    figure <<<"$output"
    [ "$status" = 0 ]
    has_reflinks || return 0
    run "$BATS_TEST_DIRNAME/diff/histories" --pairs=60 --seed=5000 --moving "$BIN" "$POOL"
    figure <<<"$output"
    [ "$status" = 0 ]
}
