#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# list: every volume of the pool, from its files alone.

load lib/common

tidy() {
    local dir
    for dir in "$POOL/sub" "$POOL/sub/appvms" "$POOL/sub/appvms/yesterday"; do
        [ ! -d "$dir" ] || btrfs property set "$dir" ro false 2>/dev/null || true # rm deletes what it can
    done
}

# The lines of the table, with one space between the columns, and TIME for a time.
table() {
    [ "$(sed -E 's/[0-9]{4}-[0-9-]{5}T[0-9:]{8}Z/TIME/; s/ +/ /g' <<<"$OUT")" = "$(printf '%s\n' "$@")" ] || fail "expected:" "$@"
}

# The state of appvms/a/$1
state() {
    "$BIN" -C "$POOL" list --json | python3 -c '
import json, sys
print(*(v["state"] for v in json.load(sys.stdin) if v["vid"] == sys.argv[1]))' "appvms/a/$1"
}

is() {
    [ "$(state "$1")" = "$2" ] || fail "$1 is $(state "$1"), not $2"
}

@test "list has a line for each volume, sorted, with aligned columns" {
    mkdir "$A" "$POOL/appvms/a-b" "$POOL/vm-templates/t" "$POOL/appvms/empty"
    truncate -s 10G "$A/private.img"
    truncate -s 1000 "$POOL/appvms/a-b/root-dirty.img"
    touch "$POOL/appvms/a-b/root.img" "$POOL/vm-templates/t/root.img.7@2018-01-02T03:04:05Z" \
        "$POOL/vm-templates/t/root.img.10@2018-01-02T03:04:05Z"
    touch -d 2018-01-02T03:04:05Z "$A/private.img" "$POOL/appvms/a-b/root-dirty.img"
    ok list
    [ "$OUT" = "\
VOLUME               STATE    TIME                      SIZE  USAGE  REVISIONS
appvms/a-b/root      dirty    2018-01-02T03:04:05Z   1.0 KiB    0 B          0
appvms/a/private     clean    2018-01-02T03:04:05Z  10.0 GiB    0 B          0
vm-templates/t/root  missing  -                            -      -          2" ] || fail "that is not aligned"
}

@test "list --json has exact figures" {
    size=9007199254740993 # 2^53 + 1
    [ "$FS" != ext4 ] || size=4398046511105
    mkdir "$A"
    truncate -s $size "$A/private-dirty.img"
    write_to "$A/private-dirty.img" text
    touch -d 2018-01-02T03:04:05.9Z "$A/private-dirty.img"
    sync "$A/private-dirty.img"
    ok list --json
    usage=$(($(stat -c %b "$A/private-dirty.img") * 512))
    [ "$usage" -gt 0 ]
    [ "$OUT" = '[{"vid": "appvms/a/private", "state": "dirty", "in_use": false,'"\
 \"time\": \"2018-01-02T03:04:05Z\", \"size\": $size, \
\"usage\": $usage, \"revisions\": 0}]" ] || fail "expected usage $usage"
}

@test "an empty pool has no lines, and is an empty array" {
    ok list
    [ -z "$OUT" ]
    ok list --json
    [ "$OUT" = "[]" ]
}

@test "a directory that isn't a pool is missing, and so is one that isn't there" {
    rmdir "$POOL/appvms" "$POOL/vm-templates"
    fails 4 list
    fails 4 list nowhere
    mkdir "$POOL/vm-templates"
    ok list
}

@test "list takes a directory, seen from the pool" {
    mkdir -p "$POOL/sub/appvms/b"
    touch "$POOL/sub/appvms/b/x.img"
    ok list sub --json
    [[ "$OUT" == '[{"vid": "appvms/b/x", '* ]] || fail "expected appvms/b/x"
    ok list "$POOL/sub"
    table "VOLUME STATE TIME SIZE USAGE REVISIONS" "appvms/b/x clean TIME 0 B 0 B 0"
}

@test "a volume is found by whatever it has, and by nothing else" {
    mkdir -p "$A/deeper"
    touch "$A/b-dirty.img" "$A/c-import.img" "$A/d-precache.img" "$A/e.img~abcdefgh" \
        "$A/deeper/f.img" "$A/.img" "$A/x" "$A/x.img.y" "$A/x.img@2018-01-02T03:04:05Z" \
        "$A/x.img.01@2018-01-02T03:04:05Z" "$A/x.img.1@2018-13-02T03:04:05Z" \
        "$POOL/y.img" "$POOL/appvms/z.img~abc"
    mkdir "$A/w.img"
    ln -s . "$POOL/appvms/link"
    ok list
    table "VOLUME STATE TIME SIZE USAGE REVISIONS" "appvms/a/b dirty TIME 0 B 0 B 0" \
        "appvms/a/c importing - - - 0" "appvms/a/d missing - - - 0" "appvms/a/deeper/f clean TIME 0 B 0 B 0" \
        "appvms/a/e missing - - - 0"
}

@test "a link to a directory in the pool isn't followed, and is named" {
    mkdir -p "$POOL/store/x" "$A"
    touch "$POOL/store/x/p.img" "$A/p.img"
    ln -s ../store/x "$POOL/appvms/x"
    ln -s "$A" "$POOL/appvms/y"
    ln -s /etc "$POOL/appvms/outside"
    ln -s p.img "$A/q.img"
    ln -s . "$A/loop"
    for command in list fsck; do
        rl "$command"
        [ "$(sort <<<"$ERR")" = "$(printf "reflinkctl: not following '$POOL/appvms/%s', a link to a directory\n" \
            a/loop x y)" ] || fail "not these three"
        [[ "$OUT" != *appvms/[xy]/* ]] || fail "followed"
    done
    rl -q list
    [ -z "$ERR" ] || fail
    ok fsck appvms/x/p
    ok info appvms/x/p
}

@test "a volume's life is a row of states" {
    ok create appvms/a/private --size=1M
    is private clean
    ok start appvms/a/private
    is private dirty
    exec {writer}<>"$A/private-dirty.img" # as a VM has it, or the loop device of one
    ok list
    table "VOLUME STATE TIME SIZE USAGE REVISIONS" "appvms/a/private running TIME 1.0 MiB 0 B 0"
    is private dirty
    ok list --json
    [[ $OUT == *'"in_use": true'* ]] || fail "in use"
    exec {writer}>&-
    ok stop appvms/a/private
    is private clean
    ok start --revisions-to-keep=-1 appvms/a/private
    is private dirty
    ok stop --revisions-to-keep=-1 appvms/a/private
    mv "$A/private.img" "$A/private.img.7@2018-01-02T03:04:05Z"
    is private missing
}

@test "a volatile volume is told by its name, for a dirty image alone may be precious" {
    ok start --volatile --size=1M appvms/a/volatile
    is volatile volatile
    cp "$A/volatile-dirty.img" "$A/private-dirty.img"
    is private dirty
}

@test "a snapshot is told by its link to the template's clean image" {
    ok create vm-templates/t/root --size=1M
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    is root snapshot
    ok start vm-templates/t/root
    ok list
    [[ "$OUT" == *$'\nvm-templates/t/root '*dirty* ]] || fail "the template is dirty"
    ok stop --snap-on-start=vm-templates/t/root appvms/a/root
    is root ""
}

@test "what a snapshot is of is none, in vm-templates or elsewhere" {
    ok create vm-templates/t/root --size=1M
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    ok start vm-templates/t/root
    ok create appvms/dvm/private --size=1M
    ok start --snap-on-start=appvms/dvm/private appvms/disp1/private
    ok start appvms/dvm/private
    ok list
    table "VOLUME STATE TIME SIZE USAGE REVISIONS" "appvms/a/root snapshot TIME 1.0 MiB 0 B 0" \
        "appvms/disp1/private dirty TIME 1.0 MiB 0 B 0" "appvms/dvm/private dirty TIME 1.0 MiB 0 B 0" \
        "vm-templates/t/root dirty TIME 1.0 MiB 0 B 0"
    for volume in appvms/a/root=snapshot appvms/disp1/private=dirty appvms/dvm/private=dirty \
        vm-templates/t/root=dirty; do
        ok --json info "${volume%=*}"
        [[ $OUT == *"\"state\": \"${volume#*=}\""* ]] || fail "not $volume"
        OUT=$(cd / && "$BIN" --json info "$POOL/${volume%=*}")
        [[ $OUT == *"\"state\": \"${volume#*=}\""* ]] || fail "not $volume, from elsewhere"
    done
}

@test "a snapshot of what is a revision of the template by now is one still" {
    ok create vm-templates/t/root --size=1M
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    session vm-templates/t/root text
    is root snapshot
}

@test "an import is told unless the volume runs" {
    mkdir "$A"
    touch "$A/private.img" "$A/private-import.img"
    is private importing
    touch "$A/private-dirty.img"
    is private dirty
}

@test "what isn't a regular file is no image" {
    mkdir "$A"
    ln -s /etc/passwd "$A/a.img"
    mkfifo "$A/b-dirty.img"
    ln -s /etc/passwd "$A/c.img.1@2018-01-02T03:04:05Z"
    ok list
    table "VOLUME STATE TIME SIZE USAGE REVISIONS" "appvms/a/a missing - - - 0" "appvms/a/b missing - - - 0"
}

@test "hostile names reach no terminal raw, and come back from JSON as they were" {
    python3 - "$POOL/appvms" "$POOL/hostile" <<-'END'
	import os, sys
	names = [b"new\nline", b"esc\x1b[31m", b"quo\"te", b"back\\slash", b"apo'strophe", b"\xff\xfe",
	         b"\xed\xa0\x80", b"\xc2\x9b31m", b"\xe2\x80\xae", b"\x7f", b" ", b"\xf0\x9f\x90\x88", b"$(id)"]
	with open(os.fsencode(sys.argv[2]), "wb") as out:
	    for name in sorted(names):
	        os.mkdir(os.fsencode(sys.argv[1]) + b"/" + name)
	        open(os.fsencode(sys.argv[1]) + b"/" + name + b"/p.img", "w").close()
	        out.write(b"appvms/" + name + b"/p\0")
	END
    ok list
    ! grep -q $'[\x01-\x08\x0b-\x1f\x7f\xff]' <<<"$OUT" || fail "raw"
    [ "$(wc -l <<<"$OUT")" = 14 ] || fail "a line each"
    [[ "$OUT" == *$'\n'"'appvms/new'\$'\\012''line/p'   clean"* ]] || fail "as a shell takes it"
    ok list --json
    python3 -c '
import json, os, sys
text = open(sys.argv[1], encoding="utf-8").read()
assert text.endswith("\n") and text.count("\n") == 1
vids = b"".join(os.fsencode(v["vid"]) + b"\0" for v in json.loads(text))
assert vids == open(sys.argv[2], "rb").read(), vids' <("$BIN" -C "$POOL" list --json) "$POOL/hostile"
    rm "$POOL/hostile"
}

@test "states have colours on a terminal, unless NO_COLOR says no" {
    mkdir "$A"
    touch "$A/private.img"
    export TERM=xterm
    in_terminal() { script -qec "'$BIN' -C '$POOL' list" /dev/null </dev/null; }
    [[ "$(in_terminal)" == *$'\e[32mclean\e[0m'* ]]
    [[ "$(NO_COLOR=1 in_terminal)" != *$'\e'* ]]
    [[ "$(NO_COLOR='' in_terminal)" == *$'\e'* ]]
    [[ "$(TERM=dumb in_terminal)" != *$'\e'* ]]
    ok list
    [[ "$OUT" != *$'\e'* ]]
}

@test "10,000 revisions in a directory are listed in the order of their numbers" {
    mkdir "$A"
    python3 -c '
import os, sys
for n in range(1, 10001):
    os.close(os.open(f"{sys.argv[1]}/private.img.{n}@2018-01-02T03:04:05Z", os.O_CREAT))' "$A"
    ok list --json
    [[ "$OUT" == *'"revisions": 10000}'* ]] || fail "10000 revisions"
    ok revisions appvms/a/private
    [ "$(awk 'NR > 1 { print $1 }' <<<"$OUT")" = "$(seq 10000)" ] || fail "in order"
}

@test "a directory that can't be read is an error, and the others are listed" {
    mkdir "$A" "$POOL/appvms/b"
    touch "$A/private.img" "$POOL/appvms/b/private.img"
    chmod 755 "$RUN_SCRATCH" "$RUN_SCRATCH/$FS"
    chmod 0 "$A"
    STATUS=0
    OUT=$(setpriv --reuid=65534 --clear-groups "$BIN" -C "$POOL" list 2>"$RUN_SCRATCH/stderr") ||
        STATUS=$?
    ERR=$(cat "$RUN_SCRATCH/stderr")
    chmod 755 "$A"
    [ "$STATUS" = 6 ] || fail "expected status 6"
    says "cannot open directory 'P/appvms/a': Permission denied"
    [[ "$OUT" == *appvms/b/private* ]] || fail "the other"
}

@test "an appvms/ that isn't a directory is an error, not an empty pool" {
    rmdir "$POOL/appvms"
    touch "$POOL/appvms"
    for words in list "--json list" cleanup fsck "--json fsck"; do
        # shellcheck disable=SC2086 # words
        fails 4 $words
        says "cannot open directory 'P/appvms': Not a directory"
        [ -z "$OUT" ] || fail "it printed something"
    done
}

@test "what a dot hides is no volume" {
    ok create appvms/a/private --size=1M
    mkdir -p "$POOL/appvms/.snapshots/1/a" "$A/.old" "$POOL/vm-templates/.t"
    for dir in appvms/.snapshots/1/a appvms/a/.old vm-templates/.t; do
        cp "$A/private.img" "$POOL/$dir/"
        touch "$POOL/$dir/private.img~abcdefgh"
    done
    ok list --json
    [ "$(grep -o '"vid"' <<<"$OUT" | wc -l)" = 1 ] || fail
    before=$(snapshot)
    ok cleanup
    [ "$(snapshot)" = "$before" ] || fail
    ok fsck
    ok list "$POOL/appvms/.snapshots/../.."
    mkdir "$POOL/appvms/.snapshots/1/appvms"
    mv "$POOL/appvms/.snapshots/1/a" "$POOL/appvms/.snapshots/1/appvms/"
    ok list appvms/.snapshots/1 # whoever asks for it gets it
    [[ "$OUT" == *appvms/a/private* ]] || fail
}

@test "a read-only subvolume below the pool's own is no VM; a read-only pool is a pool" {
    requires_root
    [ "$FS" = btrfs ] || return 0
    rmdir "$POOL/appvms"
    btrfs -q subvolume create "$POOL/sub"
    btrfs -q subvolume create "$POOL/sub/appvms"
    ok create sub/appvms/a/private --size=1M
    touch "$POOL/sub/appvms/a/private.img~abcdefgh"
    btrfs -q subvolume snapshot -r "$POOL/sub/appvms" "$POOL/sub/appvms/yesterday"
    btrfs -q subvolume snapshot "$POOL/sub/appvms" "$POOL/sub/appvms/writable"
    for is_read_only in false true; do
        btrfs property set "$POOL/sub" ro $is_read_only
        ok list sub --json
        [ "$(grep -o '"vid": "[^"]*"' <<<"$OUT" | paste -sd' ')" = \
            '"vid": "appvms/a/private" "vid": "appvms/writable/a/private"' ] || fail "$is_read_only"
    done
    btrfs property set "$POOL/sub" ro false
    ok -C "$POOL/sub" cleanup
    [ -e "$POOL/sub/appvms/yesterday/a/private.img~abcdefgh" ]
    ok -C "$POOL/sub" fsck
    mv "$POOL/sub/appvms/a/private.img" "$POOL/sub/appvms/a/x.img"
    btrfs property set "$POOL/sub/appvms" ro true
    ok list sub
    [[ "$OUT" == *appvms/a/x* ]] || fail "a read-only appvms/ is the pool's"
}

@test "that costs no system call" {
    ok create appvms/a/private --size=1M
    traced all list
    [ "$(grep -c '^fstat(' <<<"$TRACE")" -le 1 ] && ! grep -q '^ioctl.*SUBVOL' <<<"$TRACE" || fail "$TRACE"
}
