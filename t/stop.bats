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

# Revisions 1, 2, ... that are so old.
aged() {
    local age n=0
    for age in "$@"; do
        n=$((n + 1))
        touch "$A/private.img.$n@$(date -u -d "$age ago" +%FT%TZ)"
    done
}

@test "stop --keep-older-than=AGE leaves the youngest revision that is older, too" {
    local keep left
    aged "10 days" "3 days" "49 hours" "2 hours" "1 hour"
    cp -a "$A" "$POOL/as-it-was"
    for keep in 2,1d=3,5,6 2,2d=3,5,6 2,50h=2,5,6 2,1w=1,5,6 2,2w=5,6 2,30m=5,6 2,90m=4,5,6 1,90m=4,6 \
        1,0s=6 9,1d=1,2,3,4,5,6 0,1d= -1,1d= 3,604800s=1,4,5,6; do
        ok stop --no-precache $V --revisions-to-keep="${keep%%,*}" --keep-older-than="$(cut -d, -f2 <<<"${keep%%=*}")"
        left=$(cd "$A" && ls | sed -nE 's/^private.img.([0-9]+)@.*/\1/p' | sort -n | paste -sd,)
        [ "$left" = "${keep#*=}" ] || fail "$keep leaves $left"
        holds "$A/private.img" two
        rm -r "$A"
        cp -a "$POOL/as-it-was" "$A"
    done
    ok stop $V --keep-older-than=1h # by itself it drops nothing
    files private.img private-precache.img private.img.{1,2,3,4,5,6}@\*
}

@test "no series of restarts flushes what was good yesterday" {
    touch -d "25 hours ago" "$A/private.img"
    for text in 1 2 3 4; do
        ok stop $V --revisions-to-keep=1 --keep-older-than=1d
        ok start $V
        write_to "$A/private-dirty.img" $text
    done
    ok stop $V --revisions-to-keep=1 --keep-older-than=1d
    files private.img private-precache.img private.img.{1,5}@\*
    holds "$A"/private.img.1@* one
}

@test "an AGE is a number and s, m, h, d or w" {
    for age in "" 1 d 1y 1D -1d 1.5d 1dd "1 d" 99999999999d; do
        fails 2 stop $V --revisions-to-keep=1 --keep-older-than="$age"
        says "invalid age '$age' for '--keep-older-than': write 12h, 1d, 2w ..."
    done
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
    says "cannot find '$D.img': $NO_SUCH"
    fails 4 stop appvms/b/private
    says "cannot find 'P/appvms/b/private': $NO_SUCH"
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

@test "stop --precache of a snapshot prepares the next start from the source as it is now" {
    ok stop $V
    snap="--snap-on-start=$V"
    ok start $snap appvms/b/root
    session $V three
    ok stop --precache $snap appvms/b/root
    says "removed 'P/appvms/b/root-dirty.img'" "removed 'P/appvms/b/root.img'" \
        "$(cloned $D.img P/appvms/b/root-precache.img)"
    ok start $snap appvms/b/root
    says "linked '$D.img' -> 'P/appvms/b/root.img'" \
        "renamed 'P/appvms/b/root-precache.img' -> 'P/appvms/b/root-dirty.img'"
    holds "$POOL/appvms/b/root-dirty.img" three
    # who has no source any more, or no marks, has no precache, and stops all the same
    ok stop --precache $snap appvms/b/root
    ok start $snap appvms/b/root
    injected fsetxattr:error=EOPNOTSUPP stop --precache $snap appvms/b/root
    [ "$STATUS" = 0 ] || fail
    says "removed 'P/appvms/b/root-dirty.img'" "removed 'P/appvms/b/root.img'"
    ok start $snap appvms/b/root
    rm -r "$A"
    ok stop --precache $snap appvms/b/root
    says "removed 'P/appvms/b/root-dirty.img'" \
        "warning: keeping 'P/appvms/b/root.img': '$D.img' is missing, and this may be all that is left of it" \
        "warning: cannot find 'P/appvms/a/private': $NO_SUCH"
    [ "$(ls "$POOL/appvms/b")" = root.img ] || fail
}

@test "stop --precache excludes --no-precache" {
    fails 2 stop --precache --no-precache $V
    says "--precache excludes --no-precache"
    fails 2 stop --precache --no-precache appvms/none/private # before it is looked for
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
    # the second one takes the mark to the disk
    [ "$(grep -cE '^(fsync|fsetxattr)' <<<"$TRACE")" = 2 ] || fail "$TRACE"
    says "cannot sync '$D-dirty.img': No space left on device" \
        "warning: what was written to '$D-dirty.img' last may be lost: it is not on the disk, and to try\
 again mends nothing"
    holds "$A/private.img" one
    holds "$A/private-dirty.img" two
}

@test "stop, start, export --live and clone --live refuse an image that may not be whole, and name the ways" {
    local ways="what was written to it last may be lost"
    injected fsync:error=EIO:when=1 stop $V
    [ "$STATUS" = 6 ] || fail
    for _ in 1 2; do
        fails 3 stop $V
        says "cannot trust '$D-dirty.img': $ways\
 (discard goes back to the last stop; --force commits what can be read)"
        fails 3 start $V
        says "cannot trust '$D-dirty.img': $ways\
 (discard goes back to the last stop; stop --force commits what can be read)"
        fails 3 export --live --output=out $V
        says "cannot trust '$D-dirty.img': $ways (--force takes what can be read)"
        fails 3 clone --live $V appvms/b/private
        says "cannot trust '$D-dirty.img': $ways (take an older state)"
    done
    ok export --live --force --output=out $V
    holds "$POOL/out" two
    ok discard $V
    ok start $V
    holds "$A/private-dirty.img" one
}

@test "an image that may not be whole is known even if the fsync that fails was for its id" {
    rm "$A/private-dirty.img"
    "$BIN" -q -C "$POOL" send $V >/dev/null
    mv "$A/private.img" "$A/private-dirty.img" # the start of another driver, with snapshots disabled
    injected fsync:error=EIO:when=1 stop $V
    [ "$STATUS" = 6 ] || fail
    fails 3 stop $V
}

@test "stop --force commits what can be read of an image that may not be whole" {
    injected fsync:error=EIO:when=1 stop $V
    ok stop --force $V
    files private.img private-precache.img private.img.1@\*
    holds "$A/private.img" two
    holds "$A"/private.img.1@* one
    # from then on it is as good as any other
    ok start $V
    write_to "$A/private-dirty.img" three
    ok stop $V
    ok revert $V
    holds "$A/private.img" two
}

@test "stop --force of an image that still can't be flushed fails, and it stays marked" {
    injected fsync:error=EIO:when=1 stop $V
    injected fsync:error=EIO:when=1 stop --force $V
    [ "$STATUS" = 6 ] || fail
    fails 3 stop $V
}

@test "a SOURCE that no volume can be called is refused, by start and verify too" {
    for source in '' / appvms//b appvms/../b appvms/b/private-dirty $'appvms/b/\e'; do
        for verb in start stop verify; do
            fails 2 $verb --snap-on-start="$source" $V
            fails 2 $verb --snap-on-start="$source" --save-on-stop $V
        done
    done
}

@test "an image is refused that another program has marked as lost" {
    python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.reflinkctl.lost", b"1")' "$A/private-dirty.img"
    fails 3 stop $V
    ok fsck 2>/dev/null || [[ $OUT == *"private-dirty.img': lost-writes: "* ]] || fail
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

@test "a revision that can't be removed doesn't keep stop from dropping the others" {
    requires_root
    for text in two three four; do session $V $text --revisions-to-keep=9; done
    chattr +i "$A"/private.img.1@*
    ok start $V
    ok stop $V --revisions-to-keep=1
    chattr -i "$A"/private.img.1@*
    [ "$(grep -c 'warning: cannot remove ' <<<"$ERR")" = 1 ] || fail
    files private.img private-precache.img private.img.1@\* private.img.4@\*
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

@test "stop of an immutable clean image fails, and repeated makes no revision twice, nor pushes one out" {
    requires_root
    local keep=--revisions-to-keep=2
    ok stop $V
    for text in s2 s3; do session $V $text $keep; done
    ok start $V
    write_to "$A/private-dirty.img" s4
    chattr +i "$A/private.img"
    for _ in 1 2; do
        rl stop $keep $V
        [ "$STATUS" = 6 ] || fail
        holds "$A/private-dirty.img" s4
    done
    chattr -i "$A/private.img"
    ok stop $keep $V
    files private.img private-precache.img private.img.{3,4}@\*
    holds "$A/private.img" s4
    holds "$A"/private.img.4@* s3
    holds "$A"/private.img.3@* s2
}

@test "without the dirty image, which somebody removed while a loop device has it, stop says where it is" {
    requires_root
    attach "$A/private-dirty.img"
    write_to "$LOOP" tuesday
    rm "$A/private-dirty.img"
    fails 3 stop $V
    says "cannot stop 'P/appvms/a/private-dirty.img': it was removed while '$LOOP' uses it ('import VOLUME $LOOP' saves what that has; to detach it drops that)"
    ln -s "$POOL" "$RUN_SCRATCH/$FS/way" # the kernel knows no links
    rl -C "$RUN_SCRATCH/$FS/way" stop $V
    rm "$RUN_SCRATCH/$FS/way"
    [ "$STATUS" = 3 ] || fail
    # what drops the image isn't kept from that
    ok create vm-templates/t/root --size=1M
    ok start --snap-on-start=vm-templates/t/root appvms/b/root
    attach "$POOL/appvms/b/root-dirty.img"
    ok stop --snap-on-start=vm-templates/t/root appvms/b/root
    ok stop --snap-on-start=vm-templates/t/root appvms/b/root
    losetup -d "$LOOP"
    LOOPS=("${LOOPS[0]}")
    ok import $V "${LOOPS[0]}"
    losetup -d "${LOOPS[0]}"
    LOOPS=()
    ok stop $V
    holds "$A/private.img" tuesday
}
