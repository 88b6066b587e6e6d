#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# remove: the volume and all that belongs to it.

load lib/common

V=appvms/a/private
D=P/appvms/a/private

tidy() {
    chattr -R -i -a "$POOL" 2>/dev/null || true
}

prepare() {
    ok create $V --size=1M
    for text in one two; do session $V $text --revisions-to-keep=9; done
}

@test "remove takes everything, in an order in which a crash leaves a volume that works" {
    (cd "$A" && touch private.img~abcdefgh private-import.img private-dirty.img \
        private.img.10@2018-01-02T03:04:05Z)
    ok remove --discard $V
    says "removed '$D.img~abcdefgh'" "removed '$D-import.img'" "removed '$D.img.1@*'" \
        "removed '$D.img.2@*'" "removed '$D.img.10@*'" "removed '$D.img'" \
        "removed '$D-precache.img'" "removed '$D-dirty.img'" "removed directory 'P/appvms/a'"
    [ ! -e "$A" ]
}

@test "remove leaves what isn't the volume's, and the directory with it" {
    others=(private2.img private2.img~abcdefgh private-old.img root.img root-dirty.img
        private.img@2018-01-02T03:04:05Z private.img.x@2018-01-02T03:04:05Z notes.txt
        private.img.01@2018-01-02T03:04:05Z private.img.1@2018-13-02T03:04:05Z)
    (cd "$A" && touch "${others[@]}")
    ok remove $V
    files "${others[@]}"
}

@test "remove keeps the other volumes of the VM working, and goes with the last" {
    ok create appvms/a/root --size=1M
    ok remove $V
    files root.img
    ok remove appvms/a/root
    [ ! -e "$A" ]
    [ "$(ls "$POOL")" = "appvms
vm-templates" ]
}

@test "remove of what isn't there is an error" {
    fails 4 remove appvms/a/root
    says "cannot find 'P/appvms/a/root': $NO_SUCH"
    fails 4 remove appvms/b/root
    ok remove $V
    fails 4 remove appvms/typo
    says "cannot find 'P/appvms/typo': $NO_SUCH"
    fails 4 remove "$POOL/typo"
}

@test "remove refuses while a loop device holds an image or a revision, unless told otherwise" {
    ok start $V
    for image in private-dirty.img private.img private.img.1@*; do
        # shellcheck disable=SC2086 # image may be a pattern
        image=$(cd "$A" && echo $image)
        attach "$A/$image"
        fails 3 remove --discard $V
        [[ "$ERR" == "reflinkctl: cannot remove '$A/$image': '$LOOP' uses it "* ]] || fail "$image"
        losetup -d "$LOOP"
        LOOPS=()
    done
    attach "$A/private-dirty.img"
    fails 3 remove --force $V
    ok remove --discard --force $V
    [ ! -e "$A" ]
}

@test "remove that is interrupted can be repeated" {
    injected unlinkat:error=EIO:when=2 remove $V
    [ "$STATUS" = 6 ]
    files private.img private-precache.img private.img.2@\*
    ok verify $V
    ok remove $V
    [ ! -e "$A" ]
}

@test "remove refuses before it removes anything if one file can't be removed" {
    requires_root
    [ "$FS" != here ] || return 0
    touch "$A/private.img~abcdefgh" "$A/private.img.1@2018-01-02T03:04:05Z+keep"
    for flag in i a; do
        for file in "$A"/private*; do
            chattr +$flag "$file"
            for verb in "remove --force" "-n remove --force" "create --size=1M --force"; do
                # shellcheck disable=SC2086 # words of a command
                fails 6 $verb $V
                says "cannot remove '${file/#$POOL/P}': it is immutable or append-only (chattr -ia ends that)"
            done
            chattr -$flag "$file"
        done
    done
    ok remove --force $V
    [ ! -e "$A" ]
}

@test "remove leaves a symbolic link to the VM's directory alone" {
    mv "$A" "$POOL/vm-templates/a"
    ln -s ../vm-templates/a "$A"
    ok remove $V
    [ -L "$A" ]
    [ -z "$(ls "$POOL/vm-templates/a")" ]
}

@test "remove never removes the pool's own directories" {
    ok remove $V
    for volume in appvms/loose vm-templates/loose loose; do
        for vid in $volume "$POOL/$volume"; do
            ok create "$vid" --size=1
            ok -n remove "$vid"
            says "would remove 'P/$volume.img'"
            ok remove "$vid"
            says "removed 'P/$volume.img'"
        done
    done
    [ -d "$POOL/appvms" ]
    [ -d "$POOL/vm-templates" ]
}

@test "remove of a snapshot only takes a name from its template, whoever looks at that" {
    ok create vm-templates/t/root --size=1M
    ok start --snap-on-start=vm-templates/t/root appvms/b/root
    attach "$POOL/vm-templates/t/root.img"
    fails 3 remove vm-templates/t/root
    ok remove appvms/b/root
    [ -e "$POOL/vm-templates/t/root.img" ]
}

@test "remove leaves a directory that was made ready for a VM" {
    mkdir "$POOL/appvms/b"
    chmod 700 "$POOL/appvms/b"
    ok create appvms/b/private --size=1M
    ok -n remove appvms/b/private
    [[ "$ERR" != *directory* ]] || fail
    ok remove appvms/b/private
    says "removed 'P/appvms/b/private.img'"
    [ -d "$POOL/appvms/b" ]
    ok remove appvms/b/private # as after one that was interrupted
    [ -d "$POOL/appvms/b" ]
}

@test "what a command made itself it takes back, whatever the directory has inherited" {
    chmod 700 "$POOL/vm-templates"
    rl create vm-templates/t/root --size=99999P
    [ "$STATUS" != 0 ] && [ ! -e "$POOL/vm-templates/t" ] || fail
}

@test "remove refuses a volume that is dirty, unless told to discard what was written" {
    ok start $V
    fails 3 remove $V
    says "cannot remove '$D.img': it is dirty (stop commits what was written, --discard drops it)"
    fails 3 remove --force $V # that is for what is in use
    rm "$A/private.img"
    fails 3 remove $V
    ok remove --discard $V
    [ ! -e "$A" ]
    # of a snapshot or volatile volume nothing would be kept
    ok create vm-templates/t/root --size=1M
    ok start --snap-on-start=vm-templates/t/root appvms/b/root
    ok remove appvms/b/root
    ok start --volatile --size=1M appvms/b/volatile
    ok remove appvms/b/volatile
}
