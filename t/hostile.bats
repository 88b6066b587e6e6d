#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A pool that somebody means badly with: nothing outside it is touched, nobody hangs or dies.

load lib/common

V=appvms/a/private
KEPT=private.img.1@2018-01-02T03:04:05Z

prepare() {
    WRITERS=(start "start --revisions-to-keep=-1" "start --volatile --size=9M" stop
        "stop --revisions-to-keep=0" "stop --revisions-to-keep=-1" discard revert "revert --discard"
        "resize $V 96K" "resize --shrink $V 32K" precache cleanup "create --force --size=1M"
        "import-begin --size=3M" import-end receive "import-end --abort" "import $V $POOL/new"
        "prune --revisions-to-keep=0" "reclaim --keep=0 4096" fsck "fsck --repair" "clone $V $POOL/appvms/b/private"
        "export --output=$POOL/$V-import.img $V" "copy $POOL/new $POOL/$V-dirty.img"
        "pin $V clean new" "pin $V 1 new" "unpin $V kept"
        snapshot "snapshot --pin=new" "loop-resize $POOL/$V-dirty.img" "setup --setup-check=no $POOL/appvms/a" remove)
    READERS=(verify is-dirty "is-outdated --snap-on-start=$V" info revisions diff send export "list $POOL" fsck
        "check $POOL/appvms/a" "df $POOL/appvms/a" "included-in $POOL/appvms/a pool=$POOL")
    OUTSIDE=$RUN_SCRATCH/$FS/outside
    mkdir -p "$OUTSIDE" "$A"
    python3 "$BATS_TEST_DIRNAME/lib/stream.py" make \
        "t:1@2026-01-02T03:04:05.000000006Z 0123456789abcdef0123456789abcdef" \
        s:65536 w:0:4096 e >"$RUN_SCRATCH/input"
}

tidy() {
    chattr -R -i -a "$POOL" "$OUTSIDE" 2>/dev/null || true
    ! mountpoint -q "$POOL/appvms/b" || umount "$POOL/appvms/b"
    rm -rf "$OUTSIDE"
}

# Like rl, of a verb with its options, which is given $V unless it names its operands.  It must
# end within five seconds, by itself, with an exit code of the manual's, and say no raw controls.
survives() {
    # shellcheck disable=SC2206 # no spaces or patterns in these
    CALL=($1)
    [[ "$1" == *"$POOL"* || "$1" == *" $V "* ]] || CALL+=("$V")
    STATUS=0
    timeout -s KILL 5 "$BIN" -C "$POOL" "${CALL[@]}" >"$RUN_SCRATCH/stdout" 2>"$RUN_SCRATCH/stderr" \
        <"$RUN_SCRATCH/input" || STATUS=$?
    OUT=
    [ "$1" = send ] || OUT=$(cat "$RUN_SCRATCH/stdout")
    ERR=$(cat "$RUN_SCRATCH/stderr")
    [ "$STATUS" -le 6 ] || fail "expected an exit code of the manual's"
    ! LC_ALL=C grep -q '[[:cntrl:]]' <<<"$OUT$ERR" || fail "raw control characters"
}

@test "an image that is a socket, a device or a directory is refused, and left as it is" {
    requires_root
    for name in private.img private-dirty.img private-import.img private-precache.img; do
        for kind in socket mknod-c mknod-b directory; do
            # names.bats has the rest
            [[ "$name-$kind" != *@(import|precache)*mknod* ]] || continue
            rm -rf "${A:?}"/*
            truncate -s 1M "$A/private.img" "$A/private-dirty.img"
            rm -f "$A/$name"
            case $kind in
            socket) (cd "$A" && python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$name") ;;
            mknod-c) mknod "$A/$name" c 1 3 ;;
            mknod-b) mknod "$A/$name" b 7 200 ;;
            directory) mkdir "$A/$name" && echo precious >"$A/$name/file" ;;
            esac
            before=$(snapshot)
            for verb in start "stop --revisions-to-keep=0" remove "create --force --size=1M"; do
                survives "$verb"
                [ "$STATUS" = 3 ] || fail "expected status 3"
                [ "$ERR" = "reflinkctl: cannot use '$A/$name': not a regular file" ] || fail
            done
            [ "$name" != private-dirty.img ] ||
                for verb in "${READERS[@]}"; do survives "$verb"; done
            [ "$(snapshot)" = "$before" ] || fail "something has changed"
        done
    done
}

# All images of $V are links to files outside.
link_outside() {
    local name
    rm -rf "${A:?}" && mkdir "$A"
    for name in private.img private-dirty.img private-import.img private-precache.img "$KEPT"; do
        if [ ! -e "$OUTSIDE/$name" ]; then
            echo "precious $name" >"$OUTSIDE/$name"
            truncate -s 64K "$OUTSIDE/$name"
            touch -d 2018-01-02T03:04:05Z "$OUTSIDE/$name" # so that the precache is a good one
        fi
        ln "$OUTSIDE/$name" "$A/$name"
    done
    [ $# = 0 ] || (cd "$A" && rm -f "$@")
}

@test "files outside that images are links to are never written, whatever is done" {
    echo new >"$POOL/new"
    for missing in "" private-dirty.img private.img; do
        for verb in "${WRITERS[@]}"; do
            case $missing-$verb in
            -* | *-start* | *-stop* | *-import* | *-resize*) ;;
            *) continue ;;
            esac
            # shellcheck disable=SC2086 # several words
            link_outside $missing
            before=$(cd "$OUTSIDE" && stat -c '%n %s %Y %i' -- * && cksum -- *)
            survives "$verb"
            # what start gives to a VM, and import-begin to its caller, they do write to
            if [ "$STATUS" = 0 ]; then
                case $verb in
                start*) write_to "$A/private-dirty.img" scribble ;;
                import-begin*) write_to "$A/private-import.img" scribble ;;
                esac
            fi
            survives "resize $V 128K"
            after=$(cd "$OUTSIDE" && stat -c '%n %s %Y %i' -- * && cksum -- *)
            [ "$before" = "$after" ] || fail "after $verb: $(diff <(echo "$before") <(echo "$after"))"
        done
    done
}

@test "files with names of all kinds are quoted to people, and mind nobody" {
    long=$(printf 'l%.0s' {1..255})
    ok create $V --size=1M
    for name in $'new\nline' $'\e[31mred' $'\x07bell' $'not\xff\xfeutf8' $'\xc2\x9b31m' $'\xe2\x80\xaertl' \
        "$long" $'private.img~\e[31mabc' $'private.img.\n7@2018-01-02T03:04:05Z' -- '*'; do
        echo foreign >"$A/$name"
        mkdir -p "$POOL/appvms/$name" "$POOL/vm-templates/$name"
        : >"$POOL/appvms/$name/private.img"
        : >"$POOL/appvms/$name/$name"
        : >"$POOL/appvms/$name/p.img~abcdefgh"
    done
    for verb in list "list $POOL" "fsck $V" fsck "cleanup $POOL/$V" info revisions; do
        survives "$verb"
    done
    for verb in list fsck "fsck --repair" cleanup "--json list" "--json fsck"; do
        # shellcheck disable=SC2086
        rl $verb
        [ "$STATUS" -le 1 ] || fail
        ! LC_ALL=C grep -q '[[:cntrl:]]' <<<"$OUT$ERR" || fail "raw control characters"
        [[ "$verb" == --json* ]] || # where they are no harm, and belong to the value
            ! grep -qP '\xc2\x9b|\xe2\x80\xae' <<<"$OUT$ERR" || fail "raw control characters"
    done
    session $V one
    ok remove $V
    [ "$(find "$A" -type f -size 8c -printf x | wc -c)" = 11 ] || fail "something is gone"
}

@test "immutable and append-only files fail in one line, and what was there stays" {
    requires_root
    [ "$FS" != here ] || return 0
    echo new >"$POOL/new"
    for flag in i a; do
        for name in . private.img private-dirty.img "$KEPT"; do
            [ $flag$name != a. ] || continue # what may be added there is added
            rm -rf "${A:?}" && mkdir "$A"
            truncate -s 1M "$A/private.img" "$A/private-dirty.img" "$A/$KEPT"
            echo clean | dd of="$A/private.img" conv=notrunc status=none
            chattr +$flag "$A/$name"
            for verb in "${WRITERS[@]}"; do
                survives "$verb"
                case $STATUS in 0 | 1 | 3 | 4) ;; *)
                    [ "$(grep -c ': cannot ' <<<"$ERR")" -ge 1 ] || fail "no line of error" ;;
                esac
                [ -e "$A/$name" ] || fail "$verb: $name is gone"
            done
            chattr -$flag "$A/$name"
        done
    done
}

@test "VMs' directories that are links to nowhere, to each other or to files are refused" {
    rmdir "$A"
    ln -s nowhere "$A"
    for verb in "${WRITERS[@]}" "${READERS[@]}"; do survives "$verb"; done
    rm "$A"
    ln -s a "$A"
    for verb in start stop remove "create --size=1" "start --volatile --size=1" cleanup; do
        survives "$verb"
        [ "$STATUS" != 0 ] || fail "it succeeds"
    done
    survives fsck
    rm "$A"
    echo file >"$A"
    for verb in start stop remove "create --size=1" "start --volatile --size=1" cleanup; do
        survives "$verb"
        [ "$STATUS" != 0 ] || fail "it succeeds"
    done
    [ "$(cat "$A")" = file ]
    rm "$A"
}

@test "a VM's directory swapped for a link to outside, while the tool runs, leads nowhere" {
    mkdir "$OUTSIDE/a"
    echo precious | tee "$OUTSIDE/a/private.img" "$OUTSIDE/a/private-dirty.img" \
        "$OUTSIDE/a/private-import.img" "$OUTSIDE/a/$KEPT" >"$OUTSIDE/a/private.img~abcdefgh"
    before=$(cd "$OUTSIDE" && find . -printf '%p %i %s %T@ %C@ %n\n' | sort)
    ln -s "$OUTSIDE/a" "$POOL/appvms/link"
    python3 "$BATS_TEST_DIRNAME/lib/swapped" "$A" "$POOL/appvms/link" "$BIN" "$POOL" ||
        fail "the tool's end"
    after=$(cd "$OUTSIDE" && find . -printf '%p %i %s %T@ %C@ %n\n' | sort)
    [ "$before" = "$after" ] || fail "outside: $(diff <(echo "$before") <(echo "$after"))"
}

@test "a VM's directory that was removed and is still mounted in another's place" {
    requires_root
    mkdir "$POOL/appvms/b"
    mount --bind "$A" "$POOL/appvms/b"
    rmdir "$A"
    V=appvms/b/private
    for verb in "${WRITERS[@]}" "${READERS[@]}"; do survives "${verb//appvms\/a/appvms\/b}"; done
    fails 4 start $V
    says "cannot use directory 'P/appvms/b': it was removed"
}
