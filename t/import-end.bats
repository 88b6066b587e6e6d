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
