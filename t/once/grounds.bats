#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Pools on file systems that aren't as btrfs, XFS and ext4 are: overlay, FUSE, what looks like 9p.

load ../lib/common
load ../lib/disks
load ../lib/findings

V=appvms/a/private

prepare() {
    requires_root
    disk low 300M mkfs.xfs -q
    mkdir "$DISKS/other"
}

tidy() {
    POOL=$RUN_SCRATCH/once/pool
    remove_disks
}

# The pool beneath DISKS/low/NAME, seen through an overlay of two file systems.
overlay() {
    disk upper 300M mkfs.btrfs -q
    mkdir "$DISKS/upper"/{upper,work}
    mount -t overlay -o "lowerdir=$1,upperdir=$DISKS/upper/upper,workdir=$DISKS/upper/work" \
        overlay "$DISKS/other"
    POOL=$DISKS/other A=$DISKS/other/appvms/a
}

state() {
    "$BIN" -C "$POOL" --json "$@" | grep -o '"state": "[a-z]*"' | head -n 1
}

@test "overlay: list, fsck and info see the same snapshot, whatever a directory says of inodes" {
    POOL=$DISKS/low/pool
    mkdir -p "$POOL/appvms" "$POOL/vm-templates"
    ok create vm-templates/t/root --size=1M
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    overlay "$POOL"
    [ "$(state list)" = "$(state info appvms/a/root)" ] || fail
    [[ "$(state info appvms/a/root)" == *snapshot* ]] || fail
    finds "root-dirty.img crashed-snapshot"
}

@test "overlay: links that a file had in the lower layer are none elsewhere" {
    POOL=$DISKS/low/pool A=$DISKS/low/pool/appvms/a
    mkdir -p "$POOL/appvms" "$POOL/vm-templates"
    ok create $V --size=1M
    ln "$A/private.img" "$A/private.img.1@2018-01-02T03:04:05Z"
    overlay "$POOL"
    write_to "$A/private.img" copied-up
    [ "$(stat -c %h "$A"/private.img.1@*)" = 2 ]
    finds
}

# The pool, seen through FUSE.
fuse() {
    mkdir "$DISKS/low/pool"
    bindfs "$DISKS/low/pool" "$DISKS/other"
    POOL=$DISKS/other A=$DISKS/other/appvms/a
    mkdir "$POOL"/{appvms,vm-templates}
}

@test "FUSE: a link that was removed a moment ago isn't told of as one elsewhere" {
    fuse
    ok create $V --size=1M
    for text in one two three; do session $V $text --revisions-to-keep=9; done
    finds
}

# Like rl, where statfs(2) tells the type $1 (its bytes), as that of 9p tells its server's.
as_if_on() {
    under_strace -e trace=fstatfs -e "inject=fstatfs:poke_exit=@arg2=${1}00000000" -- "${@:2}"
}
XFS=42534658 BTRFS=3e682391 NFS=69690000

@test "9p, which tells its server's type, isn't taken for that: check, --exclusive, a dry run" {
    fuse
    ok create $V --size=1M
    for type in $XFS $BTRFS; do
        as_if_on $type check .
        [ "$STATUS" = 1 ] && [[ "$OUT" == "no: 9p: "* ]] || fail
        as_if_on $type list --exclusive
        [ "$STATUS" = 0 ] && [[ "$OUT" =~ clean.*\ -$ ]] || fail
        as_if_on $type -n start $V
        says "would copy 'P/$V.img' -> 'P/$V-dirty.img' (1048576 bytes, 0 of data)"
    done
}

@test "check and setup answer in a dry run, too, where no file can be made without a name" {
    fuse
    for dry in "" -n; do
        # shellcheck disable=SC2086 # none is none
        rl $dry check .
        [ "$STATUS" = 1 ] && [ "${OUT%%$'\n'*}" = "no: fuse: Not supported" ] || fail
    done
    as_if_on $NFS -n check .
    [ "$STATUS" = 1 ] && [[ "$OUT" == "perhaps: nfs: "* ]] || fail
    as_if_on $NFS --json -n check .
    [[ "$OUT" == '{"reflink": null, '* ]] || fail
    fails 3 -q -n setup new
    as_if_on $NFS -q -n setup new
    [ "$STATUS" = 0 ] || fail
}

@test "exfat: check and setup say what can't be there, and what works is as good as elsewhere" {
    truncate -s 100M "$DISKS/exfat.disk"
    mkfs.exfat "$DISKS/exfat.disk" >/dev/null
    attach "$DISKS/exfat.disk"
    mount.exfat-fuse "$LOOP" "$DISKS/other" >/dev/null 2>&1
    POOL=$DISKS/other A=$DISKS/other/pool/appvms/a
    rl check
    [ "$STATUS" = 1 ] && [ "$OUT" = "no: fuse: Not supported
no names with a colon: no revisions or pins (only --revisions-to-keep=0 and -1 will do)
no files for their owner alone: others can read images: mount it with another umask
no hard links: each revision and pin is a copy
no extended attributes or birth times: no precaches
no unnamed files: a kill leaves a tempfile, which start removes" ] || fail
    rl --json check
    [[ "$OUT" == *'"lacks": ["names with a colon", "files for '* ]] || fail
    [ -z "$(ls -A "$POOL")" ] || fail "it has left something"
    ok setup --setup-check=no pool
    [[ "$ERR" == *"warning: '$POOL/pool' has no names with a colon: no revisions or pins "* ]] || fail
    POOL=$POOL/pool
    ok create $V --size=1M
    says "created directory 'P/appvms/a'" "created 'P/$V.img' (1048576 bytes)"
    ok start $V
    says "copied 'P/$V.img' -> 'P/$V-dirty.img' (1048576 bytes, 1048576 of data)"
    write_to "$A/private-dirty.img" work
    fails 3 stop $V
    [[ "$ERR" == "reflinkctl: cannot create '$POOL/$V.img.1@"*"': no names with a colon can be here" ]] || fail
    ok stop --revisions-to-keep=0 $V
    holds "$A/private.img" work
    ok start --revisions-to-keep=-1 $V
    ok stop --revisions-to-keep=-1 $V
    files private.img
    holds "$A/private.img" work
}

@test "setup warns of another machine's directory, where locks are this machine's alone" {
    fuse
    as_if_on $NFS setup --setup-check=no .
    [ "$STATUS" = 0 ] && [[ "$ERR" == *"has no locks between machines: let but one machine use a pool there"* ]] || fail
    ok setup --setup-check=no .
    [[ "$ERR" != *machines* ]] || fail
}

@test "what was to replace an image stays if a share refuses the rename, which may have removed that" {
    fuse
    ok create $V --size=1M
    echo other >"$DISKS/other.img"
    under_strace -e trace=fstatfs,renameat -e "inject=fstatfs:poke_exit=@arg2=${NFS}00000000" \
        -e inject=renameat:error=EACCES -- import --revisions-to-keep=0 $V "$DISKS/other.img"
    [ "$STATUS" = 6 ]
    [[ "$ERR" == *"warning: what was to be '$A/private.img' is in '$A/private-import.img' (import-end commits it)" ]] || fail
    rm "$A/private.img"
    ok import-end $V
    holds "$A/private.img" other
    under_strace -e trace=renameat -e inject=renameat:error=EACCES -- import --revisions-to-keep=0 $V "$DISKS/other.img"
    [ "$STATUS" = 6 ] && [ ! -e "$A/private-import.img" ] || fail
}

@test "remove says so if its directory stays, since FUSE keeps what is open; fsck doesn't mind that" {
    fuse
    ok create $V --size=1M
    exec 9<"$A/private.img"
    ok remove $V
    [[ "$(ls -A "$A")" == .fuse_hidden* ]] || fail
    [[ "$ERR" == *"directory '$A' isn't empty yet, and stays: an image may still be open" ]] || fail
    finds
    exec 9<&-
    finds ". empty-directory"
}
