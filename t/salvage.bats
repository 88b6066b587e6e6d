#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Somebody puts another image in the place of the clean one: what its precache alone has becomes a revision.

load lib/common
load lib/findings

V=appvms/a/private

# The state two is clean, and in the precache.
prepare() {
    ok create $V --size=1M
    session $V one
    session $V two
    printf 'from a backup' >"$RUN_SCRATCH/backup"
    truncate -s 1M "$RUN_SCRATCH/backup"
    chmod 600 "$RUN_SCRATCH/backup"
}

tidy() {
    rm -f "$RUN_SCRATCH/backup"
}

# Is TEXT the beginning of any image of the volume?
somewhere() {
    head -qc ${#1} "$A"/private*.img* | tr '\0' ' ' | grep -qF "$1" || fail "$1 is lost"
}

# Another image, by rsync, which makes a new inode.
restore() {
    mv "$RUN_SCRATCH/backup" "$A/private.img~restored"
    mv "$A/private.img~restored" "$A/private.img"
}

@test "no verb drops the last copy of a state: neither where the image was replaced nor where it was written to" {
    for way in restore write; do
        for verb in "start $V" "start --size=2M $V" "start --revisions-to-keep=-1 $V" "precache $V" "resize $V 2M" \
            "import $V $RUN_SCRATCH/other" "revert $V 1" "stop $V" "stop --no-precache $V" "fsck --repair" "cleanup $V"; do
            rm -rf "$A"
            printf other >"$RUN_SCRATCH/other"
            prepare
            case $way in
            restore) restore ;;
            write) write_to "$A/private.img" 'from a backup' ;;
            esac
            rl $verb
            [ "$STATUS" -le 1 ] || fail "$way, $verb"
            for text in two 'from a backup'; do somewhere "$text"; done
        done
    done
    rm "$RUN_SCRATCH/other"
}

@test "what the VM was running on, restored by hand under it, is committed beside all else" {
    ok precache $V
    ok start $V
    write_to "$A/private-dirty.img" three
    cp "$A/private.img" "$A/private-precache.img" # by another driver: no mark, no state of ours
    restore
    ok stop $V
    holds "$A/private.img" three
    somewhere one
    somewhere 'from a backup'
}

@test "an older revision moved to the place of the clean image: that was the newest state's, which stays" {
    mv "$A"/private.img.2@* "$A/private.img" # as cp would, from a rescue shell
    ok start $V
    holds "$A/private-dirty.img" one
    holds "$A"/private.img.2@* two
}

@test "the revision comes before that of what is replaced, and once" {
    restore
    session $V three --no-precache
    holds "$A"/private.img.3@* two
    holds "$A"/private.img.4@* 'from a backup'
    files private.img private.img.{1,2,3,4}@*
}

@test "what was saved isn't dropped by the same command, which keeps as many older ones as it was told" {
    restore
    ok import --revisions-to-keep=1 $V "$A/private.img.1@"*
    somewhere two
    somewhere 'from a backup'
    files private.img private-precache.img private.img.{3,4}@*
}

@test "it takes a precache of ours that nobody wrote to: else nothing is made of it" {
    local before
    before=$(ls "$A")
    write_to "$A/private-precache.img" rubbish
    write_to "$A/private.img" 'from a backup'
    ok start $V
    [ "$(ls "$A" | grep -c @)" = "$(grep -c @ <<<"$before")" ] || fail
}

@test "what is somewhere else makes no revision: in the clean image, touched or grown, or in a revision" {
    for deed in 'touch private.img' 'truncate -s 2M private.img' 'ln private.img keep.me' \
        'ln private.img private.img.3@2018-01-02T03:04:05Z; cp backup private.img~x; mv private.img~x private.img' \
        'ln private.img "private.img.3@2018-01-02T03:04:05Z+pinned"; cp backup private.img~x; mv private.img~x private.img'; do
        rm -rf "$A"
        prepare
        cp "$RUN_SCRATCH/backup" "$A/backup"
        # A link is called by the time of its state.
        (cd "$A" && eval "${deed//2018-01-02T03:04:05Z/$(date -u -r private.img +%FT%TZ)}")
        before=$(ls "$A" | grep -c @)
        ok start $V
        [ "$(ls "$A" | grep -c @)" = "$before" ] || fail "$deed"
        [[ "$ERR" != *revision* ]] || fail "$deed"
    done
}

@test "where no revision can be made the precache stays, and start goes on without it" {
    restore
    injected "linkat:error=EIO:when=1" start $V
    [ "$STATUS" = 0 ] || fail
    holds "$A/private-precache.img" two
    holds "$A/private-dirty.img" 'from a backup'
}

@test "fsck says that it may be nowhere else, how to keep it, and repairs nothing there" {
    restore
    rl fsck
    [[ "$OUT" == *"private-precache.img': stale-precache: "*"nowhere else"*" precache "*"$V'  # anew"* ]] || fail
    mends
    holds "$A"/private.img.3@* two
    holds "$A/private-precache.img" 'from a backup'
}
