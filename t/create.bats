#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# create: an empty clean image.

load lib/common

@test "create makes the VM's directory and one sparse clean image" {
    ok create appvms/a/private --size=10M
    says "created directory 'P/appvms/a'" \
        "created 'P/appvms/a/private.img' (sparse, 10485760 bytes)"
    files private.img
    [ "$(stat -c '%s %b %a %h' "$A/private.img")" = "10485760 0 600 1" ]
}

@test "create refuses a volume that has any image, and changes nothing" {
    mkdir "$A"
    for image in private.img private-dirty.img private-import.img private-precache.img \
        private.img.1@2018-01-02T03:04:05Z; do
        echo precious >"$A/$image"
        fails 3 create appvms/a/private --size=1M
        what=images
        [[ $image != *@* ]] || what=revisions
        [[ $image == *-@(import|precache)* ]] || what+=": import keeps them"
        says "cannot create 'P/appvms/a/private.img': the volume has $what (--force removes them)"
        rm "$A/$image"
    done
}

@test "create doesn't mind the volumes beside it" {
    mkdir "$A"
    touch "$A/private2.img" "$A/private-old.img" "$A/private2.img~abcdefgh"
    ok create appvms/a/private --size=1M
    files private.img private2.img private-old.img private2.img~abcdefgh
}

@test "create --force removes what the volume has, and nothing else" {
    ok create appvms/a/private --size=1M
    ok start appvms/a/private
    touch "$A/private.img.1@2018-01-02T03:04:05Z" "$A/root.img"
    ok create appvms/a/private --size=2M --force
    files private.img root.img
    [ "$(stat -c %s "$A/private.img")" = 2097152 ]
}

@test "create --force removes nothing for an image that there can't be" {
    ok create appvms/a/private --size=1M
    session appvms/a/private one
    before=$(snapshot)
    injected ftruncate:error=EFBIG:when=1 create appvms/a/private --size=2M --force
    [ "$STATUS" = 6 ] && [ "$(snapshot)" = "$before" ] || fail "it has changed something"
    says "cannot resize 'P/appvms/a/private.img': File too large"
}

@test "create removes the tempfiles of an interrupted create" {
    mkdir "$A"
    touch "$A/private.img~abcd_123"
    ok create appvms/a/private --size=0
    files private.img
}

@test "create needs a size that is one" {
    fails 2 create appvms/a/private
    for size in "" -1 x 1x 10GB 1.0000001 9999999999G 0x10 "1 G G" 1..5G; do
        fails 2 create appvms/a/private --size="$size"
    done
}

@test "create and start that fail leave no directory behind" {
    for command in create "start --volatile"; do
        # shellcheck disable=SC2086
        (ulimit -f 10240 && rl $command --size=100M appvms/a/private && [ "$STATUS" = 6 ] &&
            [ "$(head -1 <<<"$ERR")" = "reflinkctl: created directory '$A'" ] &&
            [ "$(tail -1 <<<"$ERR")" = "reflinkctl: removed directory '$A'" ])
        [ ! -e "$A" ]
    done
}

@test "create understands units" {
    while read -r text bytes; do
        ok create --force appvms/a/private --size="$text"
        [ "$(stat -c %s "$A/private.img")" = "$bytes" ] || fail "$text is not $bytes"
    done <<-END
	0 0
	1 1
	1K 1024
	1KiB 1024
	1kib 1024
	1.5M 1572864
	3GiB 3221225472
	END
}

@test "what the caller has open stays open" {
    traced close create appvms/a/private --size=1M
    [ "$STATUS" = 0 ] || fail
    ! grep -E '^close\([0-2]<' <<<"$TRACE" || fail "closed a standard stream"
}
