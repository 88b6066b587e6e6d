#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# import-end: what the caller wrote to the import image becomes the clean image.

load lib/common

V=appvms/a/private

prepare() {
    ok create $V --size=1M
    write_to "$A/private.img" old
    ok import-begin $V --size=2M
    write_to "$A/private-import.img" new
}

@test "import-end commits the import image" {
    ok import-end $V
    says "linked 'P/appvms/a/private.img' -> 'P/appvms/a/private.img.1@*'" \
        "renamed 'P/appvms/a/private-import.img' -> 'P/appvms/a/private.img'" \
        "$(cloned 'P/appvms/a/private.img' 'P/appvms/a/private-precache.img' 4096)"
    files private.img private-precache.img private.img.1@*
    holds "$A/private.img" new
    holds "$A"/private.img.1@* old
    [ "$(stat -c %s "$A/private.img")" = 2097152 ]
}

@test "import-end keeps as many revisions as it is told" {
    ok import-end $V --revisions-to-keep=0
    files private.img private-precache.img
    ok import-begin $V --size=3M
    ok import-end $V --revisions-to-keep=-1
    files private.img
}

@test "import-end leaves a dirty image alone" {
    ok import-end $V --abort
    ok start $V
    ok import-begin $V --size=2M
    ok import-end $V
    files private.img private-dirty.img private.img.1@*
    holds "$A/private-dirty.img" old
}

@test "import-end refuses a volume that is dirty and keeps no revisions" {
    ok import-end $V --abort
    ok start $V
    ok import-begin $V --size=2M
    fails 3 import-end $V --revisions-to-keep=-1
    fails 3 import-end $V --revisions-to-keep=0
    rm "$A/private.img"
    fails 3 import-end $V
    ok import-end $V --abort
    files private-dirty.img
}

@test "import-end --abort removes the import image and nothing else" {
    ok import-end $V --abort
    says "removed 'P/appvms/a/private-import.img'"
    files private.img
    holds "$A/private.img" old
}

@test "import-end needs an import-begin" {
    rm "$A/private-import.img"
    fails 4 import-end $V
    [[ "$ERR" == *"import-begin makes it" ]]
    fails 4 import-end $V --abort
    fails 4 import-end appvms/nowhere/private
}

@test "import-end drops no revision unless it is told to" {
    ok import-end $V
    for n in 2 3; do
        ok import-begin $V --size=1M
        ok import-end $V
    done
    files private.img private-precache.img private.img.{1,2,3}@\*
    ok import-begin $V --size=1M
    ok import-end $V --revisions-to-keep=2
    files private.img private-precache.img private.img.{3,4}@\*
}

@test "import-end --keep-older-than=AGE leaves the youngest revision that is older, too" {
    touch "$A/private.img.1@$(date -u -d "3 days ago" +%FT%TZ)" "$A/private.img.2@$(date -u -d "2 days ago" +%FT%TZ)" \
        "$A/private.img.3@$(date -u -d "1 hour ago" +%FT%TZ)"
    ok import-end $V --revisions-to-keep=1 --keep-older-than=1d
    files private.img private-precache.img private.img.{2,4}@\*
    ok import-begin $V --size=1M
    ok import-end $V --revisions-to-keep=0 --keep-older-than=1d
    files private.img private-precache.img
}

@test "import-end of an image that can't be flushed refuses it from then on" {
    injected fsync:error=EIO:when=1 import-end $V
    [ "$STATUS" = 6 ] || fail
    holds "$A/private.img" old
    fails 3 import-end $V
    says "cannot trust 'P/appvms/a/private-import.img': what was written to it last may be lost\
 (import it again; import-end --abort drops it)"
    ok import-end --abort $V
    ok import-begin $V --size=1M
    ok import-end $V
}
