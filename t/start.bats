#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# start: the dirty image is ready for the VM.

load lib/common

V=appvms/a/private
D=P/appvms/a/private
R1=private.img.1@2018-01-02T03:04:05Z

prepare() {
    ok create $V --size=1M
    write_to "$A/private.img" one
}

# A template t whose root holds "t1", and the options of a snapshot of it.
make_template() {
    ok create vm-templates/t/root --size=1M
    session vm-templates/t/root t1
    T=$POOL/vm-templates/t
    SNAP=--snap-on-start=vm-templates/t/root
}

@test "start clones the clean image into dirty, and prints the path of that" {
    ok start $V
    says "$(cloned $D.img $D-dirty.img)"
    [ "$OUT" = "$A/private-dirty.img" ]
    files private.img private-dirty.img
    holds "$A/private-dirty.img" one
    differ "$A/private.img" "$A/private-dirty.img"
    [ "$(stat -c '%a %s %h' "$A/private-dirty.img")" = "600 1048576 1" ]
}

@test "start --json prints the path in an object" {
    ok --json start $V
    [ "$OUT" = "{\"path\": \"$A/private-dirty.img\"}" ]
}

@test "start keeps the dirty image that a crash has left" {
    ok start $V
    write_to "$A/private-dirty.img" two
    before=$(inode "$A/private-dirty.img")
    ok start $V
    says
    [ "$OUT" = "$A/private-dirty.img" ]
    [ "$(inode "$A/private-dirty.img")" = "$before" ]
    holds "$A/private-dirty.img" two
    holds "$A/private.img" one
}

@test "start after precache is a rename" {
    ok precache $V
    before=$(inode "$A/private-precache.img")
    ok start $V
    says "renamed '$D-precache.img' -> '$D-dirty.img'"
    files private.img private-dirty.img
    [ "$(inode "$A/private-dirty.img")" = "$before" ]
    holds "$A/private-dirty.img" one
}

@test "start doesn't use a precache of a clean image that was touched" {
    ok precache $V
    write_to "$A/private.img" new
    ok start $V
    says "warning: '$D.img' isn't the image that was committed last: that becomes a revision" \
        "linked '$D-precache.img' -> '$D.img.1@*'" \
        "removed '$D-precache.img'" "$(cloned $D.img $D-dirty.img)"
    files private.img private-dirty.img private.img.1@*
    holds "$A/private-dirty.img" new
}

@test "start doesn't use the precache when another driver has replaced the clean image" {
    ok precache $V
    cp --sparse=always "$A/private.img" "$A/private-dirty.img"
    write_to "$A/private-dirty.img" new
    mv "$A/private-dirty.img" "$A/private.img"
    ok start $V
    files private.img private-dirty.img private.img.1@*
    holds "$A/private-dirty.img" new
}

@test "start doesn't use a precache that differs from clean by a nanosecond or a byte" {
    ok precache $V
    touch -d "$(stat -c %y "$A/private.img" | sed 's/\.\([0-9]*\)/.000000001/')" \
        "$A/private-precache.img"
    write_to "$A/private-precache.img" bad
    touch -d "$(stat -c %y "$A/private.img" | sed 's/\.\([0-9]*\)/.000000001/')" \
        "$A/private-precache.img"
    ok start $V
    holds "$A/private-dirty.img" one
    ok discard $V
    truncate -s 2M "$A/private-precache.img"
    touch -r "$A/private.img" "$A/private-precache.img"
    ok start $V
    holds "$A/private-dirty.img" one
    [ "$(stat -c %s "$A/private-dirty.img")" = 1048576 ]
}

@test "start doesn't hand out a precache that has a second name" {
    ok precache $V
    ln "$A/private-precache.img" "$A/backup"
    ok start $V
    files private.img private-dirty.img backup
    differ "$A/private-dirty.img" "$A/backup"
}

@test "start gives a dirty image that has a second name an inode of its own" {
    ok start $V
    write_to "$A/private-dirty.img" two
    ln "$A/private-dirty.img" "$A/backup"
    ok start $V
    says "$(cloned $D-dirty.img $D-dirty.img)"
    files private.img private-dirty.img backup
    differ "$A/private-dirty.img" "$A/backup"
    holds "$A/private-dirty.img" two
}

@test "start leaves a dirty image with a second name to the VM that is writing to it" {
    requires_root
    ok start $V
    ln "$A/private-dirty.img" "$A/backup"
    attach "$A/private-dirty.img"
    touch "$A/private-import.img"
    fails 3 start $V
    says "cannot give an inode of its own to '$D-dirty.img': '$LOOP' uses it\
 (detach that first)"
    rm "$A/backup"
    ok start $V
}

@test "start drops what was interrupted, and nothing of anybody else's" {
    stale=(private.img~abcdefgh private-dirty.img~ABCDEF_9 private-import.img~__0_9zZ_
        private-precache.img~0123456_ "$R1~a_b_c_d_")
    others=(private.img~abcdefg private.img~abcdefghi private.img~abcd-fgh private.img~
        private2.img~abcdefgh private-old.img~abcdefgh root.img~abcdefgh private.txt~abcdefgh
        aprivate.img~abcdefgh Private.img~abcdefgh)
    (cd "$A" && touch "${stale[@]}" "${others[@]}" private-import.img)
    ok start $V
    files private.img private-dirty.img "${others[@]}"
    [ "$(grep -c "^reflinkctl: removed '.*'$" <<<"$ERR")" = 6 ]
}

@test "start of a snapshot of a NOCOW template is a reflink where the VM's directory compresses" {
    [ "$FS" = btrfs ] || return 0
    mkdir "$POOL/vm-templates/t" "$POOL/appvms/b"
    chattr +C "$POOL/vm-templates/t"
    chattr +c "$POOL/appvms/b"
    ok import vm-templates/t/root - < <(head -c 1M /dev/urandom)
    ok start --snap-on-start=vm-templates/t/root appvms/b/root
    says "linked 'P/vm-templates/t/root.img' -> 'P/appvms/b/root.img'" \
        "reflinked 'P/appvms/b/root.img' -> 'P/appvms/b/root-dirty.img'"
}

# The file "$A/$1" can't be removed, renamed or written to.
freeze() {
    requires_root
    [ -e "$A/$1" ] || touch "$A/$1"
    chattr +i "$A/$1"
}

tidy() {
    chattr -R -i "$POOL" 2>/dev/null || true
}

@test "a leftover that can't be removed is a warning, and start goes on" {
    freeze private.img~original
    freeze private-import.img
    touch "$A/private.img~abcdefgh"
    ok start $V
    [ "$(sort <<<"$ERR")" = "$(for line in "warning: cannot remove '$A/private-import.img': Operation not permitted" \
        "warning: cannot remove '$A/private.img~original': Operation not permitted" \
        "removed '$A/private.img~abcdefgh'" "$(cloned $D.img $D-dirty.img | sed "s|'P/|'$POOL/|g")"; do
        echo "reflinkctl: $line"; done | sort)" ] || fail
    ok start $V
    files private.img private.img~original private-import.img private-dirty.img
    holds "$A/private-dirty.img" one
    ok start --volatile --size=1M appvms/a/volatile
}

@test "the same of a snapshot and of an origin snapshot" {
    make_template
    mkdir "$POOL/appvms/b"
    A=$POOL/appvms/b
    freeze root.img~original
    freeze root-precache.img
    for kind in "" --save-on-stop; do
        # shellcheck disable=SC2086
        ok start $SNAP $kind appvms/b/root
        [ "$(grep -c 'warning: cannot remove ' <<<"$ERR")" = 2 ] || fail
        holds "$A/root-dirty.img" t1
        ok discard appvms/b/root
    done
}

@test "a precache that can't be renamed, or removed, is a warning: start makes a clone" {
    ok precache $V
    freeze private-precache.img
    ok start $V
    says "warning: cannot rename '$D-precache.img' to '$D-dirty.img': Operation not permitted" \
        "warning: cannot remove '$D-precache.img': Operation not permitted" "$(cloned $D.img $D-dirty.img)"
    holds "$A/private-dirty.img" one
    ok discard $V
    touch "$A/private.img" # the precache is stale
    ok start $V
    says "warning: cannot remove '$D-precache.img': Operation not permitted" "$(cloned $D.img $D-dirty.img)"
    ok discard $V
    ok start $V --revisions-to-keep=-1
    says "warning: cannot remove '$D-precache.img': Operation not permitted" "renamed '$D.img' -> '$D-dirty.img'"
    chattr -i "$A/private-precache.img"
}

@test "stop and revert warn of a precache that can't be removed, and commit" {
    ok precache $V
    freeze private-precache.img
    cp "$A/private.img" "$A/private-dirty.img"
    write_to "$A/private-dirty.img" two
    ok stop $V
    [[ "$ERR" == *"warning: cannot remove '$A/private-precache.img'"*"renamed '$A/private-dirty.img'"* ]] || fail
    holds "$A/private.img" two
    ok revert $V
    [[ "$ERR" == *"warning: cannot remove '$A/private-precache.img'"*"renamed '$A/private.img.1"* ]] || fail
    holds "$A/private.img" one
    ok start $V
    holds "$A/private-dirty.img" one
}

@test "create, clone, import and import-begin warn of a leftover that can't be removed" {
    for command in "create appvms/a/x --size=1M" "clone $V appvms/a/x" "import appvms/a/x $A/private.img" \
        "import-begin appvms/a/x --size=1M"; do
        freeze x.img~original
        # shellcheck disable=SC2086 # words
        ok $command
        [[ "$ERR" == "reflinkctl: warning: cannot remove '$A/x.img~original': Operation not permitted"$'\n'* ]] || fail
        chattr -i "$A/x.img~original"
        ok remove appvms/a/x
    done
    freeze x.img~original
    fails 6 cleanup appvms/a/x
    rl create appvms/a/x --size=1M
    rl remove appvms/a/x # whose work isn't done
    [ "$STATUS" = 6 ] || fail
}

@test "start leaves a copy that a person called by its date" {
    cp "$A/private.img" "$A/private.img~20261127"
    ok start $V
    files private.img private-dirty.img private.img~20261127
    ok info $V
    [[ "$OUT" != *tempfile* ]] || fail
}

@test "start drops the leftovers also when dirty is there" {
    ok start $V
    touch "$A/private-import.img" "$A/private-dirty.img~abcdefgh"
    ok start $V
    says "removed '$D-dirty.img~abcdefgh'" "removed '$D-import.img'"
    files private.img private-dirty.img
}

@test "start without a clean image fails and touches nothing" {
    rm "$A/private.img"
    touch "$A/private-import.img" "$A/private.img~abcdefgh" "$A/private-precache.img"
    fails 4 start $V
    says "cannot find '$D.img'"
    touch "$A/$R1"
    fails 4 start $V
    says "cannot find '$D.img': revisions are left, and fsck tells what may take its place"
    fails 4 start appvms/b/private
}

@test "start keeps a dirty image without a clean one: the only copy" {
    ok start $V
    rm "$A/private.img"
    write_to "$A/private-dirty.img" only
    before=$(inode "$A/private-dirty.img")
    for keep in 1 -1 0; do
        ok start $V --revisions-to-keep=$keep
        says
        files private-dirty.img
        [ "$(inode "$A/private-dirty.img")" = "$before" ]
        holds "$A/private-dirty.img" only
    done
}

@test "start with snapshots disabled renames clean to dirty" {
    ok precache $V
    before=$(inode "$A/private.img")
    ok start $V --revisions-to-keep=-1
    says "removed '$D-precache.img'" "renamed '$D.img' -> '$D-dirty.img'"
    files private-dirty.img
    [ "$(inode "$A/private-dirty.img")" = "$before" ]
}

@test "start with snapshots disabled never hands out an image that is a revision too" {
    ln "$A/private.img" "$A/$R1"
    ok start $V --revisions-to-keep=-1
    mv "$A/private-dirty.img" "$A/private.img"
    says "$(cloned $D.img $D.img)" "renamed '$D.img' -> '$D-dirty.img'"
    mv "$A/private.img" "$A/private-dirty.img"
    files private-dirty.img private.img.1@\*
    write_to "$A/private-dirty.img" two
    holds "$A/$R1" one
}

@test "start --size makes a dirty image of that size, and shrinks nothing" {
    ok precache $V
    ok start $V --size=2M
    says "removed '$D-precache.img'" "$(cloned $D.img $D-dirty.img | sed 's/(2097152/(1048576/')" \
        "resized '$D-dirty.img' (1048576 -> 2097152 bytes)"
    [ "$(stat -c %s "$A/private-dirty.img")" = 2097152 ]
    [ "$(stat -c %s "$A/private.img")" = 1048576 ]
    holds "$A/private-dirty.img" one
    ok discard $V
    ok precache $V
    ok start $V --size=1K
    says "renamed '$D-precache.img' -> '$D-dirty.img'"
    [ "$(stat -c %s "$A/private-dirty.img")" = 1048576 ]
    ok discard $V
    ln "$A/private.img" "$POOL/other"
    ok start $V --size=2M --revisions-to-keep=-1
    says "resized '$D.img' (1048576 -> 2097152 bytes)" "renamed '$D.img' -> '$D-dirty.img'"
    files private-dirty.img
    [ "$(stat -c %s "$A/private-dirty.img" "$POOL/other" | paste -s)" = "2097152	1048576" ]
}

@test "start --size leaves a dirty image alone that is there: its VM may be running" {
    ok start $V
    before=$(snapshot)
    ok start $V --size=2M
    says
    [ "$(snapshot)" = "$before" ]
}

@test "start --size that is interrupted leaves no dirty image of another size" {
    injected ftruncate:error=EIO start $V --size=2M
    [ "$STATUS" = 6 ]
    files private.img
}

@test "start of a snapshot links the template's clean image and reflinks it as dirty" {
    make_template
    ok start $SNAP appvms/b/root
    says "created directory 'P/appvms/b'" \
        "linked 'P/vm-templates/t/root.img' -> 'P/appvms/b/root.img'" \
        "$(cloned P/appvms/b/root.img P/appvms/b/root-dirty.img)"
    A=$POOL/appvms/b
    files root.img root-dirty.img
    same "$A/root.img" "$T/root.img"
    differ "$A/root.img" "$A/root-dirty.img"
    write_to "$A/root-dirty.img" mine
    holds "$T/root.img" t1
}

@test "start of a snapshot replaces what was left over, by the template as it is now" {
    make_template
    ok start $SNAP appvms/b/root
    A=$POOL/appvms/b
    write_to "$A/root-dirty.img" old
    session vm-templates/t/root t2 --no-precache
    old=$(inode "$A/root-dirty.img")
    ok start $SNAP appvms/b/root
    says "linked 'P/vm-templates/t/root.img' -> 'P/appvms/b/root.img'" \
        "$(cloned P/appvms/b/root.img P/appvms/b/root-dirty.img)"
    files root.img root-dirty.img
    same "$A/root.img" "$T/root.img"
    holds "$A/root-dirty.img" t2
    [ "$(inode "$A/root-dirty.img")" != "$old" ]
}

@test "start of a snapshot uses its precache, if that is of the template as it is now" {
    make_template
    A=$POOL/appvms/b
    ok precache $SNAP appvms/b/root
    files root-precache.img
    ok start $SNAP appvms/b/root
    says "linked 'P/vm-templates/t/root.img' -> 'P/appvms/b/root.img'" \
        "renamed 'P/appvms/b/root-precache.img' -> 'P/appvms/b/root-dirty.img'"
    ok stop $SNAP appvms/b/root
    ok precache $SNAP appvms/b/root
    session vm-templates/t/root t2
    ok start $SNAP appvms/b/root
    files root.img root-dirty.img
    holds "$A/root-dirty.img" t2
}

@test "start of a snapshot of another file system copies, with the time of the template" {
    other=$RUN_SCRATCH/other-$FS
    [ "$(stat -c %d "$POOL")" != "$(stat -c %d "$RUN_SCRATCH")" ] || skip "needs root"
    mkdir "$other"
    write_to "$other/root.img" far
    truncate -s 1M "$other/root.img"
    touch -d "2018-01-02 03:04:05.123456789Z" "$other/root.img"
    ok start --snap-on-start="$other/root" $V-x
    [ "$(stat -c '%y' "$A/private-x.img")" = "$(stat -c '%y' "$other/root.img")" ]
    holds "$A/private-x-dirty.img" far
    rl is-outdated --snap-on-start="$other/root" $V-x
    [ "$STATUS" = 1 ]
    rm -r "$other"
}

@test "start needs the source that it is told, and makes nothing without" {
    fails 4 start --snap-on-start=vm-templates/t/root appvms/b/root
    says "cannot find 'P/vm-templates/t/root': $NO_SUCH"
    mkdir "$POOL/vm-templates/t"
    fails 4 start --snap-on-start=vm-templates/t/root appvms/b/root
    says "cannot find 'P/vm-templates/t/root.img': $NO_SUCH"
    fails 4 precache --snap-on-start=vm-templates/t/root appvms/b/root
    touch "$A/private-import.img"
    fails 2 start --snap-on-start=$V $V
    fails 2 start --snap-on-start="$A/private" $V
    fails 2 start --snap-on-start= appvms/b/root
}

@test "start refuses to treat a volume with revisions as a snapshot" {
    make_template
    touch "$A/$R1"
    fails 3 start $SNAP $V
    says "cannot treat the volume as a snapshot: there are revisions of '$D.img' (if it has nothing of\
 its own: remove it, and start it anew)"
}

@test "start of a volatile volume makes an empty dirty image each time" {
    ok start --volatile --size=1M appvms/b/volatile
    says "created directory 'P/appvms/b'" \
        "created 'P/appvms/b/volatile-dirty.img' (sparse, 1048576 bytes)"
    A=$POOL/appvms/b
    write_to "$A/volatile-dirty.img" old
    ok start --volatile --size=2M appvms/b/volatile
    says "created 'P/appvms/b/volatile-dirty.img' (sparse, 2097152 bytes)"
    files volatile-dirty.img
    [ "$(stat -c '%s %b' "$A/volatile-dirty.img")" = "2097152 0" ]
}

@test "start of a volatile volume needs a size, and no clean image there" {
    fails 2 start --volatile appvms/b/volatile
    fails 3 start --volatile --size=1M $V
    says "cannot treat the volume as volatile: it has '$D.img'"
}

@test "start of an origin snapshot saves what the last stop committed as a revision" {
    make_template
    both="$SNAP --save-on-stop"
    A=$POOL/appvms/b
    # shellcheck disable=SC2086
    ok start $both appvms/b/root
    files root.img root-dirty.img
    write_to "$A/root-dirty.img" mine
    # shellcheck disable=SC2086
    ok stop $both appvms/b/root
    files root.img
    saved=$(inode "$A/root.img")
    # shellcheck disable=SC2086
    ok start $both appvms/b/root
    says "linked 'P/appvms/b/root.img' -> 'P/appvms/b/root.img.1@*'" \
        "linked 'P/vm-templates/t/root.img' -> 'P/appvms/b/root.img'" \
        "$(cloned P/appvms/b/root.img P/appvms/b/root-dirty.img)"
    files root.img root-dirty.img root.img.1@\*
    [ "$(inode "$A"/root.img.1@*)" = "$saved" ]
    same "$A/root.img" "$T/root.img"
    holds "$A"/root.img.1@* mine
    holds "$A/root-dirty.img" t1
}

@test "the revision that an origin snapshot keeps is a state of its own, not of its template" {
    make_template
    A=$POOL/appvms/b
    both=("$SNAP" --save-on-stop appvms/b/root)
    for text in saved1 saved2 saved3; do
        ok start "${both[@]}"
        write_to "$A/root-dirty.img" $text
        session vm-templates/t/root "after $text" --no-precache # its former image is a revision there
        ok stop "${both[@]}"
    done
    files root.img root.img.{1,2}@\*
    holds "$A/root.img" saved3
    holds "$A"/root.img.2@* saved2
    holds "$A"/root.img.1@* saved1
}

@test "start of an origin snapshot prunes nothing, and repeated takes the template's image for no state" {
    make_template
    A=$POOL/appvms/b
    both=("$SNAP" --save-on-stop appvms/b/root)
    ok start "${both[@]}"
    write_to "$A/root-dirty.img" saved
    ok stop "${both[@]}"
    # Interrupted before dirty was there, or discarded; then the template was committed.
    ok start "${both[@]}"
    ok discard appvms/b/root
    files root.img root.img.1@\*
    session vm-templates/t/root t2
    ok start "${both[@]}"
    files root.img root-dirty.img root.img.1@\*
    ok stop "${both[@]}"
    files root.img root.img.1@\*
    holds "$A"/root.img.1@* saved
}

@test "start of a snapshot in a new directory is rehearsed like that in one that is there" {
    ok create appvms/root --size=1M
    ok -n start --snap-on-start=appvms/root appvms/b/root
    local dry=$ERR
    ok start --snap-on-start=appvms/root appvms/b/root
    [ "$dry" = "$(in_the_infinitive <<<"$ERR")" ] || fail "$dry"
}

@test "start of an origin snapshot doesn't mind that the template is pruned meanwhile" {
    make_template
    session vm-templates/t/root t2 --no-precache --revisions-to-keep=5
    local kind=("$SNAP" --save-on-stop) call
    ok start "${kind[@]}" appvms/b/root
    ok stop "${kind[@]}" appvms/b/root
    # The template's revision is seen when its directory is read, and gone when it is looked at.
    traced statx start -n "${kind[@]}" appvms/b/root
    call=$(grep -n 'root.img.1@' <<<"$TRACE" | head -n 1 | cut -d: -f1)
    [ -n "$call" ] || fail "it doesn't look at the template's revision"
    injected "statx:error=ENOENT:when=$call" start "${kind[@]}" appvms/b/root
    [ "$STATUS" = 0 ] || fail "expected status 0"
    A=$POOL/appvms/b
    files root.img root-dirty.img root.img.1@\*
}

@test "start of an origin snapshot keeps the dirty image that a crash has left" {
    make_template
    A=$POOL/appvms/b
    ok start $SNAP --save-on-stop appvms/b/root
    write_to "$A/root-dirty.img" mine
    session vm-templates/t/root t2
    for i in 1 2; do
        ok start $SNAP --save-on-stop appvms/b/root
        says
        files root.img root-dirty.img
        holds "$A/root-dirty.img" mine
        rm -r "$T" # nobody needs the template for that
        mkdir "$T"
    done
}

@test "start of an origin snapshot, interrupted and repeated, doesn't lose the saved state" {
    make_template
    A=$POOL/appvms/b
    ok start $SNAP --save-on-stop appvms/b/root
    write_to "$A/root-dirty.img" mine
    ok stop $SNAP --save-on-stop appvms/b/root --revisions-to-keep=0
    files root.img
    for i in 1 2 3; do
        ok start $SNAP --save-on-stop appvms/b/root
        files root.img root-dirty.img root.img.1@\*
        holds "$A"/root.img.1@* mine
        # a crash between the link of the template's image and dirty
        rm "$A/root-dirty.img"
    done
    # and one before it: the saved image has both names
    ln -f "$A"/root.img.1@* "$A/root.img"
    ok start $SNAP --save-on-stop appvms/b/root
    files root.img root-dirty.img root.img.1@\*
    holds "$A"/root.img.1@* mine
    holds "$A/root-dirty.img" t1
}

@test "start refuses kinds that contradict each other" {
    fails 2 start --volatile --save-on-stop --size=1M $V
    fails 2 start --volatile --snap-on-start=vm-templates/t/root --size=1M $V
}

@test "start warns if less is available than the image could still take, or than 5%" {
    ok create appvms/b/private --size=1T
    ok start appvms/b/private
    [[ "$ERR" == *"warning: only "*" bytes) available for '$POOL/appvms/b/private-dirty.img', which may take 1.0 TiB (1099511627776 bytes) more ('reflinkctl help rescue' says how to get more)" ]] || fail
    ok start appvms/b/private # again, of one that is there already
    [[ "$ERR" == *"warning: only "* ]] || fail
    requires_root
    ok start $V
    [[ "$ERR" != *available* ]] || fail
    traced statfs,fstatfs start $V
    [ "$(grep -c statfs <<<"$TRACE")" = 1 ] || fail "$TRACE"
    fallocate -l $(($(stat -f -c '%a * %S - %b * %S / 100 * 3' "$POOL"))) "$POOL/filler"
    sync -f "$POOL"
    ok start $V
    rm "$POOL/filler"
    sync -f "$POOL"
    [[ "$ERR" == *"warning: only "*" bytes) available for '$A/private-dirty.img', less than 5% of the file system ("* ]] || fail
}

@test "a dirty image that is older than the clean one is gone on with, and a warning tells it" {
    for option in --quiet --no-precache; do
        ok start $V
        ok start $V
        [ -z "$ERR" ] || fail "in ordinary life"
        ok stop $option $V
    done
    ok start $V
    touch -d 2018-01-02T03:04:05.5Z "$A/private-dirty.img" "$A/private.img"
    ok start $V
    [ -z "$ERR" ] || fail "equal is no reason"
    touch -d 2018-01-02T03:04:05.6Z "$A/private.img"
    ok start $V
    says "warning: 'P/appvms/a/private-dirty.img' is older than the clean image, by their times, and the start goes on with it (stop keeps both, discard goes back to the clean one)"
}
