#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# revert: an older state becomes the clean image.

load lib/common

V=appvms/a/private
D=P/appvms/a/private

# Revisions 1 (empty), 2 (one) and 3 (two), clean is "three".
prepare() {
    ok create $V --size=1M
    for text in one two three; do session $V $text --revisions-to-keep=9; done
}

@test "revert makes the newest revision clean, and clean a revision" {
    old=$(inode "$A/private.img") new=$(inode "$A"/private.img.3@*)
    ok revert $V
    says "linked '$D.img' -> '$D.img.4@*'" "removed '$D-precache.img'" \
        "renamed '$D.img.3@*' -> '$D.img'"
    files private.img private.img.{1,2,4}@\*
    [ "$(inode "$A/private.img")" = "$new" ]
    [ "$(inode "$A"/private.img.4@*)" = "$old" ]
    holds "$A/private.img" two
    holds "$A"/private.img.4@* three
    ok revert $V
    holds "$A/private.img" three
    ok start $V
    holds "$A/private-dirty.img" three
}

@test "revert takes a number, or the full name of a revision" {
    ok revert $V 2
    files private.img private.img.{1,3,4}@\*
    holds "$A/private.img" one
    full=$(basename "$A"/private.img.3@*)
    ok revert $V "${full#private.img.}"
    holds "$A/private.img" two
    files private.img private.img.{1,4,5}@\*
}

@test "revert doesn't guess which of two revisions with one number is meant" {
    cp -p "$A"/private.img.2@* "$A/private.img.2@2018-01-02T03:04:05Z"
    fails 3 revert $V 2
    [[ "$ERR" == *"cannot tell which revision '2' of '$POOL/$V.img': write its time too, as in 2@20"* ]]
    ok revert $V 2@2018-01-02T03:04:05Z
}

@test "revert needs a revision that is there" {
    fails 4 revert $V 7
    says "cannot find revision '7' of '$D.img'"
    fails 4 revert $V 2@2001-01-01T00:00:00Z
    for bad in "" +2 " 2" 2@ 2@yesterday ../root 02; do
        fails 2 revert -- $V "$bad"
    done
    rm "$A"/private.img.*
    fails 4 revert $V
    says "cannot revert '$D.img': it has no revisions"
    fails 4 revert appvms/b/private
}

@test "revert refuses a dirty volume, unless told to discard" {
    ok start $V
    write_to "$A/private-dirty.img" four
    fails 3 revert $V
    says "cannot revert '$D.img': it is dirty (stop it, or use --discard)"
    fails 3 revert $V 1
    fails 4 revert --discard $V 7
    ok revert --discard $V
    files private.img private.img.{1,2,4}@\*
    holds "$A/private.img" two
    grep -Fqx "reflinkctl: removed '$A/private-dirty.img'" <<<"$ERR"
}

@test "revert --discard refuses while a loop device holds dirty, unless told otherwise" {
    ok start $V
    attach "$A/private-dirty.img"
    fails 3 revert --discard $V
    says "cannot remove '$D-dirty.img': '$LOOP' uses it (--force removes it all the same)"
    fails 3 revert --force $V
    ok revert --discard --force $V
    files private.img private.img.{1,2,4}@\*
}

@test "revert brings a volume back whose clean image is gone" {
    rm "$A/private.img" "$A/private-precache.img"
    ok revert $V
    says "renamed '$D.img.3@*' -> '$D.img'"
    files private.img private.img.{1,2}@\*
    holds "$A/private.img" two
}

@test "revert --discard without a clean image keeps the only copy until the revision is in place" {
    ok start $V --revisions-to-keep=-1
    files private-dirty.img private.img.{1,2,3}@\*
    for option in "" --discard; do
        fails 3 revert $option $V
        says "cannot revert '$D.img': it is dirty, the only copy of its newest state (stop it; or\
 --discard --force drops that)"
    done
    injected renameat2:error=ENOSPC:when=1 revert --discard --force $V
    [ "$STATUS" = 6 ]
    files private-dirty.img private.img.{1,2,3}@\*
    ok revert --discard --force $V
    says "renamed '$D.img.3@*' -> '$D.img'" "removed '$D-dirty.img'"
    files private.img private.img.{1,2}@\*
    holds "$A/private.img" two
}

@test "revert --discard drops the dirty image only when the revision is in its place" {
    ok start $V
    write_to "$A/private-dirty.img" four
    injected renameat:error=EIO:when=1 revert --discard $V
    [ "$STATUS" = 6 ]
    holds "$A/private-dirty.img" four
    ok revert --discard $V
    [ ! -e "$A/private-dirty.img" ]
    holds "$A/private.img" two
}

@test "revert wants the number of a revision as it is written" {
    for revision in 02 +2 "" 2@2018-01-02; do
        fails 2 revert $V "$revision"
    done
}

@test "revert doesn't take the revision of an interrupted commit for an older state" {
    ln "$A/private.img" "$A/private.img.4@2018-01-02T03:04:05Z"
    ok revert $V
    files private.img private.img.{1,2,4}@\*
    holds "$A/private.img" two
    holds "$A"/private.img.4@* three
}

@test "revert to what is the clean image by another name changes nothing and loses nothing" {
    ln "$A/private.img" "$A/private.img.4@2018-01-02T03:04:05Z"
    ok revert $V 4
    files private.img private.img.{1,2,3,4}@\*
    holds "$A/private.img" three
}

@test "revert whose rename fails leaves the volume as it was, and can be repeated" {
    injected renameat:error=ENOSPC:when=1 revert $V
    [ "$STATUS" = 6 ]
    holds "$A/private.img" three
    files private.img private.img.{1,2,3,4}@\* # a precache might be taken for one of another image
    ok revert $V 3
    holds "$A/private.img" two
    files private.img private.img.{1,2,4}@\*
}

@test "revert that failed at an immutable clean image, repeated, makes no revision twice" {
    requires_root
    ok create appvms/b/private --size=1M
    A=$POOL/appvms/b
    for text in s1 s2 s3; do session appvms/b/private $text; done
    chattr +i "$A/private.img"
    rl revert appvms/b/private
    [ "$STATUS" = 6 ] || fail
    chattr -i "$A/private.img"
    ok revert appvms/b/private
    holds "$A/private.img" s2
    files private.img private.img.{1,2,4}@\*
    holds "$A"/private.img.4@* s3
}

@test "revert whose revision can't be flushed says that it may not be whole, and refuses it from then on" {
    ok create appvms/b/private --size=1M
    A=$POOL/appvms/b
    for text in s1 s2; do session appvms/b/private $text; done
    injected fsync:error=EIO:when=1 revert appvms/b/private
    [ "$STATUS" = 6 ] || fail
    holds "$A/private.img" s2
    rl revert appvms/b/private
    [ "$STATUS" = 3 ] || fail
    [[ $ERR == *"cannot trust '$A/private.img.2@"*"': what was written to it last may be lost ("* ]] || fail
    holds "$A/private.img" s2
    ok revert --force appvms/b/private
    holds "$A/private.img" s1
}
