#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What each transition costs in system calls that wait for the disk or change a directory.  The
# numbers are exact: a change of them is to be on purpose.
#
# An fsync is there for one of these, and the header comments of subcmd/ and replace.h say where:
#
#   image      what becomes the clean image is on the disk before it gets the name
#   new        a new file is on the disk before it gets its name: else a power cut leaves an empty one
#   dir        what was done in the directory is durable; one call for all of it
#   tidy       the same for what follows a commit (prune, precache), which must not come before
#   parent     a directory appeared or vanished
#
# A link is a revision or a template's snapshot; or the name of a new file, made without one.

load lib/common

# costs FSYNC CLONE RENAME LINK UNLINK ARG...: it succeeds with so many calls of each.
costs() {
    local expected="$1 fsync, $2 clone, $3 rename, $4 link, $5 unlink" actual
    shift 5
    CALL=("$@")
    OUT=$(strace -f -qq -o "$RUN_SCRATCH/trace" "$BIN" -C "$POOL" "$@" 2>"$RUN_SCRATCH/stderr")
    actual=$(awk -F'[ (]+' '
        $2 ~ /^(fsync|fdatasync|sync|syncfs|sync_file_range|msync)$/ { fsync++ }
        $2 ~ /^ioctl$/ && /FICLONE/ { clone++ }
        $2 ~ /^rename/ { rename++ }
        $2 ~ /^link/ { link++ }
        $2 ~ /^(unlink|rmdir)/ { unlink++ }
        END { printf "%d fsync, %d clone, %d rename, %d link, %d unlink",
            fsync, clone, rename, link, unlink }' "$RUN_SCRATCH/trace")
    [ "$actual" = "$expected" ] || fail "expected $expected" "not      $actual"
}

# A volume with a clean image that has an older state.
stopped() {
    ok create "$1" --size=1M
    ok start "$1"
    ok stop "$1" --no-precache
}

@test "create: new, dir; with the VM's directory: parent" {
    costs 3 0 0 1 0 create appvms/a/private --size=1M
    costs 2 0 0 1 0 create appvms/a/root --size=1M
    costs 2 0 0 1 1 create appvms/a/root --size=1M --force
}

@test "start from a precache: dir" {
    stopped appvms/a/private
    ok precache appvms/a/private
    costs 1 0 1 0 0 start appvms/a/private
    # It is running: nothing but the certainty that it stays so.
    costs 1 0 0 0 0 start appvms/a/private
}

@test "start of a snapshot from a precache: dir" {
    stopped vm-templates/t/root
    ok precache --snap-on-start=vm-templates/t/root appvms/a/root
    costs 1 0 1 1 0 start --snap-on-start=vm-templates/t/root appvms/a/root
}

@test "start without a precache: new, dir" {
    stopped appvms/a/private
    costs 2 1 0 1 0 start appvms/a/private
}

@test "start and stop with snapshots disabled: dir; image, dir" {
    ok create appvms/a/private --size=1M
    costs 1 0 1 0 0 start appvms/a/private --revisions-to-keep=-1
    costs 2 0 1 0 0 stop appvms/a/private --revisions-to-keep=-1
}

@test "stop --no-precache: image, dir; with something to prune: tidy" {
    ok create appvms/a/private --size=1M
    ok start appvms/a/private
    costs 2 0 1 1 0 stop appvms/a/private --no-precache
    ok start appvms/a/private
    costs 2 0 1 1 0 stop appvms/a/private --no-precache
    ok start appvms/a/private
    costs 3 0 1 1 2 stop appvms/a/private --no-precache --revisions-to-keep=1
    ok start appvms/a/private
    costs 3 0 1 0 1 stop appvms/a/private --no-precache --revisions-to-keep=0
    costs 1 0 0 0 0 stop appvms/a/private --no-precache
}

@test "stop: image, dir, new, tidy" {
    stopped appvms/a/private
    ok start appvms/a/private
    costs 4 1 1 2 0 stop appvms/a/private
    ok start appvms/a/private
    costs 4 1 1 2 2 stop appvms/a/private --revisions-to-keep=1
}

@test "snapshot: new, dir; its end: dir" {
    stopped vm-templates/t/root
    mkdir "$A"
    costs 2 1 0 2 0 start appvms/a/root --snap-on-start=vm-templates/t/root
    # A new file for a name that is taken: the link is refused, a tempname linked and renamed.
    costs 2 1 1 2 0 start appvms/a/root --snap-on-start=vm-templates/t/root
    costs 1 0 0 0 2 stop appvms/a/root --snap-on-start=vm-templates/t/root
}

@test "volatile: new, dir; its end: dir" {
    mkdir "$A"
    costs 2 0 0 1 0 start appvms/a/volatile --volatile --size=1M
    costs 1 0 0 0 1 stop appvms/a/volatile --volatile
}

@test "revert: image, dir; with --discard, dir once more" {
    stopped appvms/a/private
    costs 2 0 1 1 0 revert appvms/a/private
    ok start appvms/a/private
    costs 3 0 1 1 1 revert appvms/a/private --discard
}

@test "pin: image, dir; unpin: dir; revert to a pin: image, dir" {
    stopped appvms/a/private
    costs 2 0 0 1 0 pin appvms/a/private 1 x
    costs 2 0 0 2 0 pin appvms/a/private clean y
    costs 1 0 0 0 1 unpin appvms/a/private y
}

@test "snapshot: image, new (twice: the second time there is nothing to do), dir" {
    has_reflinks || return 0
    stopped appvms/a/private
    ok start appvms/a/private
    echo x | dd of="$A/private-dirty.img" conv=notrunc status=none
    costs 4 1 1 3 0 snapshot appvms/a/private
}

@test "resize of a dirty image: image; of a clean one: new, dir" {
    ok create appvms/a/private --size=1M
    costs 2 1 1 2 0 resize appvms/a/private 2M
    costs 1 0 0 0 0 resize appvms/a/private 2M
    ok start appvms/a/private
    costs 1 0 0 0 0 resize appvms/a/private 3M
    costs 1 0 0 0 0 resize appvms/a/private 3M
}

@test "origin snapshot: new, dir; its end: image, dir; with something to prune: tidy" {
    stopped vm-templates/t/root
    mkdir "$A"
    local kind=(--save-on-stop --snap-on-start=vm-templates/t/root)
    costs 2 1 0 2 0 start appvms/a/root "${kind[@]}"
    costs 2 0 1 0 0 stop appvms/a/root "${kind[@]}"
    # One more link than the first time: the saved state becomes a revision.
    costs 2 1 1 3 0 start appvms/a/root "${kind[@]}"
    costs 2 0 1 0 0 stop appvms/a/root "${kind[@]}"
    costs 2 1 1 3 0 start appvms/a/root "${kind[@]}"
    costs 3 0 1 0 1 stop appvms/a/root "${kind[@]}" --revisions-to-keep=1
}

@test "precache: new, dir; a good one: dir" {
    stopped appvms/a/private
    costs 2 1 0 1 0 precache appvms/a/private
    costs 1 0 0 0 0 precache appvms/a/private
}

@test "import: new, then as a stop; import-begin: new, dir; import-end: as a stop, or dir" {
    stopped appvms/a/private
    truncate -s 1M "$POOL/source"
    # Image is on the disk already then, which costs nothing.
    costs 5 2 1 3 1 import --revisions-to-keep=1 appvms/a/private "$POOL/source"
    costs 2 0 0 1 0 import-begin appvms/a/private --size=1M
    costs 4 1 1 2 2 import-end --revisions-to-keep=1 appvms/a/private
    costs 2 0 0 1 0 import-begin appvms/a/private --size=1M
    costs 1 0 0 0 1 import-end appvms/a/private --abort
}

@test "clone, export and copy to a file: new, dir; with the VM's directory: parent" {
    stopped appvms/a/private
    costs 3 1 0 1 0 clone appvms/a/private appvms/b/private
    costs 2 1 0 1 0 clone appvms/a/private appvms/b/root
    costs 2 1 0 1 0 export appvms/a/private --output="$POOL/exported"
    costs 2 1 1 2 0 export appvms/a/private --output="$POOL/exported"
    costs 2 1 0 1 0 copy "$POOL/exported" "$POOL/copied"
}

@test "discard, prune and cleanup: dir" {
    stopped appvms/a/private
    ok start appvms/a/private
    costs 1 0 0 0 1 discard appvms/a/private
    costs 1 0 0 0 1 prune appvms/a/private --revisions-to-keep=0
    touch "$A/private.img~abcdefgh"
    costs 1 0 0 0 1 cleanup appvms/a/private
}

@test "remove: dir, parent" {
    stopped appvms/a/private
    ok start appvms/a/private
    costs 2 0 0 0 4 remove --discard appvms/a/private
}

@test "import: new, image, dir, new, tidy; in two halves: new, dir; image, dir, new, tidy" {
    ok create appvms/a/private --size=1M
    truncate -s 1M "$POOL/source"
    costs 5 2 1 3 0 import appvms/a/private source
    costs 2 0 0 1 0 import-begin appvms/a/private --size=1M
    costs 4 1 1 2 2 import-end --revisions-to-keep=1 appvms/a/private
    costs 2 0 0 1 0 import-begin appvms/a/private --size=1M
    costs 1 0 0 0 1 import-end appvms/a/private --abort
}

@test "clone, export to a file, copy: new, dir" {
    ok create appvms/a/private --size=1M
    costs 2 1 0 1 0 clone appvms/a/private appvms/a/root
    costs 2 1 0 1 0 export appvms/a/private --output=out
    costs 2 1 1 2 0 copy appvms/a/root.img out
}

@test "diff: both images, to know where they are on the disk; of a dirty one, a clone of the moment" {
    stopped appvms/a/private
    costs 2 0 0 0 0 diff appvms/a/private
    ok start appvms/a/private
    costs 2 1 0 0 0 diff appvms/a/private clean dirty
    costs 0 0 0 0 0 -n diff appvms/a/private
}

@test "questions cost nothing" {
    ok create appvms/a/private --size=1M
    for words in verify revisions export info fsck; do
        costs 0 0 0 0 0 "$words" appvms/a/private
    done
    costs 0 0 0 0 0 list
    costs 0 0 0 0 0 df
}
