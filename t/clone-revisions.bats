#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# clone --revisions: a volume with all its states, wherever that is, sharing there what they shared.

load lib/common
load lib/disks
load lib/live

V=appvms/a/private
W=appvms/b/copy

prepare() {
    B=$POOL/appvms/b
    ok create $V --size=1M
}

tidy() {
    stop_writing
    remove_disks
}

# Three revisions, of which the first is gone and the last pinned; and the clean image pinned, which
# so is the fourth.
lived() {
    local text
    for text in one two three; do
        session $V $text --no-precache
    done
    ok prune $V 1
    ok pin $V 3 kept
    ok pin $V clean now
}

# Names, links, sizes and times to the nanosecond of the volume $2 in the directory $1, without $2.
names() {
    (cd "$1" && find . -name "$2.img*" -printf '%f %n %s %T@\n' | sed "s/^$2//" | sort)
}

# The volume $3 in the directory $2 has all that V has.
is_whole() {
    local file
    [ "$(names "$A" private)" = "$(names "$1" "$2")" ] ||
        fail "names and times differ:" "$(diff <(names "$A" private) <(names "$1" "$2"))"
    for file in "$A"/private.img*; do
        cmp "$file" "$1/$2${file#"$A/private"}" || fail "$file differs"
    done
}

# What is used of the file system $1, in KiB, everything written.
used() {
    sync -f "$1"
    df --output=used -k "$1" | tail -n 1
}

# As a failed fsync leaves it.
lose() {
    python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.reflinkctl.lost", b"1")' "$1"
}

@test "clone --revisions makes all states, with numbers, times and pins" {
    lived
    ok clone --revisions $V $W
    is_whole "$B" copy
    same "$B/copy.img" "$B"/copy.img.4@*Z
    same "$B/copy.img" "$B"/copy.img.4@*+now
    same "$B"/copy.img.3@*Z "$B"/copy.img.3@*+kept
    [ "$(stat -c %a "$B"/copy.img* | sort -u)" = 600 ]
    [[ $ERR == *"linked '$B/copy.img.4@"*"' -> '$B/copy.img'" ]] || fail "clean isn't the last"
    ok revisions $W
    [ "$(sed 1d <<<"$OUT" | wc -l)" = 3 ]
    ok fsck $W
    session $W five --no-precache
    [ -e "$(echo "$B"/copy.img.4@*Z)" ] && [ ! -e "$(echo "$B"/copy.img.5@*)" ] || fail "what was pinned is a revision already"
}

@test "clone --revisions says what it does, and a dry run what it would" {
    session $V one --no-precache
    ok pin $V 1 kept
    lines() {
        printf '%s\n' "created directory 'P/appvms/b'" \
            "$(cloned 'P/appvms/a/private.img.1@*' 'P/appvms/b/copy.img.1@*' 0)" \
            "linked 'P/appvms/b/copy.img.1@*' -> 'P/appvms/b/copy.img.1@*+kept'" \
            "$(cloned 'P/appvms/a/private.img' 'P/appvms/b/copy.img')"
    }
    mapfile -t expected < <(lines | sed 's/(* bytes/(1048576 bytes/; s/( bytes/(1048576 bytes/')
    mapfile -t wanted < <(printf 'reflinkctl: %s\n' "${expected[@]}" | in_the_infinitive | sed 's/^reflinkctl: //')
    before=$(snapshot)
    ok -n clone --revisions $V $W
    says "${wanted[@]}"
    [ "$(snapshot)" = "$before" ]
    ok clone --revisions $V $W
    says "${expected[@]}"
}

@test "clone --revisions shares on one file system as before" {
    has_reflinks || return 0
    head -c 1M /dev/urandom >"$POOL/data"
    ok import $V "$POOL/data"
    lived
    rm "$POOL/data"
    before=$(used "$POOL")
    ok clone --revisions $V $W
    [ $(($(used "$POOL") - before)) -lt 512 ] || fail "it takes $(($(used "$POOL") - before)) KiB"
}

@test "clone --revisions to another file system: each state takes what differs from the one before" {
    requires_root
    # random data, so that nothing is compressed away, and 4 KiB more in each revision
    head -c 1M /dev/urandom >"$POOL/data"
    ok import $V "$POOL/data"
    lived
    cp --sparse=never "$A/private.img" "$A/private.img.9@2018-01-02T03:04:05Z"
    dd if=/dev/zero of="$A/private.img.9@2018-01-02T03:04:05Z" bs=512K count=1 conv=notrunc status=none
    for mkfs in "mkfs.btrfs -m single" mkfs.xfs; do
        # shellcheck disable=SC2086 # words
        disk other 400M $mkfs
        other=$DISKS/other
        mkdir "$other/appvms"
        before=$(used "$other")
        ok clone --revisions $V "$other/$W"
        is_whole "$other/appvms/b" copy
        [ "$(grep -c ' 1048576 bytes, 4096 of data)\|(1048576 bytes, 4096 of data)$' <<<"$ERR")" -ge 2 ] || fail "more is written"
        [ $(($(used "$other") - before)) -lt 2560 ] || fail "it takes $(($(used "$other") - before)) KiB"
        [ "$(stat -c %b "$other/appvms/b"/copy.img.9@*)" = 1024 ] || fail "zeros take room"
        ok fsck "$other/$W"
        remove_disks
    done
}

@test "clone --revisions to a file system without reflinks makes sparse copies" {
    requires_root
    lived
    disk other 100M mkfs.ext4
    mkdir "$DISKS/other/appvms"
    ok clone --revisions $V "$DISKS/other/$W"
    is_whole "$DISKS/other/appvms/b" copy
    [ "$(du -k "$DISKS/other/appvms/b" | cut -f 1)" -lt 100 ] || fail "it isn't sparse"
}

@test "clone --revisions: states of any size and shape, to any file system" {
    requires_root
    n=9
    for seed in {1..8}; do
        python3 "$BATS_TEST_DIRNAME/lib/pair.py" "$seed" "$POOL/x" "$POOL/y"
        mv "$POOL/x" "$A/private.img.$((n += 1))@2018-01-02T03:04:05Z"
        mv "$POOL/y" "$A/private.img.$((n += 1))@2018-01-02T03:04:06Z"
    done
    ok clone --revisions $V $W
    is_whole "$B" copy
    for mkfs in "mkfs.btrfs -m single" mkfs.xfs; do
        # shellcheck disable=SC2086 # words
        disk other 400M $mkfs
        mkdir "$DISKS/other/appvms"
        ok clone --revisions $V "$DISKS/other/$W"
        is_whole "$DISKS/other/appvms/b" copy
        remove_disks
    done
}

@test "clone --revisions: without a clean image, or with a lost one, there is nothing to have" {
    lived
    fails 4 clone --revisions appvms/a/root $W
    fails 2 clone --revisions $V appvms/b/copy-dirty
    lose "$A"/private.img.3@*Z
    fails 3 clone --revisions $V $W
    [[ $ERR == *"private.img.3@"* ]] || fail
    ok prune $V 2
    ok unpin $V kept
    ok prune $V 3
    mv "$A/private.img" "$POOL/away"
    fails 4 clone --revisions $V $W
}

@test "clone --revisions of a volume that is being changed waits for that" {
    flock "$A" "$BIN" -C "$POOL" --wait=0 clone --revisions $V $W 2>"$RUN_SCRATCH/said" && fail
    grep -q "cannot lock '$A'" "$RUN_SCRATCH/said"
    [ ! -e "$B" ]
    # and within one directory it doesn't wait for itself
    ok --wait=0 clone --revisions $V appvms/a/copy
    is_whole "$A" copy
}

@test "clone --revisions leaves the former clean image aside where --live takes the dirty one" {
    session $V one --no-precache
    ok start $V
    write_to "$A/private-dirty.img" newest
    was=$(stat -c %y "$A/private-dirty.img")
    before="$(names "$A" private) $(cat "$A"/private* | cksum)"
    ok clone --revisions --live $V $W
    [ "$(names "$A" private) $(cat "$A"/private* | cksum)" = "$before" ] || fail "SOURCE has changed"
    [ "$(ls "$B" | without_times)" = "$(printf '%s\n' copy.img 'copy.img.1@*' 'copy.img.2@*')" ]
    holds "$B/copy.img" newest
    [ "$(stat -c %y "$B/copy.img")" = "$was" ]
    holds "$B"/copy.img.2@* one
    [ "$(stat -c %y "$B"/copy.img.2@*)" = "$(stat -c %y "$A/private.img")" ]
    # What is a revision already isn't one again.
    ok pin $V clean kept
    ok clone --revisions --live $V appvms/b/again
    [ "$(ls "$B" | grep again | without_times)" = "$(printf '%s\n' again.img 'again.img.1@*' 'again.img.2@*' 'again.img.2@*+kept')" ]
    fails 4 clone --revisions --live appvms/b/again appvms/b/more
}

@test "clone --revisions --live is of one moment, while a process writes; where it can't be, it fails" {
    session $V one --no-precache
    ok start $V
    write_on "$A/private-dirty.img"
    for n in {1..10}; do
        rl clone --revisions --live $V appvms/b/p$n
        if has_reflinks; then
            [ "$STATUS" = 0 ] || fail
        fi
        if [ "$STATUS" = 0 ]; then
            of_a_moment "$B/p$n.img"
        else
            [ ! -e "$B" ] || [ -z "$(ls "$B" | grep "^p$n\.")" ] || fail "something is left of it"
        fi
    done
    stop_writing
}

@test "clone --revisions fails if somebody writes to a state meanwhile" {
    lived
    write_on "$A/private.img"
    for _ in {1..10}; do
        rl clone --revisions $V $W
        [ "$STATUS" = 0 ] || break
        ok remove --force $W
    done
    stop_writing
    [ "$STATUS" = 6 ] && [[ $ERR == *": it was written to "* ]] || fail
    [ ! -e "$B" ] || fail "something is left of it"
}

@test "clone --revisions that was killed leaves no clean image, and the next says what to remove" {
    requires_root
    lived
    for n in 2 4 6; do
        injected "linkat:signal=KILL:when=$n" clone --revisions $V $W
        [ ! -e "$B/copy.img" ] && [ -e "$(echo "$B"/copy.img.2@*Z)" ] || fail "$n: $(ls "$B")"
        fails 4 start $W
        fails 3 clone --revisions $V $W
        [[ $ERR == *": remove takes them away, pins with --force)" ]] || fail "it doesn't say what to do"
        ok remove --force $W
    done
    ok clone --revisions $V $W
    is_whole "$B" copy
    fails 3 clone --revisions $V $W
    [[ $ERR != *interrupted* ]] || fail "that one is whole"
}

@test "clone --revisions that fails leaves nothing behind" {
    requires_root
    lived
    for n in 1 3 6; do
        injected "linkat:error=EIO:when=$n" clone --revisions $V $W
        [ "$STATUS" = 6 ] && [ ! -e "$B" ] || fail "$n"
    done
    injected fsync:error=ENOSPC:when=4 clone --revisions $V $W
    [ "$STATUS" = 6 ] && [ ! -e "$B" ] || fail
}

@test "clone --revisions: nothing has a name before all of it is on the disk" {
    requires_root
    lived
    traced linkat,fsync clone --revisions $V $W
    [ "$STATUS" = 0 ] || fail
    # The first link, and after it no fsync but that of the directory.
    [ "$(sed '0,/^linkat/d' <<<"$TRACE" | grep -c '^fsync')" = 1 ] || fail "$TRACE"
    [[ $(tail -n 1 <<<"$TRACE") == "fsync("*"<$B>)"* ]] || fail "$TRACE"
    [[ $(grep '^linkat' <<<"$TRACE" | tail -n 1) == *'"copy.img", '* ]] || fail "clean isn't the last"
}

@test "clone --revisions carries ids, so that a chain of backups goes on" {
    lived
    "$BIN" -q -C "$POOL" send $V kept | "$BIN" -q -C "$POOL" receive --pin=kept appvms/backup/private
    ok clone --revisions $V $W
    ok remove --force $V
    "$BIN" -q -C "$POOL" send --from=kept $W clean | "$BIN" -q -C "$POOL" receive appvms/backup/private
    cmp "$B/copy.img" "$POOL/appvms/backup/private.img"
}

@test "clone --revisions opens more files than a process may by default" {
    for n in {10..60}; do
        cp "$A/private.img" "$A/private.img.$n@2018-01-02T03:04:05Z"
    done
    (ulimit -Sn 40 && "$BIN" -q -C "$POOL" clone --revisions $V $W)
    is_whole "$B" copy
}

@test "clone --revisions refuses names that would be too long" {
    name=$(printf 'x%.0s' {1..190})
    ok clone --revisions $V "appvms/b/$name"
    ok pin $V clean a2345678901234567890123456789012
    mkdir "$POOL/appvms/c"
    fails 3 clone --revisions $V "appvms/c/$name"
    [[ $ERR == *": the name would be too long" ]] || fail
}

@test "clone --revisions makes clones where no links can be made" {
    requires_root
    lived
    injected linkat:error=EPERM:when=3 clone --revisions $V $W # of the name kept
    [ "$STATUS" = 0 ] || fail
    [[ $ERR == *"$(cloned "$B/$(cd "$B" && echo copy.img.3@*Z)" "$B/$(cd "$B" && echo copy.img.3@*+kept)")"* ]] || fail
    cmp "$B"/copy.img.3@*Z "$B"/copy.img.3@*+kept
    differ "$B"/copy.img.3@*Z "$B"/copy.img.3@*+kept
    ok fsck $W
}
