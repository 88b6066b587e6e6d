#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The order in which each transition brings its steps to the disk: nothing gets a name before its
# content is there, and nothing old goes before what replaces it is durable.

load lib/common

V=appvms/a/private

prepare() {
    ok create $V --size=1M
    session $V one
}

# does "STEP, STEP, ..." ARG...: the run takes the VM's lock and then does exactly that.  A new
# file is "new"; D is the VM's directory; times of revisions and names of tempfiles don't matter.
does() {
    local steps
    traced flock,fsync,linkat,renameat,renameat2,unlinkat,mkdirat,ftruncate "${@:2}"
    [ "$STATUS" = 0 ] || fail "expected status 0"
    steps=$(sed -nE '
        s/^flock\([0-9]+<.*\/[ab]>.*/lock/p
        s/^fsync\([0-9]+<([^>]*\/)?#[0-9]+( \(deleted\))?>.*/fsync new/p
        s/^fsync\([0-9]+<([^>]*\/)?[ab]>.*/fsync D/p
        s/^fsync\([0-9]+<([^>]*\/)?appvms>.*/fsync above/p
        s/^fsync\([0-9]+<([^>]*\/)?([^>\/]*\.img[^>]*)>.*/fsync \2/p
        s/^ftruncate\([0-9]+<([^>]*\/)?([^#>\/]*\.img[^>]*)>.*/resize \2/p
        s/^linkat\([^"]*"", .*, "([^"]*)".*/name \1/p
        s/^linkat\([^"]*"([^"]+)", .*, "([^"]*)".*/link \1 \2/p
        s/^renameat2?\([^"]*"([^"]*)", .*, "([^"]*)".*/rename \1 \2/p
        s/^unlinkat\([^"]*"([^"]*)", .*, 0\).*/unlink \1/p
        s/^unlinkat\([^"]*"([^"]*)", AT_REMOVEDIR\).*/rmdir \1/p
        s/^unlinkat\([^"]*"([^"]*)", 0\).*/unlink \1/p
        s/^mkdirat\([^"]*"([^"]*)".*/mkdir \1/p
        ' <<<"$(grep -v EEXIST <<<"$TRACE")" | without_times |
        sed -E 's/~[a-z0-9]{8}/~/g; s/private\.img\.([0-9]+)@\*/revision\1/g
            s/private-([a-z]+)\.img/\1/g; s/private\.img/clean/g' |
        paste -sd, | sed 's/,/, /g')
    [ "$steps" = "$1" ] || fail "expected: $1" "     got: $steps" "$TRACE"
}

@test "create: the directory, then the new image and its name" {
    does "mkdir b, fsync above, lock, fsync new, name clean, fsync D" \
        create --size=1M appvms/b/private
}

@test "start: the clone before its name, the rename of a precache, nothing for what is there" {
    does "lock, rename precache dirty, fsync D" start $V
    does "lock, fsync D" start $V
    ok discard $V
    does "lock, fsync new, name dirty, fsync D" start $V
    ok stop $V
    does "lock, unlink precache, rename clean dirty, fsync D" start $V --revisions-to-keep=-1
}

@test "start of a snapshot that is prepared: the source's link, then the rename" {
    ok precache --snap-on-start=$V appvms/b/private
    does "lock, link clean clean, rename precache dirty, fsync D" start --snap-on-start=$V appvms/b/private
    does "lock, unlink dirty, unlink clean, fsync D, fsync new, name precache, fsync D" \
        stop --snap-on-start=$V --precache appvms/b/private
}

@test "start of a snapshot: the source's link, then dirty" {
    does "mkdir b, fsync above, lock, link clean clean, fsync new, name dirty, fsync D" \
        start --snap-on-start=$V appvms/b/private
    session $V two
    # The stale images have names, so the new ones get theirs by a rename.
    does "lock, link clean clean~, rename clean~ clean, fsync new, name dirty~, rename dirty~ dirty, fsync D" \
        start --snap-on-start=$V appvms/b/private
}

@test "start of an origin snapshot: the saved image has its revision before clean is replaced" {
    ok start --snap-on-start=$V --save-on-stop appvms/b/private
    ok stop --snap-on-start=$V --save-on-stop appvms/b/private
    does "lock, link clean revision1, link clean clean~, rename clean~ clean, fsync new, name dirty, fsync D" \
        start --snap-on-start=$V --save-on-stop appvms/b/private
}

@test "stop: content, revision, commit, directory; only then what is old goes and the precache comes" {
    ok start $V
    tidied "unlink revision1" "fsync new, name precache"
    does "lock, fsync dirty, link clean revision2, rename dirty clean, fsync D, ${TIDIED[0]}, ${TIDIED[1]}, fsync D" \
        stop $V --revisions-to-keep=1
    ok start $V
    does "lock, fsync dirty, rename dirty clean, fsync D, unlink revision2, fsync D" \
        stop $V --revisions-to-keep=0 --no-precache
    # A former stop may have been interrupted before its commit was durable.
    does "lock, fsync D" stop $V
}

@test "revert: the current state has its revision before it is replaced" {
    does "lock, fsync revision1, link clean revision2, unlink precache, rename revision1 clean, fsync D" \
        revert $V
    ok start $V
    does "lock, fsync revision2, link clean revision3, rename revision2 clean, fsync D, unlink dirty, fsync D" \
        revert --discard $V
}

@test "pin and unpin: the image, its names, the directory" {
    does "lock, fsync revision1, link revision1 revision1+x, fsync D" pin $V 1 x
    does "lock, fsync clean, link clean revision2, link revision2 revision2+y, fsync D" pin $V clean y
    does "lock, unlink revision1+x, fsync D" unpin $V x
}

@test "snapshot: dirty and its reflink are on the disk before the revision and the name" {
    has_reflinks || return 0
    ok start $V
    does "lock, fsync dirty, fsync new, link clean revision2, fsync new, name clean~, rename clean~ clean, fsync D" \
        snapshot $V
}

@test "resize: of dirty in place, of clean by a file of its own" {
    does "lock, fsync new, name clean~, rename clean~ clean, fsync D, unlink precache, fsync D" \
        resize $V 2M
    does "lock, fsync D" resize $V 2M
    ok start $V
    does "lock, resize dirty, fsync dirty" resize $V 3M
    does "lock, fsync dirty" resize $V 3M
}

@test "remove: revisions before clean, clean before dirty, and the directory last" {
    ok start $V
    touch "$A/private-import.img" "$A/private-precache.img"
    does "lock, unlink import, unlink revision1, unlink clean, unlink precache, unlink dirty, fsync D, rmdir a, fsync above" \
        remove --discard $V
}

@test "discard, prune, cleanup and precache: the deed, then the directory" {
    does "lock, fsync D" precache $V # it is good already
    touch "$A/private.img"
    # It may be the last copy of a state: are these bytes in the clean image?
    does "lock, fsync precache, fsync clean, fsync new, name precache~, rename precache~ precache, fsync D" precache $V
    does "lock, unlink revision1, fsync D" prune $V 1
    head -c 64K /dev/urandom >"$A/private.img.1@2018-01-02T03:04:05Z"
    does "lock, unlink revision1, fsync D" reclaim --keep=0 64K
    ok start $V
    does "lock, unlink dirty, fsync D" discard $V
    touch "$A/private-import.img"
    does "lock, unlink import, fsync D" cleanup $V
    does "lock, fsync D" cleanup $V
}
