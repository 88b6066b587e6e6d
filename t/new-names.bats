#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is to be new never replaces: something may be there that was not seen, made meanwhile, or under
# another spelling on a file system that doesn't distinguish case.

load lib/common
load lib/disks

V=appvms/a/private

tidy() {
    remove_disks
}

# Which openat of reflinkctl ARG... asks for an unnamed file?  (The Nth, for when=N.)
unnamed_of() {
    traced openat "$@"
    grep -n O_TMPFILE <<<"$TRACE" | head -n 1 | cut -d: -f1
}

# refused FILE OPTIONS... -- ARG...: while reflinkctl ARG..., under strace with OPTIONS, syncs what is
# to be FILE, that comes into being; it stays, and nothing else is left.
refused() {
    local file=$1 before
    shift
    mkdir -p "${file%/*}"
    (sleep 0.3 && echo precious >"$file") &
    under_strace -e "trace=all" -e "inject=fsync:delay_enter=800000:when=1" "$@"
    wait
    [ "$STATUS" = 3 ] || fail "status"
    [[ "$ERR" == *"to '$file': File exists" || "$ERR" == *"cannot create '$file': File exists" ]] || fail
    [ "$(cat "$file")" = precious ] || fail "it was replaced"
    ! ls -A "${file%/*}" | grep '~' || fail "a tempfile is left"
    rm "$file"
}

@test "what comes into being while a new image is made is not replaced, however a name is given" {
    mkdir "$A"
    echo data >"$POOL/source"
    for command in "create $V --size=1M" "import-begin $V --size=1M" "copy source appvms/a/private.img"; do
        file=$A/private.img
        [[ $command != import-begin* ]] || file=$A/private-import.img
        # shellcheck disable=SC2086 # words
        refused "$file" -- $command
        # shellcheck disable=SC2086
        number=$(unnamed_of -n $command)
        for how in "" "-e inject=renameat2:error=EINVAL" "-e inject=renameat2:error=ENOSYS" \
            "-e inject=renameat2:error=EINVAL -e inject=linkat:error=EPERM"; do
            # shellcheck disable=SC2086
            refused "$file" -e "inject=openat:error=EOPNOTSUPP:when=$number" $how -- $command
            [[ $how != *linkat* || "$TRACE" == *linkat*INJECTED* ]] || fail "$TRACE"
        done
    done
}

@test "without unnamed files, links and RENAME_NOREPLACE what is new appears all the same" {
    mkdir "$A"
    number=$(unnamed_of -n create $V --size=1M)
    for how in "" "-e inject=renameat2:error=EINVAL" "-e inject=renameat2:error=EINVAL -e inject=linkat:error=EPERM"; do
        # shellcheck disable=SC2086 # words
        under_strace -e trace=all -e "inject=openat:error=EOPNOTSUPP:when=$number" $how -- create $V --size=1M
        [ "$STATUS" = 0 ] || fail "$how"
        says "created 'P/appvms/a/private.img' (sparse, 1048576 bytes)"
        files private.img
        [ "$(stat -c %s "$A/private.img")" = 1048576 ]
        rm "$A/private.img"
    done
    # and if that fails, nothing is left
    under_strace -e trace=all -e "inject=openat:error=EOPNOTSUPP:when=$number" -e inject=renameat2:error=EINVAL \
        -e inject=linkat:error=EPERM -e inject=renameat:error=EIO -- create $V --size=1M
    [ "$STATUS" = 6 ] && [ -z "$(ls -A "$A")" ] || fail
}

@test "an import's, a start's and a revision's new name don't replace either" {
    ok create $V --size=1M
    # import: the clean image of a new volume
    (sleep 0.3 && echo precious >"$A/x.img") &
    under_strace -e trace=fsync -e inject=fsync:delay_enter=800000:when=2 -- import appvms/a/x - < <(printf x)
    wait
    [ "$STATUS" = 3 ] && [ "$(cat "$A/x.img")" = precious ] || fail
    files private.img x.img
    # start: a precache is renamed
    ok precache $V
    traced all start $V
    ok discard $V
    ok precache $V
    local call=getdents64
    (sleep 0.3 && echo precious >"$A/private-dirty.img") &
    under_strace -e trace=all -e "inject=$call:delay_exit=800000:when=2" -- start $V
    wait
    [ "$STATUS" != 0 ] || fail
    [ "$(cat "$A/private-dirty.img")" = precious ] || fail
}

@test "a rename that fails halfway leaves the tempfile, which then is the only copy" {
    ok create $V --size=1M
    write_to "$A/private.img" one
    # as CIFS does it, the target goes
    mv "$A/private.img" "$A/aside"
    (sleep 0.3 && rm -f "$A/private.img") &
    cp "$A/aside" "$A/private.img"
    under_strace -e trace=all -e inject=renameat:error=EIO:delay_enter=800000 -- resize $V 2M
    wait
    [ "$STATUS" = 6 ] || fail
    left=$(ls "$A"/private.img~*)
    [[ "$ERR" == *"warning: what was to be '$A/private.img' is in '$left'" ]] || fail
    holds "$left" one
    # otherwise nothing is left
    rm "$left"
    mv "$A/aside" "$A/private.img"
    injected renameat:error=EIO resize $V 2M
    [ "$STATUS" = 6 ] || fail
    files private.img
}

@test "the file that takes a name by a rename isn't open then" {
    ok create $V --size=1M
    traced openat,close,renameat resize $V 2M
    [[ "$(grep -B 1 '^renameat' <<<"$TRACE")" == close*".img"* ]] || fail "$TRACE"
}

@test "another spelling of a volume's name doesn't replace its images" {
    requires_root
    # exfat by FUSE: no unnamed files, no links, no RENAME_NOREPLACE
    mkdir -p "$DISKS/exfat"
    truncate -s 100M "$DISKS/exfat.disk"
    mkfs.exfat "$DISKS/exfat.disk" >/dev/null
    attach "$DISKS/exfat.disk"
    mount.exfat-fuse "$LOOP" "$DISKS/exfat" >/dev/null 2>&1
    POOL=$DISKS/exfat/pool A=$POOL/appvms/m
    mkdir "$POOL"
    ok setup --setup-check=no .
    ok create appvms/m/private --size=1M
    write_to "$A/private.img" precious
    head -c 1M /dev/urandom >"$DISKS/in"
    for command in "create --size=2M appvms/m/Private" "clone appvms/m/private appvms/m/PRIVATE" \
        "import --revisions-to-keep=0 appvms/m/Private $DISKS/in"; do
        # shellcheck disable=SC2086 # words
        rl $command
        [ "$STATUS" = 3 ] || fail
        files private.img
        holds "$A/private.img" precious
    done
    ok import appvms/m/other "$DISKS/in"
    cmp "$DISKS/in" "$A/other.img"
    POOL=$RUN_SCRATCH/$FS/pool
}
