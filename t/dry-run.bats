#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --dry-run: every subcommand that changes something, on volumes in every state.

load lib/common

# Images of 1 MiB with a little data each; a name may have a few letters of content behind "=".
images() {
    local image all=()
    mkdir -p "$A"
    for image in "$@"; do
        printf 'content of %s' "${image#*=}" >"$A/${image%%=*}"
        all+=("$A/${image%%=*}")
    done
    [ $# = 0 ] || truncate -s 1M "${all[@]}"
}

# The states of a volume; each is made in an empty $A.
state() {
    case $1 in
    none) rm -rf "$A" ;;
    empty) mkdir "$A" ;;
    clean) images p.img ;;
    dirty) images p.img p-dirty.img ;;
    volatile) images p-dirty.img ;;
    only-dirty) images p-dirty.img p.img.1@2018-01-02T03:04:05Z ;;
    precached)
        images p.img p-precache.img
        touch -r "$A/p.img" "$A/p-precache.img"
        ;;
    stale-precache) images p.img p-precache.img ;;
    last-precache) # to be saved before it is dropped
        images p.img
        ok precache appvms/a/p
        write_to "$A/p.img" 'by somebody'
        sync "$A/p.img" # or XFS counts blocks that aren't there yet
        ;;
    revisions)
        images p.img p-dirty.img p.img.9@2018-01-02T03:04:05Z \
            p.img.10@2018-01-02T03:04:05Z p.img.11@2018-01-02T03:04:05Z
        ;;
    pins)
        images p.img p-dirty.img p.img.9@2018-01-02T03:04:05Z p.img.8@2018-01-02T03:04:05Z+x
        ln "$A/p.img.9@2018-01-02T03:04:05Z" "$A/p.img.9@2018-01-02T03:04:05Z+y"
        ;;
    only-pins) images p.img.9@2018-01-02T03:04:05Z+x ;;
    only-revisions) images p.img.9@2018-01-02T03:04:05Z ;;
    interrupted)
        images p.img p-dirty.img
        ln "$A/p.img" "$A/p.img.1@2018-01-02T03:04:05Z"
        ;;
    leftovers)
        images p.img p-import.img 'p.img~abcdefgh' 'p-dirty.img~1234567a' q.img
        ln -s nowhere "$A/p-precache.img~abcdefgh"
        ;;
    only-leftovers)
        images 'p.img~abcdefgh'
        ln -s nowhere "$A/p-dirty.img~abcdefgh"
        ;;
    snapshot)
        images p-dirty.img
        ln "$POOL/vm-templates/t/p.img" "$A/p.img"
        ;;
    outdated) images p.img p-dirty.img p-precache.img ;;
    shared-dirty)
        images p.img p-dirty.img
        ln "$A/p-dirty.img" "$A/mine"
        ;;
    odd)
        images p.img
        ln -s p.img "$A/p-dirty.img"
        ;;
    esac
}

STATES="none empty clean dirty only-dirty precached stale-precache last-precache
    revisions only-revisions
    pins only-pins interrupted leftovers only-leftovers snapshot outdated shared-dirty odd"
FEW="none clean dirty only-dirty revisions only-revisions leftovers"

make_state() {
    rm -rf "$POOL/appvms/a" "$POOL"/vm-templates/*
    mkdir "$POOL/vm-templates/t"
    printf 'the template' >"$POOL/vm-templates/t/p.img"
    printf 'what to import' >"$POOL/vm-templates/other"
    state "$1"
}

# All that stat tells of every file and directory, but for the times of the last access.
look() {
    find "$POOL" -printf '%p %i %n %s %b %m %T@ %C@ %y\n'
}

# Run it dry and in earnest, in each state: the same lines, in the infinitive, the same results, and
# the first has changed nothing.
foretells() {
    local state before dry dry_out dry_status after changed=
    shopt -s extglob
    for state in $STATES; do
        make_state "$state"
        before=$(look)
        rl --dry-run "$@"
        OUT=$(sed -E 's/^would free ([0-9]+ bytes of data)$/freed \1/' <<<"$OUT")
        dry=$ERR dry_out=$OUT dry_status=$STATUS after=$(look)
        [ "$after" = "$before" ] || fail "it has changed something ($state):" \
            "$(diff <(echo "$before") <(echo "$after"))"
        rl "$@"
        [ "$dry_status $dry_out" = "$STATUS $OUT" ] ||
            fail "in the dry run ($state): status $dry_status" "$dry_out"
        [ "$dry" = "$(in_the_infinitive <<<"$ERR")" ] || fail "in the dry run ($state):" "$dry"
        [[ $dry != *"reflinkctl: "@(reflinked|copied|linked|renamed|removed|created|resized)* ]] ||
            fail "it claims a deed ($state):" "$dry"
        [[ $dry != *" would "* ]] || changed=yes
    done
    # Of a subcommand that did nothing anywhere, this would have shown nothing.
    [ "$changed" ] || [ "$IDLE" ]
}

@test "create" {
    foretells create appvms/a/p --size=1M
    foretells create appvms/a/p --size=2M --force
}

@test "start of an origin" {
    foretells start appvms/a/p
    foretells start appvms/a/p --revisions-to-keep=-1
    STATES=$FEW
    foretells start appvms/a/p --size=2M
    foretells --json start appvms/a/p
}

@test "start of a snapshot, a volatile volume, an origin snapshot" {
    foretells start --snap-on-start=vm-templates/t/p appvms/a/p
    foretells start --snap-on-start=vm-templates/t/p --save-on-stop appvms/a/p
    STATES=$FEW
    foretells start --snap-on-start=vm-templates/t/p --save-on-stop --revisions-to-keep=0 appvms/a/p
    STATES+=" volatile"
    foretells start --volatile --size=3M appvms/a/p
}

@test "stop" {
    foretells stop appvms/a/p
    foretells stop --snap-on-start=vm-templates/t/p appvms/a/p
    STATES=$FEW
    foretells stop appvms/a/p --revisions-to-keep=0
    foretells stop appvms/a/p --revisions-to-keep=-1
    foretells stop appvms/a/p --no-precache
    foretells stop --snap-on-start=vm-templates/t/p --save-on-stop appvms/a/p
    STATES+=" volatile"
    foretells stop --volatile appvms/a/p
}

@test "discard and revert" {
    foretells discard appvms/a/p
    foretells revert --discard appvms/a/p
    STATES=$FEW
    foretells revert appvms/a/p
    foretells revert --discard appvms/a/p 9
}

@test "pin, unpin and snapshot" {
    foretells pin appvms/a/p clean new
    foretells pin appvms/a/p 9 new
    foretells unpin appvms/a/p x
    IDLE=$(has_reflinks || echo yes)
    foretells snapshot appvms/a/p
    foretells snapshot --pin=new appvms/a/p
    foretells revert --discard appvms/a/p x
    foretells remove --force --discard appvms/a/p
}

@test "resize" {
    foretells resize appvms/a/p 2M
    STATES=$FEW
    foretells resize appvms/a/p 1234567
    foretells resize --shrink appvms/a/p 4K
}

@test "precache, prune and cleanup" {
    foretells precache appvms/a/p
    foretells prune appvms/a/p --revisions-to-keep=1
    foretells reclaim --keep=0 4K
    foretells cleanup
    STATES=$FEW
    foretells precache appvms/a/p --snap-on-start=vm-templates/t/p
    foretells prune appvms/a/p 9
    foretells cleanup appvms/a/p
}

@test "remove" {
    foretells remove appvms/a/p
}

@test "copy" {
    foretells copy "$POOL/vm-templates/other" "$A/p.img"
    STATES=$FEW
    foretells copy "$BATS_TEST_FILENAME" "$A/p.img"
}

@test "import, in one and in two halves, export and clone" {
    foretells import appvms/a/p "$POOL/vm-templates/other"
    foretells import-end appvms/a/p
    STATES=$FEW
    foretells import appvms/a/p vm-templates/t/p --revisions-to-keep=0
    foretells import-begin appvms/a/p --size=1M
    foretells import-end appvms/a/p --abort
    foretells clone vm-templates/t/p appvms/a/p
    foretells export appvms/a/p "--output=$POOL/vm-templates/new"
}

@test "from another file system: a copy, but what is made of that is a reflink" {
    local STATES="none clean dirty revisions" other=$RUN_SCRATCH/other
    mkdir -p "$other/vm-templates/t"
    head -c 5000 /dev/urandom >"$other/vm-templates/t/p.img"
    foretells import appvms/a/p "$other/vm-templates/t/p.img"
    foretells start "--snap-on-start=$other/vm-templates/t/p" appvms/a/p
    foretells start "--snap-on-start=$other/vm-templates/t/p" --save-on-stop appvms/a/p
    foretells clone "$other/vm-templates/t/p" appvms/a/p
    rm -r "$other"
}

@test "import and export by pipes: what would go through them is counted" {
    local expected
    expected="$(head -c 1M /dev/zero | "$BIN" -C "$POOL" import appvms/a/p - 2>&1)"
    rm -r "$A"
    ERR=$(head -c 1M /dev/zero | "$BIN" -n -C "$POOL" import appvms/a/p - 2>&1)
    [ "$ERR" = "$(in_the_infinitive <<<"$expected")" ] || fail "$expected"
    [ ! -e "$A" ]
    make_state clean
    ERR=$("$BIN" -n -C "$POOL" export --output=- appvms/a/p 2>&1 >"$RUN_SCRATCH/stdout")
    [ ! -s "$RUN_SCRATCH/stdout" ]
    says "would copy 'P/appvms/a/p.img' -> '/dev/stdout' (1048576 bytes, 1048576 of data)"
}

@test "receive: what comes is looked at" {
    local before dry
    "$BIN" -q -C "$POOL" create appvms/b/p --size=1M
    "$BIN" -q -C "$POOL" send appvms/b/p >"$RUN_SCRATCH/stdin"
    for state in $STATES; do
        make_state "$state"
        before=$(look)
        rl -n receive appvms/a/p <"$RUN_SCRATCH/stdin"
        dry=$STATUS$ERR
        [ "$(look)" = "$before" ] || fail "it has changed something ($state)"
        rl receive appvms/a/p <"$RUN_SCRATCH/stdin"
        [ "$dry" = "$STATUS$(in_the_infinitive <<<"$ERR")" ] || fail "in the dry run ($state):" "$dry"
    done
}

@test "setup of a directory that isn't there, is there, and is a pool" {
    local STATES=clean IDLE
    has_reflinks || IDLE=yes foretells setup "$POOL/new"
    [ ! -e "$POOL/new" ]
    if has_reflinks; then foretells setup "$POOL/new"; fi
    foretells setup "$POOL/other" --setup-check=no
    IDLE=yes foretells setup "$POOL/other" --setup-check=no
    mkdir "$POOL/there"
    foretells setup "$POOL/there" --setup-check=no
}

@test "loop devices are told of nothing" {
    requires_root
    make_state dirty
    loop=$(losetup --find --show "$A/p-dirty.img")
    truncate -s 2M "$A/p-dirty.img"
    rl -n loop-resize appvms/a/p-dirty.img
    dry=$ERR size=$(blockdev --getsize64 "$loop")
    rl loop-resize appvms/a/p-dirty.img
    losetup -d "$loop"
    [ "$size" = 1048576 ]
    says "loop device '$loop' now 2097152 bytes"
    [ "$dry" = "reflinkctl: would tell loop device '$loop' that it is 2097152 bytes now" ]
}

@test "a read-only pool can be asked too" {
    requires_root
    local expected dirty clean
    make_state dirty
    dirty='-n stop appvms/a/p' clean='-n resize appvms/a/p 2M'
    # shellcheck disable=SC2086 # lists of words
    expected=$("$BIN" -C "$POOL" $dirty 2>&1; "$BIN" -C "$POOL" $clean 2>&1)
    mount --bind "$POOL" "$POOL"
    mount -o remount,bind,ro "$POOL"
    # shellcheck disable=SC2086
    ERR=$("$BIN" -C "$POOL" $dirty 2>&1; "$BIN" -C "$POOL" $clean 2>&1)
    umount "$POOL"
    [ "$ERR" = "$expected" ] || fail "$expected"
}

@test "not one system call would have changed anything" {
    requires_root
    local changes args
    changes=rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir
    changes+=,fsync,fdatasync,pwrite64,copy_file_range,openat,ioctl
    make_state revisions
    while read -ra args; do
        strace -qq -A -o "$RUN_SCRATCH/strace" -e trace=$changes -e signal=none \
            "$BIN" -q -n -C "$POOL" "${args[@]}" >/dev/null 2>&1 || [ $? != 2 ]
    done <<-END
	stop appvms/a/p
	revert --discard appvms/a/p
	resize appvms/a/p 2M
	remove appvms/a/p
	create appvms/b/p --size=1M
	precache --snap-on-start=vm-templates/t/p appvms/a/p
	setup new
	start --snap-on-start=vm-templates/t/p appvms/b/p
	copy vm-templates/other other
	import appvms/a/p vm-templates/other
	export appvms/a/p --output=other
	clone vm-templates/t/p appvms/b/p
	END
    # Left are unnamed files that get no name, questions, and the byte that "check" tries.
    run grep -vE 'O_(TMPFILE|RDONLY|PATH)|FICLONERANGE|GETFLAGS|FS_INFO|LOOP_GET|TIOCGWINSZ|TCGETS|"x", 1, 0' \
        "$RUN_SCRATCH/strace"
    rm "$RUN_SCRATCH/strace"
    [ "$status" = 1 ] || fail "$output"
}

@test "without O_TMPFILE nothing is created all the same" {
    requires_root
    make_state dirty
    ok --dry-run stop appvms/a/p
    expected=$ERR
    before=$(look)
    # The how manieth openat(2) is it, so that only that one can be made to fail?
    number=$(strace -qq -e trace=openat -e signal=none "$BIN" -q -n -C "$POOL" stop appvms/a/p 2>&1 |
        grep -n O_TMPFILE | cut -d: -f1)
    [ -n "$number" ]
    ERR=$(strace -qq -o "$RUN_SCRATCH/strace" -e trace=openat \
        -e inject=openat:error=EOPNOTSUPP:when="$number" \
        "$BIN" -n -C "$POOL" stop appvms/a/p 2>&1)
    grep -q 'O_TMPFILE.*INJECTED' "$RUN_SCRATCH/strace"
    [ "$(look)" = "$before" ]
    [ "$ERR" = "$expected" ] || fail "$expected"
}
