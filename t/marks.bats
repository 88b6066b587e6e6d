#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Marks: no state is ever taken for another, whatever times, copies and backups have made of it.

load lib/common

V=appvms/a/private
D=P/appvms/a/private
T=vm-templates/t/root

# Python with mark (t/lib/mark.py) at hand.
mark() {
    PYTHONPATH=$BATS_TEST_DIRNAME/lib python3 -c "import mark, os, sys; $1" "${@:2}"
}

# A volume whose precache is of the state NEW, while somebody put OLD into the clean image by hand.
make_stale() {
    ok create $V --size=1M
    session $V NEW
    write_to "$A/private.img" OLD
}

# start of the volume $1 gives OLD, whatever its precache holds.
starts_old() {
    ok start "$1"
    holds "$POOL/$1-dirty.img" OLD
}

tidy() {
    [ ! -d "$RUN_SCRATCH/moved" ] || rm -r "$RUN_SCRATCH/moved"
    [ "$FS" != btrfs ] || for sub in "$POOL"*.snap "$POOL"/appvms/*/; do
        [ "$(stat -c %i "$sub" 2>/dev/null)" != 256 ] || btrfs -q subvolume delete "$sub"
    done
    rm -rf "$POOL".*
}

@test "a precache bears the mark of the clean image that it is a copy of" {
    ok create $V --size=1M
    ok precache $V
    mark 'assert mark.get(sys.argv[1]) == mark.of(sys.argv[2]), mark.get(sys.argv[1])' \
        "$A/private-precache.img" "$A/private.img"
    ok import-begin --size=1M $V
    ok import-end $V
    mark 'assert mark.get(sys.argv[1]) == mark.of(sys.argv[2]), mark.get(sys.argv[1])' \
        "$A/private-precache.img" "$A/private.img"
    [ -z "$(mark 'print(mark.get(sys.argv[1]))' "$A/private.img")" ] || fail "clean is a copy of nothing"
}

@test "the precache of another driver is made anew, and no finding" {
    ok create $V --size=1M
    cp --sparse=always -p "$A/private.img" "$A/private-precache.img"
    ok fsck
    write_to "$A/private-precache.img" wrong
    touch -r "$A/private.img" "$A/private-precache.img"
    ok start $V
    says "removed '$D-precache.img'" "$(cloned $D.img $D-dirty.img 0)"
    [ -z "$(head -c 5 "$A/private-dirty.img" | tr -d '\0')" ] || fail "it is wrong"
    ok discard $V
    # and one start is all that it costs
    ok precache $V
    ok start $V
    says "renamed '$D-precache.img' -> '$D-dirty.img'"
}

@test "a precache of another state isn't used, whatever time all files were touched to" {
    for time in now @0 @1600000000 @1600000000.5; do
        make_stale
        touch -d $time "$A"/*
        starts_old $V
        ok remove --discard $V
    done
}

@test "nor where times of whole seconds were all there ever was" {
    ok create $V --size=1M
    touch -d @1600000000 "$A/private.img"
    ok precache $V
    cp --sparse=always "$A/private.img" "$A/private-import.img" # by another driver
    write_to "$A/private-import.img" OLD
    touch -d @1600000000 "$A/private-import.img"
    mv "$A/private-import.img" "$A/private.img"
    rl fsck
    [[ $OUT == *": stale-precache: "* ]] || fail "expected it to be found"
    starts_old $V
}

@test "nor in a copy of the VM's directory by cp, rsync or tar, with all its attributes or without" {
    local copy n=0
    make_stale
    rl fsck $V
    [ "$STATUS" = 1 ] && [[ $OUT == *": stale-precache: "* ]] || fail
    for copy in "cp -r" "cp -a" "rsync -a" "rsync -aH" "rsync -aX" "rsync -aHX" "rsync -rX" tar "tar --xattrs"; do
        for time in keep now @0; do
            n=$((n + 1))
            case $copy in
            tar*)
                mkdir "$POOL/appvms/$n"
                $copy -C "$A" -c . | $copy ${copy:+--xattrs-include='*'} -C "$POOL/appvms/$n" -x
                ;;
            *) $copy "$A/" "$POOL/appvms/$n" ;;
            esac
            [ $time = keep ] || touch -d $time "$POOL/appvms/$n"/*
            [ -e "$POOL/appvms/$n/private-precache.img" ] || fail "$copy left it out"
            starts_old appvms/$n/private
        done
    done
}

@test "nor in a copy of which each file had the same time all along" {
    local copy n=0
    ok create $V --size=1M
    touch -d @1600000000 "$A/private.img"
    ok precache $V
    for copy in "cp -a" "rsync -aHX"; do
        n=$((n + 1))
        $copy "$A/" "$POOL/appvms/$n"
        write_to "$POOL/appvms/$n/private.img" OLD
        touch -d @1600000000 "$POOL/appvms/$n"/*
        starts_old appvms/$n/private
    done
}

@test "a snapshot of btrfs, sent and received, keeps each state apart" {
    [ "$FS" = btrfs ] || return 0
    requires_root
    btrfs -q subvolume create "$A"
    make_stale
    touch -d @0 "$A"/*
    btrfs -q subvolume snapshot "$A" "$POOL/appvms/b"
    starts_old appvms/b/private
    btrfs -q subvolume snapshot -r "$A" "$POOL.snap"
    mkdir "$POOL/appvms/c"
    btrfs -q send "$POOL.snap" | btrfs -q receive "$POOL/appvms/c"
    btrfs -q property set -f "$POOL/appvms/c/${POOL##*/}.snap" ro false
    mv "$POOL/appvms/c/${POOL##*/}.snap" "$POOL/appvms/d"
    starts_old appvms/d/private
    # A whole one is as good as before: it is the same image, by inode number and birth.
    ok discard $V
    ok precache $V
    btrfs -q subvolume snapshot "$A" "$POOL/appvms/e"
    ok start appvms/e/private
    holds "$POOL/appvms/e/private-dirty.img" OLD
    ok create appvms/e/x --size=1M # so that the inodes of the two go different ways
    session appvms/e/private LATER
    session $V OTHER
    for v in $V=OTHER appvms/e/private=LATER; do
        ok start "${v%=*}"
        holds "$POOL/${v%=*}-dirty.img" "${v#*=}"
    done
}

@test "xfsdump and xfsrestore keep each state apart" {
    [ "$FS" = xfs ] || return 0
    requires_root
    make_stale
    touch -d @0 "$A"/*
    local top=$RUN_SCRATCH/$FS
    sync -f "$top"
    xfsdump -J -L session -M medium -s "${A#"$top"/}" -f "$RUN_SCRATCH/dump" "$top" >/dev/null 2>&1
    mkdir "$POOL/restored"
    xfsrestore -J -f "$RUN_SCRATCH/dump" "$POOL/restored" >/dev/null 2>&1
    rm "$RUN_SCRATCH/dump"
    mv "$POOL/restored/${A#"$top"/}" "$POOL/appvms/b"
    rm -r "$POOL/restored"
    [ -e "$POOL/appvms/b/private-precache.img" ] || fail "nothing was restored"
    starts_old appvms/b/private
}

@test "a mark that is forged, cut off, too long, foreign or none at all is no mark" {
    ok create $V --size=1M
    ok create appvms/b/private --size=1M
    touch -d @1600000000 "$A/private.img" "$POOL/appvms/b/private.img"
    local forgeries=(
        'mark.of(f("")).encode()[:-1]' # cut off
        'mark.of(f("")).encode() + b" "'
        'mark.of(f("")).encode() + b" state"' # of a copy for another purpose
        'b"2" + mark.of(f("")).encode()[1:]'  # of another version
        'mark.of(f("").replace("/a/", "/b/")).encode()' # of another image
        'mark.of(f("-precache")).encode()'
        'mark.of(f("")).replace("1600000000.", "1600000001.").encode()'
        'mark.of(f("")).replace(" 1048576", " 1048577").encode()'
        'b""' 'b"\0"' 'b"1"' 'b"x" * 127' 'b"x" * 128' 'b"x" * 129' 'b"%s%n" * 200' 'b"\xff" * 2000'
    )
    for forgery in "${forgeries[@]}"; do
        ok precache $V
        mark "
f = lambda suffix: sys.argv[1] + suffix + '.img'
os.setxattr(f('-precache'), mark.OF, $forgery)" "$A/private"
        write_to "$A/private-precache.img" wrong
        touch -r "$A/private.img" "$A/private-precache.img"
        rl fsck $V # one that can't be read is none, as of another driver
        [[ $forgery =~ ^b[^2] && ! $forgery =~ ('b"1"'|127) || $OUT == *": stale-precache: "* ]] ||
            fail "$forgery"
        ok start $V
        says "removed '$D-precache.img'" "$(cloned $D.img $D-dirty.img 0)"
        [ -z "$(head -c 5 "$A/private-dirty.img" | tr -d '\0')" ] || fail "it took $forgery"
        ok discard $V
    done
}

@test "a precache that was written to isn't used, though its mark is good" {
    ok create $V --size=1M
    ok precache $V
    write_to "$A/private-precache.img" wrong
    rl fsck $V
    [[ $OUT == *": stale-precache: "* ]] || fail
    ok start $V
    says "removed '$D-precache.img'" "$(cloned $D.img $D-dirty.img 0)"
}

@test "where no mark can be set there is no precache, since nobody would use it" {
    ok create $V --size=1M
    for error in EOPNOTSUPP EPERM ENOSPC; do
        injected fsetxattr:error=$error precache $V
        [ "$STATUS" = 3 ] || fail
        says "cannot precache '$D.img': no extended attributes can be set here"
        files private.img
    done
    ok start $V
    injected fsetxattr:error=EOPNOTSUPP stop $V
    [ "$STATUS" = 0 ] || fail
    says "linked '$D.img' -> '$D.img.1@*'" "renamed '$D-dirty.img' -> '$D.img'"
    files private.img private.img.1@\*
    injected fsetxattr:error=EIO precache $V
    [ "$STATUS" = 6 ] || fail
    files private.img private.img.1@\*
}

@test "where links and marks can't be had, a revision is made all the same" {
    ok create $V --size=1M
    write_to "$A/private.img" one
    ok start $V
    write_to "$A/private-dirty.img" two
    under_strace -e trace=linkat,fsetxattr -e inject=linkat:error=EPERM:when=1 \
        -e inject=fsetxattr:error=EOPNOTSUPP -- stop $V
    [ "$STATUS" = 0 ] || fail
    files private.img private.img.1@\*
    holds "$A"/private.img.1@* one
    holds "$A/private.img" two
}

@test "a template and an origin snapshot written to in one tick of the clock aren't taken for each other" {
    local kind=("--snap-on-start=$T" --save-on-stop appvms/a/root)
    ok create $T --size=1M
    ok start $T
    ok start "${kind[@]}"
    write_to "$POOL/$T-dirty.img" template
    write_to "$A/root-dirty.img" saved-os
    touch -r "$POOL/$T-dirty.img" "$A/root-dirty.img"
    ok stop "${kind[@]}"
    ok stop $T
    ok is-outdated --snap-on-start=$T appvms/a/root
    ok start "${kind[@]}" --revisions-to-keep=5
    holds "$A"/root.img.1@* saved-os
    holds "$A/root-dirty.img" template
}

@test "what an origin snapshot has saved is kept when all images have one time" {
    local kind=("--snap-on-start=$T" --save-on-stop appvms/a/root)
    ok create $T --size=1M
    for time in @0 now; do
        ok start "${kind[@]}"
        write_to "$A/root-dirty.img" "WORK$time"
        ok stop "${kind[@]}"
        find "$POOL" -name '*.img' -exec touch -d $time {} +
    done
    ok start "${kind[@]}"
    holds "$A"/root.img.1@* WORK@0
    holds "$A"/root.img.2@* WORKnow
}

@test "what an origin snapshot has saved is its own, though it began as a precache of the source" {
    local kind=("--snap-on-start=$T" --save-on-stop appvms/a/root)
    ok create $T --size=1M
    ok precache --snap-on-start=$T appvms/a/root
    ok start "${kind[@]}"
    [[ $ERR == *"renamed 'P/appvms/a/root-precache.img'"* || $ERR == *"root-precache.img' -> "* ]] || fail
    write_to "$A/root-dirty.img" saved
    touch -r "$POOL/$T.img" "$A/root-dirty.img"
    ok stop "${kind[@]}"
    ok is-outdated --snap-on-start=$T appvms/a/root
    ok start "${kind[@]}"
    holds "$A"/root.img.1@* saved
}

@test "a revision that began as a precache of the clean image isn't taken for that, in one tick" {
    ok create $V --size=1M
    write_to "$A/private.img" one
    ok precache $V
    ok start $V
    write_to "$A/private-dirty.img" two
    touch -r "$A/private.img" "$A/private-dirty.img"
    ok stop $V
    ok revert $V # the newest revision is two now, and bears a mark of one, which is clean
    holds "$A/private.img" one
    session $V three
    cat "$A"/private.img.*@* | grep -aq one || fail "one is lost"
    cat "$A"/private.img.*@* | grep -aq two || fail "two is lost"
}

@test "a copy of the source's image that was written to by hand is a state of its own" {
    other=$RUN_SCRATCH/moved
    [ "$(stat -c %d "$POOL")" != "$(stat -c %d "$RUN_SCRATCH")" ] || skip "needs root"
    mkdir "$other"
    truncate -s 1M "$other/root.img"
    touch -d 2018-01-02T03:04:05Z "$other/root.img"
    local kind=(--snap-on-start="$other/root" --save-on-stop appvms/a/root)
    ok start "${kind[@]}"
    mark 'assert mark.get(sys.argv[1]) == mark.of(sys.argv[2]) + " state", mark.get(sys.argv[1])' \
        "$A/root.img" "$other/root.img"
    ok discard appvms/a/root
    ok start "${kind[@]}" # it is the source's, and makes no revision
    files root.img root-dirty.img
    rl is-outdated --snap-on-start="$other/root" appvms/a/root
    [ "$STATUS" = 1 ] || fail "outdated"
    ok discard appvms/a/root
    write_to "$A/root.img" mine
    ok is-outdated --snap-on-start="$other/root" appvms/a/root
    ok start "${kind[@]}"
    holds "$A"/root.img.1@* mine
}

@test "a copy of the source's image isn't taken for that of another state of the same time and size" {
    other=$RUN_SCRATCH/moved
    [ "$(stat -c %d "$POOL")" != "$(stat -c %d "$RUN_SCRATCH")" ] || skip "needs root"
    mkdir "$other"
    truncate -s 1M "$other/root.img" "$other/new"
    touch -d @1600000000 "$other"/*
    ok start --snap-on-start="$other/root" appvms/a/root
    mv "$other/new" "$other/root.img"
    ok is-outdated --snap-on-start="$other/root" appvms/a/root
}

@test "an interrupted commit that was restored without links is one state, and pushes none out" {
    local keep=--revisions-to-keep=2
    ok create $V --size=1M
    for text in g1 g2; do session $V $text $keep; done
    ok start $V
    write_to "$A/private-dirty.img" g3
    ln "$A/private.img" "$A/private.img.3@$(date -ur "$A/private.img" +%FT%TZ)"
    rsync -a "$A/" "$POOL/appvms/b"
    differ "$POOL/appvms/b/private.img" "$POOL"/appvms/b/private.img.3@*
    ok stop $keep appvms/b/private
    A=$POOL/appvms/b
    files private.img private-precache.img private.img.{2,3}@\*
    holds "$A/private.img" g3
    holds "$A"/private.img.3@* g2
    holds "$A"/private.img.2@* g1
    # but a byte at the end makes another state
    ok start appvms/b/private
    local four
    four=$A/private.img.4@$(date -ur "$A/private.img" +%FT%TZ)
    cp -p --sparse=always "$A/private.img" "$four"
    printf x | dd of="$four" bs=1 seek=1048575 conv=notrunc status=none
    touch -r "$A/private.img" "$four"
    ok stop appvms/b/private
    files private.img private-precache.img private.img.{2,3,4,5}@\*
    holds "$A"/private.img.5@* g3
}

@test "a session in which nothing was written has its revision too" {
    ok create $V --size=1M
    for n in 1 2 3; do
        ok start $V
        ok stop $V
        [ "$(ls "$A" | grep -c @)" = $n ] || fail "expected $n revisions"
    done
}
