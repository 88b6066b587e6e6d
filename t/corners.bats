#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Where seldom anybody comes: no other test reaches the lines that this is about (t/coverage).

load lib/common
load lib/disks

V=appvms/a/private

# An image with some data, and a revision.
volume() {
    mkdir -p "$A"
    head -c 1M /dev/urandom >"$A/private.img"
    head -c 1M /dev/urandom >"$A/private.img.1@2018-01-02T03:04:05Z"
}

tidy() {
    ! mountpoint -q "$POOL/appvms/b" || umount "$POOL/appvms/b"
    remove_disks
}

@test "in a directory that was removed, it is told" {
    mkdir "$POOL/gone"
    cd "$POOL/gone"
    rmdir "$POOL/gone"
    STATUS=0
    ERR=$("$BIN" list 2>&1) || STATUS=$?
    [ "$STATUS" = 6 ] || fail
    [ "$ERR" = "reflinkctl: cannot tell the current directory: No such file or directory" ] || fail
}

@test "a pool named with .. is told by its path, if the kernel can tell it" {
    ok create $V --size=1M
    POOL=$POOL/appvms/.. ok export $V
    [ "$OUT" = "$POOL/$V.img" ]
    POOL=$POOL/appvms/.. under_strace -e trace=readlink,readlinkat \
        -e inject=readlink,readlinkat:error=ENOENT -- export $V
    [ "$OUT" = "$POOL/appvms/../$V.img" ] || fail
}

@test "kernels without openat2 go step by step, and follow no link" {
    ok create $V --size=1M
    injected openat2:error=ENOSYS start $V
    [ "$STATUS" = 0 ] || fail
    files private.img private-dirty.img
    ln -s a "$POOL/appvms/link"
    injected openat2:error=ENOSYS start appvms/link/private
    [ "$STATUS" = 4 ] || fail
    says "cannot open directory 'P/appvms/link': Not a directory"
    long=$(printf 'l%.0s' {1..256})
    injected openat2:error=ENOSYS start "appvms/$long/private"
    [ "$STATUS" = 6 ] || fail
    [[ "$ERR" == *": File name too long" || "$ERR" == *": Filename too long" ]] || fail
}

@test "an absolute link to nowhere is none into the pool" {
    ln -s /nowhere "$A"
    fails 4 verify $V
}

@test "the volume of a file system's root directory is looked for there" {
    rl verify /no-such-volume
    [ "$STATUS" = 4 ] || fail
    says "cannot find '/no-such-volume.img': $NO_SUCH"
    rl -n setup --setup-check=no /no-such-pool
    [ "$STATUS" = 0 ] || fail
    says "would create directory '/no-such-pool'" "would create directory '/no-such-pool/appvms'" \
        "would create directory '/no-such-pool/vm-templates'"
}

@test "a path that gets too long by what its links mean is included nowhere" {
    local name deep=$POOL short=$POOL
    name=$(printf 'n%.0s' {1..250})
    while [ ${#deep} -lt 3300 ]; do
        mkdir -p "$deep/$name/$name/$name"
        ln -s "$name/$name/$name" "$deep/link"
        deep+=/$name/$name/$name short+=/link
    done
    rl included-in "$short/$name/$name/$name" "pool=$POOL"
    [ "$STATUS" = 6 ] || fail
    [ "$(wc -l <<<"$ERR")" = 1 ]
    [[ "$ERR" == *": File name too long" || "$ERR" == *": Filename too long" ]] || fail
}

# The how manieth openat(2) of a dry run wants an unnamed file?
tmpfile_of() {
    strace -qq -e trace=openat -e signal=none "$BIN" -q -n -C "$POOL" "$@" 2>&1 >/dev/null |
        grep -n O_TMPFILE | head -n 1 | cut -d: -f1
}

@test "where not even a named tempfile can be created, that is told" {
    mkdir "$A"
    number=$(tmpfile_of create --size=1M $V)
    injected "openat:error=EOPNOTSUPP:when=$number+" create --size=1M $V
    [ "$STATUS" = 6 ] || fail
    [[ "$ERR" == "reflinkctl: cannot create '$A/private.img': "*"upported" ]] || fail
    files
    injected "openat:error=EOPNOTSUPP:when=$(tmpfile_of check "$A")" -n check "$A"
    [ "$STATUS" = 1 ] || fail
    [[ "$OUT" == "perhaps: $FS: "* || "$OUT" == "no: ext4: "* ]] || fail
}

@test "a directory that something is mounted on is emptied, and stays" {
    requires_root
    mkdir "$POOL/appvms/b"
    mount -t tmpfs tmpfs "$POOL/appvms/b"
    ok create appvms/b/private --size=1M
    ok remove appvms/b/private
    says "removed 'P/appvms/b/private.img'"
    [ -z "$(ls -A "$POOL/appvms/b")" ]
}

@test "links on two file systems of one pool are told apart" {
    requires_root
    umask 077
    volume
    ln "$A/private.img" "$A/root.img"
    mkdir "$POOL/appvms/b"
    mount -t tmpfs tmpfs "$POOL/appvms/b"
    echo data >"$POOL/appvms/b/private.img"
    ln "$POOL/appvms/b/private.img" "$POOL/appvms/b/root.img"
    rl fsck
    [ "$STATUS" = 0 ] || fail
    ln "$POOL/appvms/b/private.img" "$POOL/appvms/b/elsewhere"
    rl fsck
    [ "$STATUS" = 1 ] || fail
}

@test "where a directory doesn't say what its files are, they are asked" {
    requires_root
    disk untyped 64M mkfs.ext4 -q -O ^filetype
    POOL=$DISKS/untyped A=$DISKS/untyped/appvms/a
    ok setup --setup-check=no "$POOL"
    ok create $V --size=1M
    session $V one
    touch "$A/private.img~abcdefgh"
    ok cleanup
    says "removed 'P/$V.img~abcdefgh'"
    ok list
    [ "$(wc -l <<<"$OUT")" = 2 ] || fail
    ok fsck
    mkdir "$A/private-dirty.img"
    rl start $V
    says "cannot use 'P/$V-dirty.img': not a regular file"
}

@test "what takes up space is measured in files of all sorts, wherever the volume is" {
    mkdir -p "$POOL/else/where" "$A"
    printf tiny >"$POOL/else/where/private.img" # btrfs has it in its tree
    head -c 1M /dev/urandom >"$POOL/else/where/private.img.1@2018-01-02T03:04:05Z"
    # an extent that is referred to twice
    head -c 1M /dev/urandom >"$A/private.img.1@2018-01-02T03:04:05Z"
    sync "$A/private.img.1@2018-01-02T03:04:05Z"
    fallocate -p -o 256K -l 256K "$A/private.img.1@2018-01-02T03:04:05Z"
    echo clean >"$A/private.img"
    mkfifo "$A/fifo"
    echo foreign >"$A/foreign"
    ok --json revisions --exclusive else/where/private
    ! has_reflinks || [[ "$OUT" == *'"exclusive": 1048576'* ]] || fail
    ok list --exclusive
    ok --json revisions --exclusive $V
    case $FS in
    btrfs) [[ "$OUT" == *'"exclusive": 1048576'* ]] || fail ;; # it keeps the whole
    xfs) [[ "$OUT" == *'"exclusive": 786432'* ]] || fail ;;
    esac
    # and if that fails, a dry run goes on without it
    for number in {1..20}; do
        injected "ioctl:error=EIO:when=$number" -n prune --revisions-to-keep=0 $V
        [ "$STATUS" = 0 ] || fail
        grep -qE '(FIEMAP|TREE_SEARCH).*INJECTED' <<<"$TRACE" || continue
        [[ "$ERR" == "reflinkctl: warning: cannot "*"would remove "* ]] || fail "$TRACE"
    done
    # what has gone meanwhile, takes up none
    has_reflinks || return 0
    traced openat info --exclusive $V
    number=$(grep -n '"foreign"' <<<"$TRACE" | head -n 1 | cut -d: -f1)
    expected=$OUT
    injected "openat:error=ENOENT:when=$number" info --exclusive $V
    [ "$STATUS $OUT" = "0 $expected" ] || fail
}

@test "fsck of one volume finds the pool that it is in, or does without" {
    mkdir -p "$POOL/else/where" "$POOL/appvms/appvms"
    touch "$POOL/else/where/private.img" "$POOL/appvms/appvms/private.img"
    ok fsck else/where/private
    ok fsck appvms/appvms/private
    touch "$POOL/appvms/appvms/private.img.7 @2018-01-02T03:04:05Z"
    rl fsck appvms/appvms/private
    [[ "$OUT" == *": odd-number: "* ]] || fail
}

@test "a volume in a pool that isn't there is told" {
    fails 4 verify "$RUN_SCRATCH/nowhere/appvms/a/private"
    fails 2 stop --volatile --save-on-stop $V
    fails 2 -x list
    rl -C nowhere -C further list
    [ "$STATUS" = 4 ] || fail
}

@test "who may not link what is open takes the way through /proc" {
    injected linkat:error=ENOENT:when=1 create $V --size=1M
    [ "$STATUS" = 0 ] || fail
    [[ "$TRACE" == *'"/proc/self/fd/'*"AT_SYMLINK_FOLLOW"* ]] || fail
    files private.img
}

@test "a directory that somebody made, and removed again, is made once more; but not for ever" {
    injected mkdirat:error=EEXIST:when=1 create $V --size=1M
    [ "$STATUS" = 0 ] || fail
    says "created directory 'P/appvms/a'" "created 'P/$V.img' (sparse, 1048576 bytes)"
    rm -r "$A"
    injected mkdirat:error=EEXIST create $V --size=1M
    [ "$STATUS" = 4 ] || fail
    says "cannot find 'P/appvms/a/private': $NO_SUCH"
}

@test "a directory that somebody removes before it is open is made once more" {
    (
        until rmdir "$A" 2>/dev/null; do :; done
    ) &
    # the parent's, between mkdir and open
    injected fsync:delay_enter=300000:when=1 create $V --size=1M
    wait
    [ "$STATUS" = 0 ] || fail
    says "created directory 'P/appvms/a'" "created directory 'P/appvms/a'" \
        "created 'P/$V.img' (sparse, 1048576 bytes)"
}

@test "an absolute link to the pool itself is one into the pool" {
    ln -s "$POOL" "$POOL/appvms/all"
    ok create appvms/all/appvms/b/private --size=1M
    ok create appvms/all/loose --size=1M
    [ -f "$POOL/loose.img" ] || fail
    ok remove appvms/all/loose
    [ -d "$POOL" ]
}

@test "a VM's directory that is a link stays when its volume goes, and a dry run knows that" {
    ok create $V --size=1M
    ln -s a "$POOL/appvms/link"
    ok -n remove appvms/link/private
    says "would remove 'P/appvms/link/private.img'"
    ok remove appvms/link/private
    says "removed 'P/appvms/link/private.img'"
    [ -L "$POOL/appvms/link" ]
}

@test "a block device that doesn't tell its size is neither copied nor written to" {
    requires_root
    truncate -s 1M "$POOL/disk"
    attach "$POOL/disk"
    injected lseek:error=EIO:when=1+ copy "$LOOP" "$POOL/copy"
    [ "$STATUS" = 6 ] || fail
    ok create $V --size=1M
    injected lseek:error=EIO:when=1+ export --force "--output=$LOOP" $V
    [ "$STATUS" = 6 ] || fail
    [[ "$ERR" == "reflinkctl: cannot tell the size of '$LOOP': "* ]] || fail
}

@test "where NOCOW can't be read, there is a copy instead of a reflink" {
    [ "$FS" = btrfs ] || return 0
    mkdir "$A"
    touch "$A/private.img"
    chattr +C "$A/private.img"
    echo data >"$A/private.img"
    traced ioctl start $V
    number=$(grep -n GETFLAGS <<<"$TRACE" | tail -n 1 | cut -d: -f1)
    [ "$(grep -c GETFLAGS <<<"$TRACE")" -ge 3 ] || fail "$TRACE"
    ok discard $V
    injected "ioctl:error=EIO:when=$number" start $V
    [ "$STATUS" = 0 ] || fail "$TRACE"
    says "copied 'P/$V.img' -> 'P/$V-dirty.img' (5 bytes, 5 of data)"
}

@test "closed descriptors that nothing can be put in place of end it at once" {
    printf '#!/bin/sh\nexec "%s" "$@" <&-\n' "$(realpath "$BIN")" >"$POOL/closed"
    chmod +x "$POOL/closed"
    BIN=$POOL/closed
    under_strace -P / -e trace=open,openat -e inject=open,openat:error=EMFILE -- list
    [ "$STATUS" = 6 ] || fail
}

@test "a result that doesn't fit where it goes is told, long before its end too" {
    volume
    for number in {2..150}; do : >"$A/private.img.$number@2018-01-02T03:04:05Z"; done
    STATUS=0
    ERR=$("$BIN" -C "$POOL" revisions $V 2>&1 >/dev/full) || STATUS=$?
    [ "$STATUS" = 6 ] || fail
    [ "$ERR" = "reflinkctl: cannot write to standard output" ] || fail
}

@test "a message that is longer than any ought to be is cut, and stays one line" {
    part=$(printf '\001%.0s' {1..250})
    path=$(printf "$part/%.0s" {1..16})
    rl copy "$path" "$path$path"
    [ "$STATUS" != 0 ] && [ "$(wc -l <<<"$ERR")" = 1 ] || fail
}

@test "a name that nobody would type is cut" {
    rl "$(printf '\001%.0s' {1..100000})"
    [ "$STATUS" = 2 ] && [ "$(wc -l <<<"$ERR")" = 1 ] && [ ${#ERR} -lt 70000 ] || fail
}

@test "a file that grows once its size is known is not copied, however the holes lie" {
    head -c 9M /dev/urandom >"$RUN_SCRATCH/source"
    ok copy "$RUN_SCRATCH/source" "$POOL/whole"
    cmp "$RUN_SCRATCH/source" "$POOL/whole"
    (
        sleep 0.3
        head -c 1M /dev/urandom >>"$RUN_SCRATCH/source"
    ) &
    injected lseek:delay_enter=1000000:when=1 copy "$RUN_SCRATCH/source" "$POOL/copy"
    wait
    rm "$RUN_SCRATCH/source"
    [ "$STATUS" = 6 ] || fail
    says "cannot copy '$RUN_SCRATCH/source': it grew while it was read"
    [ ! -e "$POOL/copy" ]
}

@test "a dry run that can't go on says so" {
    ok create $V --size=1M
    ok start $V
    before=$(snapshot)
    for verb in "stop $V" "create --size=1M appvms/b/private" "resize $V 2M" "clone $V appvms/b/private" \
        "start --volatile --size=1M appvms/a/other" "revert --discard $V" "remove $V"; do
        for call in fcntl:error=EMFILE fstat,newfstatat:error=EIO ftruncate:error=EIO openat:error=EACCES; do
            for number in {1..12}; do
                # shellcheck disable=SC2086 # several words
                injected "$call:when=$number" -n $verb
                [[ "$TRACE" == *INJECTED* ]] || break
                [ "$STATUS" -le 6 ] && [ "$(grep -vc ' would \|warning: ' <<<"$ERR")" -le 1 ] || fail "$TRACE"
            done
        done
    done
    [ "$(snapshot)" = "$before" ] || fail "something has changed"
}

@test "hours that are left of a copy are told as such" {
    run "$BATS_TEST_DIRNAME/lib/terminal" 120 "$BIN" -C "$POOL" import $V - --size=8T
    [[ "$output" == *", 99:59:59 left"* ]] || fail "$output"
    [ ! -e "$A" ]
}

@test "what is no time is told of each part of one" {
    mkdir "$A"
    touch "$A/private.img" "$A"/private.img.{1@2018-00,2@2018-13}-02T03:04:05Z \
        "$A"/private.img.{3@2018-01-00,4@2018-01-32}T03:04:05Z \
        "$A"/private.img.5@2018-01-02T{24:00:00,03:60:05,03:04:61}Z
    rl fsck $V
    [ "$(grep -c ': impossible-date: ' <<<"$OUT")" = 7 ] || fail
    ok --json revisions $V
    [ "$OUT" = "[]" ] || fail
}

@test "who waits quietly is told nothing but that it was in vain" {
    ok create $V --size=1M
    flock "$A" "$BIN" -q --wait=1.3 -C "$POOL" start $V 2>"$POOL/said" && fail "has started"
    [ "$(cat "$POOL/said")" = "reflinkctl: cannot lock '$A': another process is at work there" ] || fail
    fails 2 --wait=9999999999 start $V
}

@test "whatever is typed, a subcommand or an option at most is guessed" {
    for word in s st stp sotp lsit revrt impor imprt import-en is- is-drty xyzzy \
        abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz; do
        fails 2 $word
        fails 2 start --$word $V
        fails 2 start --$word=1 $V
    done
}

@test "who isn't root has volumes too" {
    requires_root
    mkdir "$POOL/theirs"
    cp "$BIN" "$POOL/tool"
    chown -R 65534 "$POOL/theirs"
    chmod 755 "$RUN_SCRATCH"
    ERR=$(setpriv --reuid=65534 --regid=65534 --clear-groups "$POOL/tool" -C "$POOL/theirs" \
        create --size=1M private 2>&1)
    [ -f "$POOL/theirs/private.img" ] || fail
}

@test "the root directory may become a pool, and others be asked about where there is none" {
    rl -n setup --setup-check=no /
    [ "$STATUS" = 0 ] || fail
    says "would create directory '/appvms'" "would create directory '/vm-templates'"
    ok -C nowhere df "$POOL"
    ok -C nowhere --json df .
    [[ "$OUT" == *'"size": null'* ]] || fail
}

@test "a volume behind a link inside the pool is the same by its relative and its absolute path" {
    ok create vm-templates/b/private --size=1M
    mkdir "$POOL/appvms/group"
    ln -s ../../vm-templates/b "$POOL/appvms/group/link"
    ok start appvms/group/link/private
    ok is-dirty appvms/group/link/private
    CALL=(-C / is-dirty "$POOL/appvms/group/link/private")
    "$BIN" -C / is-dirty "$POOL/appvms/group/link/private" || fail "by its absolute path"
    CALL=(-C / stop "$POOL/appvms/group/link/private")
    "$BIN" -q -C / stop "$POOL/appvms/group/link/private" || fail "by its absolute path"
    [ ! -e "$POOL/vm-templates/b/private-dirty.img" ]
}

@test "a directory that can't be synced, by its file system's nature, is a warning; any failure an error" {
    ok create $V --size=1M
    for command in "create appvms/a/x --size=1M" "start $V" "stop $V" "revert $V" "clone $V appvms/a/y" \
        "export $V --output=out" "import $V - --size=1"; do
        # shellcheck disable=SC2086 # words
        under_strace -P "$A" -P "$POOL" -P "$POOL/." -e trace=fsync -e inject=fsync:error=EINVAL -- $command < <(printf x)
        [ "$STATUS" = 0 ] || fail "$command"
        [ "$(grep -c "warning: cannot sync directory .*: a power cut may undo this" <<<"$ERR")" = 1 ] || fail "$command"
    done
    injected fsync:error=EIO discard $V
    [ "$STATUS" = 6 ] || fail
    under_strace -P "$A" -e trace=fsync -e inject=fsync:error=EIO -- prune $V --revisions-to-keep=0
    [ "$STATUS" = 6 ] && [[ "$ERR" == *"cannot sync directory '$A': Input/output error" || "$ERR" == *I/O* ]] || fail
    # a file isn't a directory
    ok start $V
    injected fsync:error=EINVAL:when=1 stop $V
    [ "$STATUS" = 6 ] || fail
}
