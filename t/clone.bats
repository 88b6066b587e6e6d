#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# clone: a new volume with the clean content of another.

load lib/common
load lib/live

prepare() {
    OTHER=$(mktemp -d "$RUN_SCRATCH/other.XXXXXX")
    ok create appvms/a/private --size=1M
    write_to "$A/private.img" content
}

tidy() {
    stop_writing
    rm -rf "$OTHER"
}

@test "clone makes a volume of its own" {
    ok clone appvms/a/private appvms/b/root
    says "created directory 'P/appvms/b'" \
        "$(cloned 'P/appvms/a/private.img' 'P/appvms/b/root.img' 4096)"
    [ "$(ls "$POOL/appvms/b")" = root.img ]
    cmp "$A/private.img" "$POOL/appvms/b/root.img"
    [ "$POOL/appvms/b/root.img" -nt "$A/private.img" ]
    [ "$(stat -c '%h %a' "$POOL/appvms/b/root.img")" = "1 600" ]
    [ "$(inode "$A/private.img")" != "$(inode "$POOL/appvms/b/root.img")" ]
}

@test "clone takes the clean image of a running volume" {
    ok start appvms/a/private
    write_to "$A/private-dirty.img" changed
    ok clone appvms/a/private appvms/a/copy
    says "warning: 'P/appvms/a/private.img' is the state of the last stop: the volume is dirty,\
 what was written since is in 'P/appvms/a/private-dirty.img' (--live takes that)" \
        "$(cloned 'P/appvms/a/private.img' 'P/appvms/a/copy.img')"
    holds "$A/copy.img" content
    files private.img private-dirty.img copy.img
}

@test "clone crosses pools and file systems" {
    mkdir -p "$OTHER/appvms"
    ok clone appvms/a/private "$OTHER/appvms/b/private"
    cmp "$A/private.img" "$OTHER/appvms/b/private.img"
    write_to "$OTHER/appvms/b/private.img" back
    ok clone "$OTHER/appvms/b/private" appvms/c/private
    holds "$POOL/appvms/c/private.img" back
}

@test "clone refuses a volume that has any image" {
    mkdir "$POOL/appvms/b"
    for image in private.img private-dirty.img private-import.img private-precache.img \
        private.img.1@2018-01-02T03:04:05Z; do
        echo precious >"$POOL/appvms/b/$image"
        fails 3 clone appvms/a/private appvms/b/private
        [[ $image != *@* ]] || says "cannot create 'P/appvms/b/private.img': the volume has revisions: import keeps them"
        rm "$POOL/appvms/b/$image"
    done
    fails 3 clone appvms/a/private appvms/a/private
}

@test "clone needs a clean image, and makes no directory without" {
    fails 4 clone appvms/nowhere/private appvms/b/private
    fails 4 clone appvms/a/root appvms/b/private
    fails 2 clone appvms/a/private-dirty appvms/b/private
    fails 2 clone appvms/a/private appvms/b/private-dirty
    fails 2 clone appvms/a/private
}

@test "clone that fails leaves no directory behind" {
    injected fsync:error=ENOSPC:when=2 clone appvms/a/private appvms/b/private
    [ "$STATUS" = 6 ]
    [[ "$(sed 1d <<<"$ERR")" == "reflinkctl: cannot sync '$POOL/appvms/b/private.img': "* ]]
    [ ! -e "$POOL/appvms/b" ]
}

@test "clone removes what an interrupted one left" {
    mkdir "$POOL/appvms/b"
    touch "$POOL/appvms/b/private.img~abcdefgh"
    ok clone appvms/a/private appvms/b/private
    [ "$(ls "$POOL/appvms/b")" = private.img ]
}

@test "clone --live takes the dirty image" {
    fails 4 clone --live appvms/a/private appvms/b/private
    ok start appvms/a/private
    write_to "$A/private-dirty.img" newest
    ok clone --live appvms/a/private appvms/b/private
    [ "$(ls "$POOL/appvms/b")" = private.img ]
    holds "$POOL/appvms/b/private.img" newest
    mkdir -p "$OTHER/appvms"
    ok clone --live appvms/a/private "$OTHER/appvms/c/private"
    holds "$OTHER/appvms/c/private.img" newest
    files private.img private-dirty.img
}

@test "clone --live is the state of one moment, while a process writes; where it can't be, it fails" {
    ok start appvms/a/private
    write_on "$A/private-dirty.img"
    for n in {1..20}; do
        rl clone --live appvms/a/private appvms/b/p$n
        if has_reflinks; then
            [ "$STATUS" = 0 ] || fail
        fi
        [ "$STATUS" != 0 ] || of_a_moment "$POOL/appvms/b/p$n.img"
    done
    stop_writing
}
