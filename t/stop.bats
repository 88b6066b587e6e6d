#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# stop: commit the dirty image, or drop it.

load lib/common

V=appvms/a/private
D=P/appvms/a/private

# A started volume, dirty: "two" over "one".
prepare() {
    ok create $V --size=1M
    write_to "$A/private.img" one
    ok start $V
    write_to "$A/private-dirty.img" two
}

tidy() {
    [ ! -d "$A" ] || chattr -R -i "$A" 2>/dev/null || true
}

@test "stop makes clean a revision and dirty clean, and prepares the next start" {
    clean=$(inode "$A/private.img") dirty=$(inode "$A/private-dirty.img")
    ok stop $V
    says "linked '$D.img' -> '$D.img.1@*'" "renamed '$D-dirty.img' -> '$D.img'" \
        "$(cloned $D.img $D-precache.img)"
    [ -z "$OUT" ]
    files private.img private-precache.img private.img.1@\*
    [ "$(inode "$A/private.img")" = "$dirty" ]
    [ "$(inode "$A"/private.img.1@*)" = "$clean" ]
    holds "$A/private.img" two
    holds "$A"/private.img.1@* one
    [ "$(stat -c %y "$A/private-precache.img")" = "$(stat -c %y "$A/private.img")" ]
    [ "$(stat -c %h "$A/private-precache.img")" = 1 ]
}

@test "stop stamps the revision with the time of its content, in UTC" {
    touch -d "2018-01-02T03:04:05.9Z" "$A/private.img"
    TZ=Asia/Kolkata ok stop $V
    [ -e "$A/private.img.1@2018-01-02T03:04:05Z" ]
    [ "$(TZ=UTC stat -c %y "$A"/private.img.1@*)" = "2018-01-02 03:04:05.900000000 +0000" ]
}

@test "stop knows the calendar" {
    for time in 1969-12-31T23:59:59Z 1970-01-01T00:00:00Z 1999-12-31T23:59:59Z 2000-02-29T00:00:00Z \
        2024-12-31T12:30:45Z 2100-02-28T23:59:59Z 2100-03-01T00:00:00Z 2400-02-29T23:59:59Z; do
        touch -d "$time" "$A/private.img"
        ok stop $V --revisions-to-keep=1
        [[ "$(echo "$A"/private.img.*@*)" == *"@$time" ]] || fail "$time"
        ok start $V
    done
}

@test "stop drops no revision that nobody asks it to drop" {
    ok stop $V
    for text in three four five; do session $V $text; done
    files private.img private-precache.img private.img.{1,2,3,4}@\*
    holds "$A"/private.img.1@* one
    holds "$A"/private.img.4@* four
}

@test "stop drops the oldest revisions after the commit" {
    ok stop $V
    ok start $V
    ok stop $V --revisions-to-keep=1
    tidied "removed '$D.img.1@*'" "$(cloned $D.img $D-precache.img)"
    says "linked '$D.img' -> '$D.img.2@*'" "renamed '$D-dirty.img' -> '$D.img'" "${TIDIED[@]}"
    files private.img private-precache.img private.img.2@\*
}

@test "stop --revisions-to-keep=N keeps N" {
    ok stop $V
    for text in three four five; do session $V $text --revisions-to-keep=3; done
    files private.img private-precache.img private.img.{2,3,4}@\*
    holds "$A/private.img" five
    holds "$A"/private.img.4@* four
    holds "$A"/private.img.2@* two
    session $V six --revisions-to-keep=1
    files private.img private-precache.img private.img.5@\*
}

@test "stop --revisions-to-keep=0 keeps none and makes none" {
    ok stop $V
    ok start $V
    ok stop $V --revisions-to-keep=0 --no-precache
    says "renamed '$D-dirty.img' -> '$D.img'" "removed '$D.img.1@*'"
    files private.img
    holds "$A/private.img" two
}

@test "stop --revisions-to-keep=-1 makes no revision, drops all and prepares nothing" {
    ok stop $V
    ok start $V --revisions-to-keep=-1
    write_to "$A/private-dirty.img" three
    ok stop $V --revisions-to-keep=-1
    says "renamed '$D-dirty.img' -> '$D.img'" "removed '$D.img.1@*'"
    files private.img
    holds "$A/private.img" three
}

@test "stop --revisions-to-keep=-1 replaces the clean image of a start without it" {
    dirty=$(inode "$A/private-dirty.img")
    ok stop $V --revisions-to-keep=-1
    files private.img
    [ "$(inode "$A/private.img")" = "$dirty" ]
}

@test "stop --no-precache prepares nothing, and removes a precache that is stale now" {
    ln "$A/private.img" "$A/private-precache.img"
    ok stop $V --no-precache
    files private.img private.img.1@\*
}

@test "stop with nothing to do is success, and does nothing" {
    ok stop $V
    before=$(snapshot)
    ok stop $V
    says
    [ "$(snapshot)" = "$before" ]
}

@test "stop without any image is an error" {
    rm "$A"/*
    fails 4 stop $V
    says "cannot find '$D.img'"
    fails 4 stop appvms/b/private
    says "cannot open directory 'P/appvms/b': No such file or directory"
}

@test "stop of what is never saved has nothing to do where nothing is" {
    for kind in --volatile --snap-on-start=vm-templates/t/root; do
        ok stop $kind appvms/b/root
        says
    done
    [ ! -e "$POOL/appvms/b" ]
}

@test "stop commits a dirty image without a clean one" {
    rm "$A/private.img"
    ok stop $V --no-precache
    says "renamed '$D-dirty.img' -> '$D.img'"
    files private.img
    holds "$A/private.img" two
}

@test "stop doesn't double the revision of an interrupted commit" {
    touch "$A/private.img.1@2018-01-02T03:04:05Z"
    ln "$A/private.img" "$A/private.img.2@2018-01-02T03:04:06Z"
    ok stop $V --no-precache --revisions-to-keep=5
    says "renamed '$D-dirty.img' -> '$D.img'"
    files private.img private.img.1@\* private.img.2@\*
    holds "$A"/private.img.2@* one
    holds "$A/private.img" two
}

@test "stop gives an empty volume its revision too" {
    ok create appvms/b/private --size=0
    ok start appvms/b/private
    ok stop appvms/b/private --no-precache
    A=$POOL/appvms/b
    files private.img private.img.1@\*
}

@test "stop of a dirty image that is the clean one by another name keeps it, and makes no revision" {
    ln -f "$A/private.img" "$A/private-dirty.img"
    ok stop $V --no-precache
    files private.img
    holds "$A/private.img" one
}

@test "stop leaves the volumes beside it alone" {
    (cd "$A" && touch private2.img private2-dirty.img private2-precache.img \
        private.img@2018-01-02T03:04:05Z private-x.img.1@2018-01-02T03:04:05Z root-dirty.img)
    ok stop $V --revisions-to-keep=0 --no-precache
    files private.img private2.img private2-dirty.img private2-precache.img private.img@\* \
        private-x.img.1@\* root-dirty.img
}

@test "stop of a snapshot drops dirty and clean, and keeps its precache and the template" {
    ok stop $V
    snap="--snap-on-start=$V"
    # shellcheck disable=SC2086
    { ok start $snap appvms/b/root && ok precache $snap appvms/b/root; }
    write_to "$POOL/appvms/b/root-dirty.img" mine
    # shellcheck disable=SC2086
    ok stop $snap appvms/b/root
    says "removed 'P/appvms/b/root-dirty.img'" "removed 'P/appvms/b/root.img'"
    holds "$A/private.img" two
    [ "$(stat -c %h "$A/private.img")" = 1 ]
    # shellcheck disable=SC2086
    ok stop $snap appvms/b/root
    says
    A=$POOL/appvms/b
    files root-precache.img
}

@test "stop of a snapshot refuses a volume with revisions: that was an origin" {
    ok stop $V
    ok start $V
    fails 3 stop --snap-on-start=vm-templates/t/root $V
    says "cannot treat the volume as a snapshot: there are revisions of '$D.img'"
}

@test "stop of a volatile volume drops dirty" {
    ok start --volatile --size=1M appvms/a/volatile
    ok stop --volatile appvms/a/volatile
    says "removed 'P/appvms/a/volatile-dirty.img'"
    files private.img private-dirty.img
    ok stop --volatile appvms/a/volatile
    says
    fails 3 stop --volatile $V
}

@test "stop of a volatile volume refuses one with revisions: dirty may be the only copy" {
    ok stop $V
    ok start $V --revisions-to-keep=-1
    files private-dirty.img private.img.1@*
    fails 3 stop --volatile $V
    says "cannot treat the volume as volatile: there are revisions of '$D.img'"
    fails 3 start --volatile --size=1M $V
}

@test "stop of an origin snapshot commits, leaves the template alone and makes no precache" {
    ok stop $V
    ok start --snap-on-start=$V --save-on-stop appvms/b/root
    write_to "$POOL/appvms/b/root-dirty.img" mine
    ok stop --snap-on-start=$V --save-on-stop appvms/b/root
    says "renamed 'P/appvms/b/root-dirty.img' -> 'P/appvms/b/root.img'"
    holds "$A/private.img" two
    A=$POOL/appvms/b
    files root.img
    holds "$A/root.img" mine
}

@test "stop of an origin snapshot makes a revision of what isn't the template's" {
    ok stop $V
    ok start --snap-on-start=$V --save-on-stop appvms/b/root
    printf imported | ok import appvms/b/root -
    write_to "$POOL/appvms/b/root-dirty.img" mine
    # nor is it a reason to fail that the template has gone
    rm -r "$A"
    ok stop --snap-on-start=$V --save-on-stop appvms/b/root --revisions-to-keep=5
    A=$POOL/appvms/b
    files root.img root.img.1@\* root.img.2@\*
    holds "$A"/root.img.2@* imported
}

@test "stop whose fsync fails changes nothing, and doesn't try again" {
    before=$(snapshot)
    injected fsync:error=ENOSPC:when=1 stop $V
    [ "$STATUS" = 6 ]
    [ "$(snapshot)" = "$before" ]
    [ "$(grep -c '^fsync' <<<"$TRACE")" = 1 ]
    grep -Fqx "reflinkctl: cannot sync '$A/private-dirty.img': No space left on device" <<<"$ERR"
    holds "$A/private.img" one
    holds "$A/private-dirty.img" two
    ok stop $V
    files private.img private-precache.img private.img.1@\*
    holds "$A/private.img" two
}

@test "stop whose fsync of the directory fails prunes nothing" {
    ok stop $V
    ok start $V
    injected fsync:error=ENOSPC:when=2 stop $V
    [ "$STATUS" = 6 ]
    [ "$(tail -n 1 <<<"$ERR")" = "reflinkctl: cannot sync directory '$A': No space left on device" ]
    files private.img private.img.1@\* private.img.2@\*
}

@test "stop that can't prune warns, and the commit stands" {
    requires_root
    ok stop $V
    ok start $V
    write_to "$A/private-dirty.img" three
    chattr +i "$A"/private.img.1@*
    ok stop $V --revisions-to-keep=1
    tidied "warning: cannot remove '$D.img.1@*': Operation not permitted" \
        "$(cloned $D.img $D-precache.img)"
    says "linked '$D.img' -> '$D.img.2@*'" "renamed '$D-dirty.img' -> '$D.img'" "${TIDIED[@]}"
    files private.img private-precache.img private.img.1@\* private.img.2@\*
    holds "$A/private.img" three
}

@test "stop that can't precache warns, and the commit stands" {
    injected linkat:error=ENOSPC:when=2 stop $V
    [ "$STATUS" = 0 ]
    says "linked '$D.img' -> '$D.img.1@*'" "renamed '$D-dirty.img' -> '$D.img'" \
        "warning: cannot create '$D-precache.img': No space left on device"
    files private.img private.img.1@\*
}

@test "stop clones the revision where links fail, with the time of its content" {
    touch -d "2018-01-02T03:04:05.9Z" "$A/private.img"
    for error in EMLINK EPERM EXDEV EOPNOTSUPP; do
        rm -f "$A"/private.img.1@*
        injected linkat:error=$error:when=1 stop --no-precache $V
        [ "$STATUS" = 0 ]
        says "$(cloned $D.img $D.img.1@2018-01-02T03:04:05Z)" \
            "renamed '$D-dirty.img' -> '$D.img'"
        [ "$(date -u -r "$A"/private.img.1@* +%FT%TZ)" = "2018-01-02T03:04:05Z" ]
        holds "$A"/private.img.1@* one
        mv "$A/private.img" "$A/private-dirty.img"
        cp --sparse=always -p "$A"/private.img.1@* "$A/private.img"
    done
}

@test "stop, interrupted after it cloned the revision, doesn't double it" {
    for _ in 1 2 3; do
        injected linkat:error=EPERM:when=1 stop --no-precache --revisions-to-keep=5 $V
        [ "$STATUS" = 0 ] || fail
        files private.img private.img.1@\*
        holds "$A"/private.img.1@* one
        # back to before the rename
        mv "$A/private.img" "$A/private-dirty.img"
        cp --sparse=always -p "$A"/private.img.1@* "$A/private.img"
        # made after that was renamed to be the clean image
        mv "$A"/private.img.1@* "$A/1"
        mv "$A/1" "$A/private.img.1@2018-01-02T03:04:05Z"
    done
    # another state is another revision
    write_to "$A/private.img" new
    injected linkat:error=EPERM:when=1 stop --no-precache --revisions-to-keep=5 $V
    files private.img private.img.1@\* private.img.2@\*
    holds "$A"/private.img.2@* new
}

@test "where links fail, another state of the same time and size is another revision" {
    for text in three four; do
        touch -d @1700000000 "$A/private-dirty.img"
        injected linkat:error=EPERM:when=1 stop --no-precache --revisions-to-keep=5 $V
        [ "$STATUS" = 0 ]
        sleep 0.1
        ok start $V
        write_to "$A/private-dirty.img" $text
    done
    touch -d @1700000000 "$A/private-dirty.img"
    injected linkat:error=EPERM:when=1 stop --no-precache --revisions-to-keep=5 $V
    files private.img private.img.{1,2,3}@\*
    holds "$A"/private.img.2@* two
    holds "$A"/private.img.3@* three
    holds "$A/private.img" four
}

@test "stop fails where links fail for any other reason" {
    injected linkat:error=ENOSPC:when=1 stop $V
    [ "$STATUS" = 6 ]
    files private.img private-dirty.img
    holds "$A/private.img" one
}
