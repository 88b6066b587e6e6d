#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# File systems that keep less: times of whole seconds, no birth times, no extended attributes.

load ../lib/common
load ../lib/disks

tidy() {
    POOL=$RUN_SCRATCH/once/pool
    remove_disks
}

# The pool is on ext4 with inodes of 128 bytes; a template is on another file system.
prepare() {
    requires_root
    disk far 400M mkfs.xfs -q
    disk coarse 200M mkfs.ext4 -q -I 128
    POOL=$DISKS/coarse/pool A=$DISKS/coarse/pool/appvms/a
    T=$DISKS/far/pool/vm-templates/t/root
    mkdir "$DISKS/far/pool"
    mkdir -p "$DISKS/far/pool"/{appvms,vm-templates} "$POOL"/{appvms,vm-templates}
    ok create --size=1M "$T"
}

@test "times of whole seconds: an origin snapshot's states are kept, none twice" {
    local kind=(--snap-on-start="$T" --save-on-stop appvms/a/root)
    for text in A B C D; do
        ok start "${kind[@]}"
        write_to "$A/root-dirty.img" "state-$text"
        ok stop "${kind[@]}"
        ok is-outdated --snap-on-start="$T" appvms/a/root
    done
    files root.img root.img.{1,2,3}@\*
    holds "$A/root.img" state-D
    for n in 1=A 2=B 3=C; do holds "$A"/root.img.${n%=*}@* "state-${n#*=}"; done
}

@test "times of whole seconds: a snapshot that was just started isn't outdated, until its source is" {
    ok start --snap-on-start="$T" appvms/s/root
    rl is-outdated --snap-on-start="$T" appvms/s/root
    [ "$STATUS" = 1 ] || fail
    ok start "$T"
    ok stop "$T"
    ok is-outdated --snap-on-start="$T" appvms/s/root
}

@test "times of whole seconds: an origin's two sessions in one second are two states, and no precache is made" {
    ok create appvms/a/private --size=1M
    for text in one two three four five; do
        session appvms/a/private $text
    done
    for n in 2=one 3=two 4=three 5=four; do holds "$A"/private.img.${n%=*}@* "${n#*=}"; done
    # no birth time either: by its inode number alone a precache might be that of another image
    fails 3 precache appvms/a/private
    [ ! -e "$A/private-precache.img" ]
    ok start appvms/a/private
    holds "$A/private-dirty.img" five
}

@test "times of whole seconds: a revision by a clone isn't taken for what it became" {
    ok create appvms/a/private --size=1M
    for text in one two three two three one; do
        ok start appvms/a/private
        write_to "$A/private-dirty.img" $text
        injected linkat:error=EPERM:when=1 stop appvms/a/private
        [ "$STATUS" = 0 ] || fail
        rl revert appvms/a/private
    done
    for text in one two three; do
        cat "$A"/private.img* | grep -aq $text || fail "$text is lost"
    done
}

@test "without extended attributes there is no precache, and all else works" {
    mkdir "$DISKS/bare"
    mount -t ramfs ramfs "$DISKS/bare"
    POOL=$DISKS/bare A=$DISKS/bare/appvms/a
    mkdir "$POOL"/{appvms,vm-templates}
    ok create appvms/a/private --size=1M
    fails 3 precache appvms/a/private
    says "cannot precache 'P/appvms/a/private.img': no extended attributes can be set here"
    for text in one two; do session appvms/a/private $text; done
    files private.img private.img.{1,2}@\*
    local kind=(--snap-on-start="$T" --save-on-stop appvms/a/root)
    for text in A B; do
        ok start "${kind[@]}"
        write_to "$A/root-dirty.img" "state-$text"
        ok stop "${kind[@]}"
    done
    # Nobody can tell the source's image from a state of the volume: so what was saved is kept.
    cat "$A"/root.img.* | grep -aq state-A || fail "state-A is lost"
    holds "$A/root.img" state-B
    ok fsck
}
