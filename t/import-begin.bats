#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# import-begin: an import image for the caller to write to.

load lib/common

V=appvms/a/private

@test "import-begin makes a sparse import image and prints its path" {
    ok import-begin $V --size=10M
    [ "$OUT" = "$A/private-import.img" ]
    says "created directory 'P/appvms/a'" \
        "created 'P/appvms/a/private-import.img' (sparse, 10485760 bytes)"
    files private-import.img
    [ "$(stat -c '%s %b %a %h' "$A/private-import.img")" = "10485760 0 600 1" ]
}

@test "import-begin leaves the volume as it is, dirty or not" {
    ok create $V --size=1M
    ok start $V
    before=$(inode "$A/private.img") dirty=$(inode "$A/private-dirty.img")
    ok --json import-begin $V --size=2M
    [ "$OUT" = "{\"path\": \"$A/private-import.img\"}" ]
    files private.img private-dirty.img private-import.img
    [ "$(inode "$A/private.img") $(inode "$A/private-dirty.img")" = "$before $dirty" ]
}

@test "import-begin begins anew where another was left" {
    ok import-begin $V --size=1M
    write_to "$A/private-import.img" half
    touch "$A/private-import.img~abcdefgh"
    ok import-begin $V --size=2M
    files private-import.img
    [ "$(stat -c '%s %b' "$A/private-import.img")" = "2097152 0" ]
}

@test "import-begin needs a size" {
    fails 2 import-begin $V
    fails 2 import-begin $V --size=many
}

@test "import-begin refuses when the only image is dirty" {
    ok create $V --size=1M
    ok start $V --revisions-to-keep=-1
    fails 3 import-begin $V --size=1M
}

@test "import-begin that fails leaves no directory behind" {
    injected ftruncate:error=ENOSPC import-begin $V --size=1M
    [ "$STATUS" = 6 ]
    [ ! -e "$A" ]
}

@test "start drops what import-begin made" {
    ok create $V --size=1M
    ok import-begin $V --size=1M
    ok start $V
    files private.img private-dirty.img
}
