#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# cleanup: drop what interrupted commands left.

load lib/common

V=appvms/a/private
D=P/appvms/a/private

prepare() {
    ok create $V --size=1M
    ok create appvms/a/root --size=1M
    ok create vm-templates/t/root --size=1M
    (cd "$A" && touch private.img~abcdefgh private-dirty.img~ABC_def0 private-import.img \
        root.img.1@2018-01-02T03:04:05Z~0123456_ private-precache.img)
    touch "$POOL/vm-templates/t/root-import.img" "$POOL/vm-templates/t/gone.img~abcdefgh"
}

@test "cleanup drops the tempfiles and imports of the pool" {
    ok cleanup
    [ "$(sort <<<"$ERR")" = "$(for name in appvms/a/private-dirty.img~ABC_def0 \
        appvms/a/private-import.img appvms/a/private.img~abcdefgh \
        appvms/a/root.img.1@2018-01-02T03:04:05Z~0123456_ vm-templates/t/gone.img~abcdefgh \
        vm-templates/t/root-import.img; do
        echo "reflinkctl: removed '$POOL/$name'"
    done | sort)" ] || fail
    files private.img private-precache.img root.img
    ok cleanup
    says
}

@test "cleanup of a volume leaves the others alone" {
    ok cleanup $V
    files private.img private-precache.img root.img root.img.1@\*~0123456_
    ok cleanup appvms/a/nothing
    says
    fails 4 cleanup appvms/b/private
}

@test "cleanup leaves everything else alone" {
    ok cleanup
    odd=(private.img~abcdefg private.img~abcdefghi private.img~abcd.fgh note.txt~abcdefgh
        private.img~20261127 private-dirty.img~00000000 root.img.1@2018-01-02T03:04:05Z~12345678
        private-dirty.img private-import.img.old import.img~ -import.img .img~abcdefgh
        private.img@2018-01-02T03:04:05Z~abcdefgh)
    (cd "$A" && touch -- "${odd[@]}" && mkdir x.img~abcdefgh y-import.img &&
        ln -s private.img z.img~abcdefgh)
    touch "$POOL/private.img~abcdefgh"
    mkdir "$POOL/other"
    touch "$POOL/other/private.img~abcdefgh"
    before=$(snapshot)
    rl cleanup
    [ "$(snapshot)" = "$before" ]
}

@test "cleanup goes beneath sub-directories, and not through symbolic links" {
    mkdir -p "$A/deep/er" "$RUN_SCRATCH/outside-$FS"
    touch "$A/deep/er/x-import.img" "$RUN_SCRATCH/outside-$FS/x-import.img"
    ln -s "$RUN_SCRATCH/outside-$FS" "$POOL/appvms/out"
    ok cleanup
    [ ! -e "$A/deep/er/x-import.img" ]
    [ -e "$RUN_SCRATCH/outside-$FS/x-import.img" ]
    rm -r "$RUN_SCRATCH/outside-$FS"
}

@test "cleanup of the pool has nothing to do where a volume was removed meanwhile" {
    exec {lock}<"$A"
    flock "$lock"
    "$BIN" -q -C "$POOL" cleanup {lock}<&- 2>"$RUN_SCRATCH/said" &
    waiter=$!
    until_waiting $waiter
    rm -r "$A"
    exec {lock}<&-
    wait $waiter || fail "$(cat "$RUN_SCRATCH/said")"
    [ ! -s "$RUN_SCRATCH/said" ] || fail "$(cat "$RUN_SCRATCH/said")"
    [ ! -e "$POOL/vm-templates/t/root-import.img" ]
}

@test "a leftover that can't be removed doesn't keep the others from being dropped" {
    requires_root
    chattr +i "$A/private.img~abcdefgh"
    rl cleanup
    chattr -i "$A/private.img~abcdefgh"
    [ "$STATUS" = 6 ] || fail
    files private.img private.img~abcdefgh private-precache.img root.img
    [ ! -e "$POOL/vm-templates/t/root-import.img" ]
}

@test "cleanup of the pool goes on after a volume that it can't have" {
    exec {lock}<"$A"
    flock "$lock"
    rl --wait=0 cleanup
    exec {lock}<&-
    [ "$STATUS" = 5 ]
    [ -e "$A/private-import.img" ]
    [ ! -e "$POOL/vm-templates/t/root-import.img" ]
}
