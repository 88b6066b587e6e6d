#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# fsck: every kind of finding, and nothing but them.

load lib/common
load lib/findings

V=appvms/a/private

tidy() {
    ! mountpoint -q "$POOL/appvms/b" || umount "$POOL/appvms/b"
}

prepare() {
    umask 077
    mkdir "$A"
    chmod 755 "$A"
    truncate -s 1M "$A/p.img"
}

# --repair removes exactly these files, says so, and then nothing is found; a dry run says so and
# finds what it leaves.
repairs() {
    local name before after findings expected=()
    for name in "$@"; do expected+=("removed 'P/appvms/a/$name'"); done
    before=$(snapshot)
    rl --json fsck
    findings=$OUT
    rl --json --dry-run fsck --repair
    [ "$STATUS" = 1 ] || fail "status"
    [ "$OUT" = "$findings" ] || fail "expected these findings:" "$findings"
    says "${expected[@]/#removed/would remove}"
    [ "$(snapshot)" = "$before" ]
    before=$(ls "$A")
    ok fsck --repair
    says "${expected[@]}"
    after=$(ls "$A")
    [ "$after" = "$(grep -vxF "$(printf '%s\n' "$@")" <<<"$before")" ]
    [ -z "$OUT" ]
    finds
    before=$(snapshot)
    ok fsck --repair
    [ -z "$ERR" ] || fail "the second time"
    [ "$(snapshot)" = "$before" ]
}

# The directory $2 gets an ACL, its own (access) or for what will be made in it (default): the user 1000
# may read it.
set_acl() {
    python3 - "$@" <<-'END'
	import os, struct, sys
	entries = [(1, 7, -1), (2, 4, 1000), (4, 5, -1), (16, 5, -1), (32, 5, -1)]
	value = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", tag, perm, who & 0xffffffff)
	                                         for tag, perm, who in entries)
	os.setxattr(sys.argv[2], "system.posix_acl_" + sys.argv[1], value)
	END
}

@test "a pool in order has no findings" {
    ok create appvms/b/private --size=1M
    ok start appvms/b/private
    ok stop appvms/b/private --revisions-to-keep=2
    ok start appvms/b/private
    ok stop appvms/b/private --revisions-to-keep=2
    ok create vm-templates/t/root --size=1M
    touch "$A/firewall.xml"
    finds
    [ -z "$ERR" ]
}

@test "tempfile" {
    touch "$A/p.img~abcdefgh" "$A/p-dirty.img~abcdefgh"
    finds "p.img~abcdefgh tempfile" "p-dirty.img~abcdefgh tempfile"
    repairs "p.img~abcdefgh" "p-dirty.img~abcdefgh"
    touch "$A/p.img~abcdefgh" "$A/p-import.img"
    pastes tempfile
    finds "p-import.img import"
}

@test "import" {
    touch "$A/p-import.img"
    finds "p-import.img import"
    rl fsck --repair
    [ "$STATUS" = 1 ]
    [ -e "$A/p-import.img" ]
    mends
}

@test "stale-precache: of another state of the clean image, not of a template" {
    ok precache appvms/a/p
    finds
    touch -d 2018-01-01 "$A/p.img"
    finds "p-precache.img stale-precache"
    rl fsck --repair
    [ -e "$A/p-precache.img" ] || fail "it may be the last copy of a state"
    mends
    files p.img p-precache.img
    touch "$A/p-precache.img"
    finds "p-precache.img stale-precache"
    repairs p-precache.img
    truncate -s 1K "$A/p-precache.img"
    mends
    rm "$A/p.img"
    touch "$A/p-precache.img"
    finds # the next start of a snapshot may want it
}

@test "interrupted-commit" {
    ln "$A/p.img" "$A/p.img.1@2018-01-02T03:04:05Z"
    touch "$A/p.img.0@2017-01-02T03:04:05Z"
    finds "p.img.1@2018-01-02T03:04:05Z interrupted-commit"
    repairs "p.img.1@2018-01-02T03:04:05Z"
    ln "$A/p.img" "$A/p.img.1@2018-01-02T03:04:05Z"
    mends
    [ -e "$A/p.img" ]
}

@test "interrupted-commit: what is told to do loses nothing, even late or after something else" {
    ok create $V --size=1M
    for text in one two; do session $V $text --revisions-to-keep=3; done
    ok start $V
    write_to "$A/private-dirty.img" three
    # as the man page says, a commit that was killed between link and rename
    ln "$A/private.img" "$A/private.img.3@2018-01-02T03:04:05Z"
    finds "private.img.3@2018-01-02T03:04:05Z interrupted-commit" "private-dirty.img crashed"
    [ "$(commands | head -n 1)" = "$(commands crashed)" ] || fail "what is harmless comes last"
    pastes || true # the stop saw to the revision
    finds
    for text in one two; do
        cat "$A"/private.img.* | grep -aq $text || fail "$text is lost"
    done
    holds "$A/private.img" three
    ok start $V
    ln "$A/private.img" "$A/private.img.4@2018-01-02T03:04:05Z"
    late=$(commands interrupted)
    ok stop $V --revisions-to-keep=9
    bash -c "$late" && fail "it was not in time"
    holds "$A/private.img.4@2018-01-02T03:04:05Z" three
}

@test "shared-dirty: a dirty image that is a committed one by another name" {
    ln "$A/p.img" "$A/p-dirty.img"
    finds "p-dirty.img shared-dirty" "p-dirty.img crashed-either"
    attach "$A/p-dirty.img"
    finds "p-dirty.img shared-dirty" "p.img written-clean"
    rl start appvms/a/p
    [ "$STATUS" = 3 ] || fail
    losetup -d "$LOOP"
    LOOPS=()
    pastes shared
    finds "p-dirty.img crashed-either"
    differ "$A/p.img" "$A/p-dirty.img"
    mends
    rm "$A"/p*
    mkdir "$POOL/appvms/b"
    touch "$A/p-dirty.img"
    ln "$A/p-dirty.img" "$POOL/appvms/b/q.img"
    finds "p-dirty.img shared-dirty" "p-dirty.img only-copy"
    mends
}

@test "names that no command takes are no volumes" {
    long=$(printf 'l%.0s' {1..201})
    touch "$A"/{x-dirty-dirty.img,x-import.img.1@2018-01-02T03:04:05Z,x-precache-import.img} \
        "$A/$long.img" "$A/"$'t\tab.img'
    ok list
    [ "$(wc -l <<<"$OUT")" = 2 ] || fail
    rl fsck
    [ "$(grep -c ': foreign-file: ' <<<"$OUT")" = 5 ] || fail
    mends
    ok cleanup
}

@test "a VM that is started while fsck waits for its lock is running, and no finding" {
    ok create vm-templates/t/root --size=1M
    exec {lock}<"$A"
    flock "$lock"
    (exec {lock}<&-; "$BIN" -C "$POOL" fsck >"$RUN_SCRATCH/found" 2>&1; echo $? >"$RUN_SCRATCH/status") &
    # it has looked at loop devices and links when it waits
    for _ in {1..3000}; do
        ! ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q "$A\$" || [ "$(pgrep -fc "^$BIN -C $POOL fsck")" = 0 ] || break
        sleep 0.01
    done
    sleep 0.2
    ok start vm-templates/t/root
    attach "$POOL/vm-templates/t/root-dirty.img"
    ok start --snap-on-start=vm-templates/t/root appvms/b/root
    exec {lock}<&-
    wait
    [ "$(cat "$RUN_SCRATCH/status")" = 0 ] || fail "$(cat "$RUN_SCRATCH/found")"
}

@test "what belongs to a file system is no VM's directory" {
    requires_root
    mkdir "$POOL/appvms/lost+found" "$POOL/appvms/b"
    mount -t tmpfs tmpfs "$POOL/appvms/b"
    finds
    ok fsck --repair
    umount "$POOL/appvms/b"
    [ -d "$POOL/appvms/lost+found" ]
    finds "../b empty-directory"
}

@test "fsck of a volume in another pool, from anywhere, tells what to do there" {
    touch "$A/p.img.1@2018-01-02T03:04:05Z" "$A/p.img.1@2018-01-02T03:04:06Z" "$A/p-dirty.img"
    (
        cd /
        POOL=/ rl fsck "$A/p"
        [ "$STATUS" = 1 ]
        [[ "$OUT" == *"mv --backup=numbered -t '$POOL/lost/appvms/a' '"* ]] || fail
        [[ "$OUT" == *"reflinkctl -C '$POOL' stop "* ]] || fail
    )
}

@test "crashed: dirty beside clean, unless a loop device says that it runs" {
    touch "$A/p-dirty.img" "$A/p.img.3@2018-01-02T03:04:05Z" "$A/p.img.4@2018-01-02T03:04:05Z"
    finds "p-dirty.img crashed"
    mends
    files p.img p-precache.img "p.img.3@*" "p.img.4@*" "p.img.5@*"
    if [ "$(id -u)" = 0 ]; then
        cp "$A/p.img" "$A/p-dirty.img"
        loop=$(losetup --find --show "$A/p-dirty.img")
        rl fsck
        losetup -d "$loop"
        [ "$STATUS" = 0 ] || fail "status"
    fi
}

@test "crashed: both ways on are told, and what each does" {
    ok create $V --size=1M
    session $V one
    ok start $V
    write_to "$A/private-dirty.img" two
    touch -d 2018-01-02T03:04:05Z "$A/private.img"
    touch -d 2018-02-03T04:05:06Z "$A/private-dirty.img"
    rl fsck $V
    [ "$STATUS" = 1 ] || fail
    rm "$A/private-precache.img" 2>/dev/null || true
    [ "$(grep '^ ' <<<"$OUT")" = "\
    reflinkctl -C '$POOL' stop '$A/private'  # keep what was written until 2018-02-03T04:05:06Z
    # or: reflinkctl -C '$POOL' discard '$A/private'  # drop that, and go back to 2018-01-02T03:04:05Z" ] ||
        fail "other commands"
    rl --json fsck $V
    python3 -c 'import json, sys
(finding,) = json.load(sys.stdin)
assert [c.split()[3] for c in finding["commands"]] == ["stop", "discard"], finding' <<<"$OUT"
}

@test "written-clean: a committed image that somebody still writes to" {
    ok create $V --size=1M
    for text in one two; do session $V $text; done
    for image in "$A/private.img" "$A"/private.img.1@*; do
        exec {writer}<>"$image"
        finds "${image##*/} written-clean"
        rl fsck --repair
        [ "$STATUS $ERR" = "1 " ] || fail
        exec {writer}>&-
        finds
        exec {reader}<"$image"
        finds
        exec {reader}<&-
    done
    attach "$A/private.img"
    finds "private.img written-clean"
    pastes | grep -q "^$LOOP: " || fail "it doesn't say who"
}

@test "lost-writes: what was written last may not be on the disk" {
    ok create $V --size=1M
    session $V one
    ok start $V
    injected fsync:error=EIO:when=1 stop $V
    finds "private-dirty.img lost-writes" "private-dirty.img crashed"
    [ "$(commands lost)" != "$(commands crashed)" ] || fail
    pastes lost
    finds "private-dirty.img lost-writes" "private-dirty.img crashed"
    ok discard $V
    finds
    for image in private.img private.img.1@*; do # of another image, too
        python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.reflinkctl.lost", b"1")' "$A"/$image
        finds "$(cd "$A" && echo $image) lost-writes"
        python3 -c 'import os, sys; os.removexattr(sys.argv[1], "user.reflinkctl.lost")' "$A"/$image
    done
}

@test "of an origin whose clean image became a link of a template's, no command drops what it wrote" {
    ok create vm-templates/t/private --size=1M
    ok create $V --size=1M
    ok start $V
    write_to "$A/private-dirty.img" THESIS
    ln -f "$POOL/vm-templates/t/private.img" "$A/private.img" # hardlink(1)
    rl fsck
    [ "$STATUS" = 1 ] || fail
    pastes || true
    bash -c "reflinkctl() { '$BIN' \"\$@\"; }
        $(sed -n 's/^    //p' <<<"$OUT")"
    cat "$A"/* | grep -aq THESIS || fail "it is lost"
}

@test "only-copy: dirty without clean" {
    mv "$A/p.img" "$A/p-dirty.img"
    finds "p-dirty.img only-copy"
    rl fsck --repair
    [ "$STATUS" = 1 ]
    files p-dirty.img
    mends
}

@test "crashed-volatile and crashed-snapshot" {
    touch "$A/volatile-dirty.img"
    finds "volatile-dirty.img crashed-volatile"
    mends
    mkdir "$POOL/vm-templates/t"
    touch "$POOL/vm-templates/t/root.img" "$A/root-dirty.img"
    ln "$POOL/vm-templates/t/root.img" "$A/root.img"
    finds "root-dirty.img crashed-snapshot"
    [ -z "$(commands)" ] || fail "nobody needs to do anything"
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    ok stop --snap-on-start=vm-templates/t/root appvms/a/root
    finds
    [ -e "$POOL/vm-templates/t/root.img" ]
}

@test "crashed-either: a snapshot whose template has lost its image is one still" {
    ok create vm-templates/t/root --size=1M
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    for text in one two; do session vm-templates/t/root $text --revisions-to-keep=1; done
    finds "root-dirty.img crashed-either"
    mends
    # The way back that start names:
    rl start --snap-on-start=vm-templates/t/root appvms/a/root
    [ "$STATUS" = 3 ]
    [[ "$ERR" == *"remove it, and start it anew)" ]]
    ok remove appvms/a/root
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    holds "$A/root-dirty.img" two
}

@test "no image is told to have names elsewhere that may be behind a symbolic link" {
    mkdir "$POOL/store"
    ok create vm-templates/t/root --size=1M
    mv "$POOL/vm-templates/t" "$POOL/store"
    ln -s ../store/t "$POOL/vm-templates/t"
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    finds "root-dirty.img crashed-either"
}

@test "who reads what is found holds nobody up" {
    local i
    for ((i = 100; i < 500; i++)); do : >"$A/$(printf 'p.img~aaaaa%d' $i)"; done
    mkfifo "$RUN_SCRATCH/pipe"
    "$BIN" -C "$POOL" fsck >"$RUN_SCRATCH/pipe" 2>/dev/null 3>&- &
    fsck=$!
    exec 8<"$RUN_SCRATCH/pipe"
    rm "$RUN_SCRATCH/pipe"
    for ((i = 0; i < 500; i++)); do # until it fills the pipe
        [[ "$(cat /proc/$fsck/wchan)" != *pipe_w* ]] || break
        sleep 0.01
    done
    rl --wait=2 start appvms/a/p
    exec 8<&-
    wait $fsck || true
    [ "$STATUS" = 0 ] || fail
}

@test "a template that crashed is no snapshot, whose dirty image may go" {
    ok create vm-templates/t/root --size=1M
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    ok start vm-templates/t/root
    write_to "$POOL/vm-templates/t/root-dirty.img" precious
    finds "root-dirty.img crashed-snapshot" "../../vm-templates/t/root-dirty.img crashed"
    ok discard appvms/a/root
    (cd / && "$BIN" fsck "$POOL/vm-templates/t/root" | grep -q ': crashed: ')
    mends
    holds "$POOL/vm-templates/t/root.img" precious
}

@test "crashed-either: of volumes in appvms that share an image, nothing is advised that loses data" {
    ok create appvms/dvm/private --size=1M
    ok start --snap-on-start=appvms/dvm/private appvms/a/private
    finds "private-dirty.img crashed-either"
    rm "$A/private-dirty.img"
    touch -d 2018-01-01 "$A/private-precache.img" # of a snapshot, and nobody knows of what
    ok start appvms/dvm/private
    write_to "$POOL/appvms/dvm/private-dirty.img" precious
    finds "../dvm/private-dirty.img crashed-either"
    mends
    holds "$POOL/appvms/dvm/private.img" precious
}

@test "no-clean: only revisions" {
    mv "$A/p.img" "$A/p.img.3@2018-01-02T03:04:05Z"
    finds "p.img.3@2018-01-02T03:04:05Z no-clean"
    mends
    files p.img
}

@test "revisions that are none, and those that break the Python driver" {
    declare -A kinds=(
        [p.img@2018-01-02T03:04:05Z]=unnumbered-revision
        [p.img.1@2018-02-30T03:04:05Z]=impossible-date
        [p.img.1@2018-01-02T24:04:05Z]=impossible-date
        [p.img.1@todayZ]=odd-revision
        [p.img.1@2018-01-02T03:04:05.678Z]=odd-revision
        [p.img.1@2018-01-02T03:04:05+00:00Z]=odd-revision
        [p.img.1@2018-01-02Z]=odd-revision
        [p.img.18446744073709551615@2018-01-02T03:04:05Z]=odd-revision
        [p.img.99999999999999999999@2018-01-02T03:04:05Z]=odd-revision
        [p.img.007@2018-01-02T03:04:05Z]=odd-number
        [p.img.+1_0@2018-01-02T03:04:05Z]=odd-number
        [p.img.-1@2018-01-02T03:04:05Z]=odd-number
        [p.img.x@2018-01-02T03:04:05Z]=breaks-revisions
        [p.img.1__0@2018-01-02T03:04:05Z]=breaks-revisions
        [p.img._1@2018-01-02T03:04:05Z]=breaks-revisions
        [p.img.@2018-01-02T03:04:05Z]=breaks-revisions
        [p.img.1@2@2018-01-02T03:04:05Z]=breaks-revisions
        [p.img.1.y@2018-01-02T03:04:05Z]=breaks-revisions
    )
    for name in "${!kinds[@]}"; do
        touch "$A/$name"
        finds "$name ${kinds[$name]}"
        # What the driver does with it.
        python3 - "$A" "${kinds[$name]}" <<-END
	import collections, glob, sys
	prefix = sys.argv[1] + '/p.img.'
	try:
	    paths = glob.iglob(glob.escape(prefix) + '*@*Z')
	    items = sorted((path[len(prefix):-1].split('@') for path in paths), key=lambda i: int(i[0]))
	    collections.OrderedDict(items)
	    raised = False
	except ValueError:
	    raised = True
	assert raised == (sys.argv[2] == 'breaks-revisions'), sys.argv
	END
        mends
        rm -f "$A"/p.img.*@* "$POOL/lost/appvms/a/$name"
    done
}

@test "duplicate-number" {
    touch "$A/p.img.1@2018-01-02T03:04:05Z" "$A/p.img.1@2018-01-02T03:04:06Z"
    finds "p.img.1@2018-01-02T03:04:06Z duplicate-number"
    mends
    files p.img "p.img.1@*"
}

@test "not-regular" {
    ln -s p.img "$A/p-dirty.img"
    finds "p-dirty.img not-regular"
    mends
    mkfifo "$A/q.img"
    finds "q.img not-regular"
    mends
    mkdir "$A/q.img.1@2018-01-02T03:04:05Z"
    rl fsck
    [ "$STATUS" = 1 ]
}

@test "linked-elsewhere, but not from snapshots in the pool" {
    mkdir "$POOL/vm-templates/t"
    mv "$A/p.img" "$POOL/vm-templates/t/root.img"
    ln "$POOL/vm-templates/t/root.img" "$A/root.img"
    finds
    ln "$A/root.img" "$POOL/mine"
    next_tick
    finds "root.img linked-elsewhere" "../../vm-templates/t/root.img linked-elsewhere"
    rm "$POOL/mine"
    finds
    ln "$A/root.img" "$POOL/mine"
    chmod 400 "$A/root.img"
    before=$(stat -c '%a %y' "$A/root.img")
    next_tick
    echo mine >"$A/root.img.new"
    pastes linked
    [ "$(cat "$A/root.img.new")" = mine ] || fail "it took a name that was taken"
    rm "$A/root.img.new"
    mends
    [ "$(stat -c '%a %y' "$A/root.img")" = "$before" ]
}

@test "a command that fails, or comes when another has done away with its file, leaves nothing" {
    mkdir -p "$RUN_SCRATCH/failing"
    for kind in linked nocow; do
        [ $kind$FS != nocowxfs ] && [ $kind$FS != nocowext4 ] || continue
        rm "$A"/*
        touch "$A/p.img"
        [ $kind = linked ] || chattr +C "$A/p.img"
        touch -d 2018-01-02 "$A/p.img"
        echo work >"$A/p-dirty.img"
        [ $kind = nocow ] || ln "$A/p-dirty.img" "$POOL/mine"
        next_tick
        [[ "$(commands $kind)" == *p-dirty.img*.new* ]] || fail
        before=$(ls -li "$A")
        for tool in cp sync mv; do
            ln -s "$(type -P false)" "$RUN_SCRATCH/failing/$tool"
            ! PATH=$RUN_SCRATCH/failing:$PATH pastes $kind || fail "$kind: $tool didn't fail"
            rm "$RUN_SCRATCH/failing/$tool"
            [ "$(ls -li "$A")" = "$before" ] || fail "$kind: what $tool left stays"
        done
        pastes || true # a stop among them, and what comes too late after it
        files p.img p.img.1@\* p-precache.img
        holds "$A/p.img" work
        rm -f "$POOL/mine"
    done
}

@test "linked-in-use: no command that takes the image from under a running VM" {
    touch "$A/p-dirty.img"
    ln "$A/p-dirty.img" "$POOL/mine"
    next_tick
    finds "p-dirty.img crashed-either" "p-dirty.img linked-elsewhere"
    attach "$A/p-dirty.img"
    finds "p-dirty.img linked-in-use"
    rl --json fsck
    [[ $OUT == *"\"find / -samefile '"* ]] || fail
}

@test "older-dirty: in a pool that was copied while the VM ran, the clean image may be the newer one" {
    ok create $V --size=1M
    session $V one
    ok start $V
    write_to "$A/private-dirty.img" two
    cp -r "$POOL/appvms/a" "$POOL/appvms/b"
    rm "$A"/private*
    touch -d 2018-01-02 "$POOL/appvms/b/private-dirty.img" # copied before it was written to last
    touch -d 2018-01-03 "$POOL/appvms/b/private.img"
    finds "../b/private-dirty.img older-dirty"
    [ "$(grep -c "  # " < <("$BIN" -C "$POOL" fsck))" = 3 ] || fail "three ways"
    mends
    holds "$POOL/appvms/b/private.img" one
    holds "$POOL/lost/appvms/b/private-dirty.img" two
    [ "$(stat -c %a "$POOL/lost" "$POOL/lost/appvms" "$POOL/lost/appvms/b" | uniq)" = 700 ] || fail "others can look"
    # one that somebody writes to is a running VM's
    touch -d 2018-01-01 "$POOL/appvms/b/private-dirty.img"
    exec {writer}<>"$POOL/appvms/b/private-dirty.img"
    finds
    exec {writer}>&-
    finds "../b/private-dirty.img older-dirty"
}

@test "written-later: a revision that somebody mounted without ro" {
    ok create $V --size=1M
    for text in one two three; do session $V $text; done
    ok pin $V 2 two
    finds
    sleep 1.1
    write_to "$A"/private.img.2@*Z TWO
    finds "private.img.2@* written-later" "private.img.2@*+two written-later"
    later=$(date -u -d "@$(stat -c %Y "$A"/private.img.2@*Z)" +%FT%TZ)
    mends
    [ -e "$A/private.img.2@$later" ] && [ -e "$A/private.img.2@$later+two" ] || fail
    # a copy has the time when it was made, and that of another driver always
    cp "$A"/private.img.1@* "$A/copy"
    mv "$A/copy" "$A/private.img.0@2018-01-02T03:04:05Z"
    finds
    exec {writer}<>"$A/private.img.2@$later"
    touch "$A/private.img.2@$later"
    sleep 1.1
    touch "$A/private.img.2@$later"
    finds "private.img.2@* written-clean" "private.img.2@*+two written-clean"
    exec {writer}>&-
}

@test "unnumbered-revision: it becomes one, older than the others" {
    touch "$A/p.img.5@2019-01-02T03:04:05Z" "$A/p.img.7@2019-02-02T03:04:05Z"
    for text in 2017 2018; do echo $text >"$A/p.img@$text-01-02T03:04:05Z"; done
    finds "p.img@2017-01-02T03:04:05Z unnumbered-revision" "p.img@2018-01-02T03:04:05Z unnumbered-revision"
    mends
    holds "$A/p.img.3@2017-01-02T03:04:05Z" 2017
    holds "$A/p.img.4@2018-01-02T03:04:05Z" 2018
    # of a day that does not exist, and where there is no room below the oldest
    touch "$A/p.img@2015-02-30T03:04:05Z"
    mends
    touch "$A/p.img.0@2016-01-02T03:04:05Z" "$A/p.img@2015-01-02T03:04:05Z"
    mends
    [ "$(ls "$POOL/lost/appvms/a")" = "p.img@2015-01-02T03:04:05Z
p.img@2015-02-30T03:04:05Z" ] || fail
    rm "$A"/p.img.*
    for text in 2017 2018; do echo $text >"$A/p.img@$text-01-02T03:04:05Z"; done
    mends
    holds "$A/p.img.0@2017-01-02T03:04:05Z" 2017
    holds "$A/p.img.1@2018-01-02T03:04:05Z" 2018
    # beside a commit that gets a number too
    rm "$A"/p*.img*
    truncate -s 1M "$A/p.img"
    ok start appvms/a/p
    for text in 2017 2018; do echo $text >"$A/p.img@$text-01-02T03:04:05Z"; done
    pastes
    ! ls "$A"/p.img.1@2018* || fail "a number twice"
}

@test "blocks-volatile and file-driver: what the driver 'file' left, wherever it stands" {
    touch "$A/root-cow.img" "$A/root-cow.img.old" "$A/private-cow.img" "$A/volatile.img"
    rl start --volatile --size=1M appvms/a/volatile
    [ "$STATUS" = 3 ] || fail
    finds "root-cow.img file-driver" "root-cow.img.old file-driver" "private-cow.img file-driver" \
        "volatile.img blocks-volatile"
    mends
    files p.img
    ok start --volatile --size=1M appvms/a/volatile
    touch "$A/volatile.img" # which may be that of an origin
    finds "volatile-dirty.img older-dirty" || finds "volatile-dirty.img crashed-either"
    rm "$A"/volatile*
    # volumes that are called so
    ok create appvms/a/root-cow --size=1M
    session appvms/a/root-cow one
    ok create appvms/a/data-cow --size=1M
    finds
}

@test "readable: others can open an image" {
    requires_root
    chmod 755 "$POOL" "$POOL/appvms"
    finds
    chmod 604 "$A/p.img"
    chmod 644 "$A/firewall.xml" 2>/dev/null || touch "$A/firewall.xml"
    finds ".. readable"
    # not where nobody gets to
    for dir in "$POOL" "$POOL/appvms" "$A"; do
        chmod o= "$dir"
        finds
        chmod 755 "$dir"
    done
    mends
    [ "$(stat -c %a "$A/p.img")" = 600 ] || fail
    # the group of the directories, as on Qubes OS, is not meant
    chmod 640 "$A/p.img"
    finds
    chgrp 1000 "$A/p.img"
    finds ".. readable"
    mends
    chgrp -R 1000 "$POOL/appvms"
    chmod 660 "$A/p.img"
    finds
    chmod 666 "$A/p.img"
    rl fsck appvms/a/p
    [ "$STATUS" = 0 ] || fail "it is of the pool"
}

@test "what somebody says is theirs is told no more" {
    touch "$A/index" "$A/.hidden" "$A/p.img@2018-01-02T03:04:05Z" "$A/mine.keep"
    ln -s /nowhere "$A/link"
    mkdir -p "$POOL/appvms/backup/more"
    touch "$POOL/appvms/backup/notes" "$POOL/appvms/backup/more/notes"
    finds "index foreign-file" "link stray-link" "p.img@2018-01-02T03:04:05Z unnumbered-revision" \
        "../backup/more no-images" "../backup/notes foreign-file" "../backup/more/notes foreign-file"
    [[ "$(commands foreign)" == "touch '"*"/index.keep'"* ]] || fail "it is sent away"
    touch "$A/index.keep" "$A/link.keep" "$A/p.img@2018-01-02T03:04:05Z.keep" "$POOL/appvms/backup.keep"
    finds
    touch "$A/p-dirty.img" "$A/p-dirty.img.keep" # images have to be in order
    finds "p-dirty.img crashed-either"
    rm "$POOL/appvms/backup.keep" "$A"/p-dirty*
    pastes
    finds
    ok fsck --repair
    [ -e "$POOL/appvms/backup/more/notes" ] || fail
}

@test "on a read-only file system no command is told that cannot work there" {
    requires_root
    touch "$A/p-dirty.img" "$A/notes" "$A/p.img~abcdefgh"
    exec {reader}<"$A/p.img"
    attach "$A/p.img"
    mount --bind "$POOL" "$POOL"
    mount -o remount,bind,ro "$POOL"
    rl fsck
    umount "$POOL"
    [ "$STATUS" = 1 ] || fail
    [ "$(grep -c "^    # the file system is read-only" <<<"$OUT")" = 3 ] || fail
    [ "$(grep "^ " <<<"$OUT" | grep -v "#")" = "    losetup -j '$A/p.img'" ] || fail
    [ "$FS" = btrfs ] || return 0
    btrfs -q subvolume snapshot -r "$RUN_SCRATCH/$FS" "$RUN_SCRATCH/$FS/ro"
    rl -C "$RUN_SCRATCH/$FS/ro/pool" fsck
    btrfs -q subvolume delete "$RUN_SCRATCH/$FS/ro"
    [ "$(grep "^ " <<<"$OUT" | grep -v "#")" = "" ] || fail
}

@test "nocow-mix" {
    [ "$FS" = btrfs ] || return 0
    touch "$A/p-precache.img"
    chattr +C "$A/p-precache.img"
    truncate -s 1M "$A/p-precache.img"
    touch -r "$A/p.img" "$A/p-precache.img"
    finds "p-precache.img nocow-mix"
    mends
    # whatever files get in that directory
    chattr +C "$A"
    echo old >"$A/p.img.1@2018-01-02T03:04:05Z"
    finds "p.img.1@2018-01-02T03:04:05Z nocow-mix"
    mends
    chattr -C "$A"
    rm "$A"/p*
    touch "$A/p.img"
    chattr +C "$A/p.img"
    echo old >"$A/p.img.1@2018-01-02T03:04:05Z"
    finds "p.img.1@2018-01-02T03:04:05Z nocow-mix"
    touch "$A/p.img.1@2018-01-02T03:04:05Z.new"
    ! pastes nocow || fail "it took a name that was taken"
    rm "$A/p.img.1@2018-01-02T03:04:05Z.new"
    mends
    [ "$(cat "$A/p.img.1@2018-01-02T03:04:05Z")" = old ]
}

@test "nocow-mix: the command works in a directory that compresses, or never does" {
    [ "$FS" = btrfs ] || return 0
    for how in "chattr +c $A" "chattr +m $A" "btrfs property set $A compression zstd" "btrfs property set $A compression none"; do
        rm -r "$A"
        mkdir "$A" "$POOL/nocow"
        chattr +C "$POOL/nocow"
        echo new >"$POOL/nocow/p.img"
        mv "$POOL/nocow/p.img" "$A"
        rmdir "$POOL/nocow"
        $how
        echo old >"$A/p.img.1@2018-01-02T03:04:05Z"
        finds "p.img.1@2018-01-02T03:04:05Z nocow-mix"
        mends
        [ "$(cat "$A/p.img.1@2018-01-02T03:04:05Z")" = old ]
    done
}

@test "flags that a file system doesn't have are no error, however it says so" {
    touch "$A/p.img.1@2018-01-02T03:04:05Z"
    for error in ENOTTY EOPNOTSUPP EINVAL; do
        under_strace -P "$A/p.img" -P "$A/p.img.1@2018-01-02T03:04:05Z" -e trace=ioctl \
            -e "inject=ioctl:error=$error" -- fsck
        [[ "$TRACE" == *INJECTED* ]] || fail
        [ "$STATUS" = 0 ] || fail "$error"
    done
}

@test "no nocow-mix is told of an image that is attached: the VM would write to what was replaced" {
    [ "$FS" = btrfs ] || return 0
    touch "$A/p-dirty.img"
    chattr +C "$A/p-dirty.img"
    truncate -s 1M "$A/p-dirty.img"
    finds "p-dirty.img crashed-either" "p-dirty.img nocow-mix"
    attach "$A/p-dirty.img"
    finds
}

@test "an image that can't be examined is an error, and the rest is looked at" {
    requires_root
    touch "$A/p.img.1@2018-01-02T03:04:05Z" "$A/notes"
    chmod 644 "$A/p.img.1@2018-01-02T03:04:05Z"
    chmod 755 "$RUN_SCRATCH" "$RUN_SCRATCH/$FS"
    STATUS=0
    OUT=$(setpriv --reuid=65534 --clear-groups "$BIN" -C "$POOL" fsck 2>"$RUN_SCRATCH/stderr") ||
        STATUS=$?
    ERR=$(cat "$RUN_SCRATCH/stderr")
    [ "$STATUS" = 6 ] || fail "expected status 6"
    says "cannot open 'P/appvms/a/p.img': Permission denied"
    [[ "$OUT" == *"/notes': foreign-file: "* ]] || fail "the rest"
}

@test "file-driver and foreign-file" {
    ok create appvms/a/data-cow --size=1M # a volume
    finds
    ok remove appvms/a/data-cow
    touch "$A/root.img" "$A/root-cow.img" "$A/root-cow.img.old"
    finds "root-cow.img file-driver" "root-cow.img.old file-driver"
    rm "$A"/root*
    touch "$A/notes"
    finds "notes foreign-file"
    rl fsck --repair
    [ "$STATUS" = 1 ]
    mends
    files p.img notes notes.keep
}

@test "stray-link: not one to a directory in the pool, which a VM may need" {
    mkdir -p "$POOL/store/x" "$POOL/appvms/group"
    truncate -s 1M "$POOL/store/x/p.img"
    ln -s ../store/x "$POOL/appvms/x"
    ln -s "$POOL/store/x" "$POOL/appvms/group/y"
    ok verify appvms/x/p
    ok verify appvms/group/y/p
    finds
    ln -s nowhere "$POOL/appvms/z"
    ln -s / "$A/outside"
    ln -s p.img "$A/other"
    finds "../z stray-link" "outside stray-link" "other foreign-file"
    mends
    [ "$(readlink "$POOL/lost/appvms/a/outside")" = / ]
    # a link made where a directory was to become one
    for top in appvms vm-templates; do
        ln -s /mnt/elsewhere "$POOL/$top/$top"
        finds "$(realpath -s --relative-to="$A" "$POOL/$top/$top") stray-link"
        mends
        [ -d "$POOL/$top" ] && [ -L "$POOL/lost/$top/$top" ] || fail
    done
    # those of Qubes may lead anywhere
    ln -s /usr/share/icons/none.png "$A/icon.png"
    finds
}

@test "empty-directory and no-images" {
    mkdir "$POOL/appvms/b"
    finds "../b empty-directory"
    rl fsck
    findings=$OUT
    rl --dry-run fsck --repair
    [ "$STATUS $OUT" = "1 $findings" ] || fail "expected:" "$findings"
    says "would remove directory 'P/appvms/b'"
    ok fsck --repair
    says "removed directory 'P/appvms/b'"
    mkdir "$POOL/vm-templates/c"
    mends
    mkdir -p "$POOL/vm-templates/c/d"
    touch "$POOL/vm-templates/c/d/e"
    finds "../../vm-templates/c/d no-images" "../../vm-templates/c/d/e foreign-file"
}

@test "an empty directory that was made ready for a VM is no finding, and stays" {
    requires_root
    umask 022
    # DIRECTORY COMMAND...: what makes it ready
    ready() {
        mkdir "$POOL/appvms/$1"
        "${@:2}" "$POOL/appvms/$1"
    }
    ready owner chown 1000
    ready group chgrp 1000
    ready private chmod 700
    ready sticky chmod +t
    ready shared chmod g+s
    ready note python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.note", b"for work")'
    ready acl set_acl access
    ready default set_acl default
    ready flag chattr +d
    case $FS in
    btrfs) ready cow chattr +C && ready compressed chattr +c ;;
    xfs) ready project xfs_io -c "chattr +P" ;;
    esac
    finds
    ok fsck --repair
    ready plain true
    finds "../plain empty-directory"
    ok fsck --repair
    says "removed directory 'P/appvms/plain'"
}

@test "what an empty directory has from its parent is no preparation" {
    requires_root
    umask 022
    chmod 2770 "$POOL/vm-templates"
    chown 1000:1000 "$POOL/vm-templates"
    if [ "$FS" = btrfs ]; then
        chattr +C "$POOL/vm-templates"
    else
        chattr +d "$POOL/vm-templates"
    fi
    mkdir "$POOL/vm-templates/a"
    finds "../../vm-templates/a empty-directory"
    set_acl default "$POOL/vm-templates"
    mkdir "$POOL/vm-templates/b" "$POOL/vm-templates/c"
    chmod 700 "$POOL/vm-templates/c"
    finds "../../vm-templates/a empty-directory" "../../vm-templates/b empty-directory"
    ok fsck --repair
    [ "$(ls "$POOL/vm-templates")" = c ] || fail
    (umask 077 && mkdir "$POOL/appvms/b" && ok fsck --repair)
    [ ! -e "$POOL/appvms/b" ] || fail
}

@test "--repair leaves a directory that its removals emptied no longer there" {
    mkdir "$POOL/appvms/b"
    touch "$POOL/appvms/b/x.img~abcdefgh"
    rl --dry-run fsck --repair
    says "would remove 'P/appvms/b/x.img~abcdefgh'" "would remove directory 'P/appvms/b'"
    [ "$STATUS $(grep -c '^[^ ]' <<<"$OUT")" = "1 1" ] || fail "expected one finding"
    ok fsck --repair
    says "removed 'P/appvms/b/x.img~abcdefgh'" "removed directory 'P/appvms/b'"
}

@test "fsck VOLUME looks at that one only" {
    touch "$A/p2.img~abcdefgh" "$A/p-dirty.img" "$A/notes"
    rl fsck appvms/a/p
    [ "$STATUS" = 1 ]
    [ "$(wc -l <<<"$OUT")" = 3 ]
    [[ $OUT == *p-dirty.img*" crashed-either: "*"stop "*"discard "* ]]
    fails 4 fsck appvms/a/nothing
    fails 4 fsck appvms/nowhere/p
    fails 2 fsck appvms/a/p-dirty
    rl -C "$A" fsck p
    [ "$STATUS" = 1 ]
}

@test "deleted-dirty: removed while a loop device has it" {
    requires_root
    ok create $V --size=1M
    session $V monday --revisions-to-keep=0
    ok start $V
    attach "$A/private-dirty.img"
    write_to "$LOOP" tuesday
    rm "$A/private-dirty.img"
    finds "private-dirty.img deleted-dirty"
    rl fsck appvms/a/p
    [ "$STATUS" = 0 ] || fail
    late deleted
    pastes
    holds "$A/private.img" tuesday
    holds "$A"/private.img.*Z monday
    losetup -d "$LOOP"
    LOOPS=()
    finds
    attach "$A/p.img" # most likely the same device
    comes_too_late
    # a snapshot's is dropped
    ok create vm-templates/t/root --size=1M
    ok start --snap-on-start=vm-templates/t/root appvms/b/root
    losetup -d "$LOOP"
    LOOPS=()
    attach "$POOL/appvms/b/root-dirty.img"
    rm "$POOL/appvms/b/root-dirty.img"
    finds
}

@test "where there is no pool, there is nothing to say" {
    rm -r "$POOL/appvms" "$POOL/vm-templates"
    fails 4 fsck
    fails 4 --json fsck
    [ -z "$OUT" ]
}

@test "fsck waits for a transition, for as long as --wait says" {
    exec {fd}<"$A"
    flock "$fd"
    rl --wait=0 fsck
    exec {fd}<&-
    [ "$STATUS" = 5 ]
}

@test "every kind is in the table of reflinkctl(5), and no other" {
    [ "$FS" != xfs ] || return 0
    top=$BATS_TEST_DIRNAME/..
    diff <(sed -nE 's/^.*\.name = "([a-z-]+)",.*/\1/p' "$top/subcmd/pool/finding.c" | sort -u) \
        <(sed -n '/^\.Sh WHAT FSCK FINDS/,/^\.Sh COMP/p' "$top/man/reflinkctl.5" |
            sed -nE 's/^\.It Cm ([a-z-]+)$/\1/p' | sort)
}

# The first command for the kind $1, as it is told now, for a paste that comes late.
late() {
    LATE=$(commands "$1" | head -n 1)
    [ -n "$LATE" ] || fail "no $1"
}

# Paste it, in each of the shells; in none does it change any file.
comes_too_late() {
    local shell before
    before=$(snapshot | grep -v ' d$')
    for shell in bash sh; do
        $shell -c "reflinkctl() { '$BIN' \"\$@\"; }
            $LATE" || true
        [ "$(snapshot | grep -v ' d$')" = "$before" ] || fail "$shell: $LATE"
    done
}

@test "a command of fsck that is pasted twice, or late, takes nothing good away" {
    touch "$RUN_SCRATCH/good" "$RUN_SCRATCH/other"
    rm "$A/p.img"
    ln -s "$RUN_SCRATCH/good" "$A/p.img"
    late linked-image
    pastes linked
    [ "$(ls -A "$POOL/lost/appvms/a")" = p.img ] && [ ! -L "$A/p.img" ] || fail
    comes_too_late
    rm -r "$POOL/lost"

    touch -d 2018-01-01 "$A/p-dirty.img"
    late older-dirty
    exec {writer}<>"$A/p-dirty.img" # a VM that was started since, and hasn't written yet
    comes_too_late
    exec {writer}>&-
    pastes older
    cp "$A/p.img" "$A/p-dirty.img"
    touch -r "$A/p.img" "$A/p-dirty.img" # as start makes it
    comes_too_late
    rm -r "$A/p-dirty.img" "$POOL/lost"

    ln -s nowhere "$A/p-dirty.img"
    late not-regular
    pastes not-regular
    touch "$A/p-dirty.img"
    comes_too_late
    rm -r "$A/p-dirty.img" "$POOL/lost"

    ln -s nowhere "$POOL/appvms/b"
    late stray-link
    pastes stray
    mkdir "$POOL/appvms/b"
    comes_too_late
    rm -r "$POOL/appvms/b" "$POOL/lost"

    touch -d 2018-01-01 "$A/p-precache.img"
    late stale-precache
    pastes stale
    ok precache appvms/a/p
    cp "$RUN_SCRATCH/other" "$A/p.img" # a backup
    comes_too_late
    rm "$A/p-precache.img"

    mv "$A/p.img" "$A/p.img.3@2018-01-02T03:04:05Z"
    touch "$A/p.img.2@2018-01-01T03:04:05Z"
    late no-clean
    pastes no-clean
    comes_too_late

    touch "$POOL/appvms/notes"
    mkdir "$POOL/appvms/b"
    touch "$POOL/appvms/b/notes"
    rl --json fsck
    LATE=$(python3 -c 'import json, sys
print(*[f["commands"][1] for f in json.load(sys.stdin) if f["kind"] == "no-images"])' <<<"$OUT")
    touch "$POOL/appvms/b/p.img"
    comes_too_late
}

@test "a command of fsck that replaces an image leaves one that a VM has begun to write to" {
    touch "$A/p-dirty.img"
    ln "$A/p-dirty.img" "$POOL/mine"
    next_tick
    late linked-elsewhere
    exec {writer}<>"$A/p-dirty.img"
    comes_too_late
    exec {writer}>&-
    [ "$FS" = btrfs ] || return 0
    rm "$A"/* "$POOL/mine"
    touch "$A/p.img" "$A/p-precache.img"
    chattr +C "$A/p-precache.img"
    touch -r "$A/p.img" "$A/p-precache.img"
    late nocow-mix
    exec {writer}<>"$A/p-precache.img"
    comes_too_late
    exec {writer}>&-
}

@test "linked-image: where there is no room for the image, the link stays" {
    mkdir -p "$RUN_SCRATCH/failing"
    mv "$A/p.img" "$POOL/elsewhere"
    ln -s ../../elsewhere "$A/p.img"
    for tool in touch sync mv; do
        ln -s "$(type -P false)" "$RUN_SCRATCH/failing/$tool"
        ! PATH=$RUN_SCRATCH/failing:$PATH pastes linked || fail "$tool didn't fail"
        rm "$RUN_SCRATCH/failing/$tool"
        [ "$(ls -A "$A")" = p.img ] && [ -L "$A/p.img" ] || fail
    done
    [ -L "$A/p.img" ] || fail
    mends
}
