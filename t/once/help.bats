#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What "help rescue" and "help terms" tell a person to type.

load ../lib/common

V=appvms/mail/private

prepare() {
    requires_root
    bin=$BATS_TEST_TMPDIR/bin
    mnt=$BATS_TEST_TMPDIR/mnt
    mkdir "$bin" "$mnt"
    ln -s "$(realpath "$BIN")" "$bin/reflinkctl"
    PATH=$bin:$PATH
    truncate -s 4M "$BATS_TEST_TMPDIR/ext4"
    mkfs.ext4 -q "$BATS_TEST_TMPDIR/ext4"
    truncate -s 4M "$mnt/private.img"
}

tidy() {
    umount "$mnt" 2>/dev/null || true
}

# A pool that has all that the page speaks of; the volume is dirty if a session is to be decided on.
scene() {
    rm -rf "${POOL:?}"/*
    mkdir -p "$POOL/vm-templates/fedora" "$POOL/appvms/mail"
    truncate -s 1M "$POOL/vm-templates/fedora/root.img"
    cp "$BATS_TEST_TMPDIR/ext4" "$POOL/$V.img.7@2018-01-02T03:04:05Z"
    truncate -s 4M "$POOL/$V.img" "$POOL/$V-import.img"
    write_to "$POOL/$V.img" clean
    write_to "$POOL/$V-import.img" unfinished
    case $1 in
    *\ start* | *\ stop* | *\ discard*) cp "$POOL/$V.img" "$POOL/$V-dirty.img"; write_to "$POOL/$V-dirty.img" dirty ;;
    *reclaim*) head -c 128K /dev/urandom >"$POOL/$V.img.6@2018-01-01T03:04:05Z" ;;
    esac
}

# The states that are there, whatever they are called.
states() {
    find "$POOL" -name '*.img*' ! -name '*-import.img' ! -name '*-precache.img' -exec cksum {} + |
        cut -d' ' -f1,2 | sort -u
}

@test "each command of help rescue works, and loses a state only if it says DROP" {
    n=0
    while read -r line; do
        command=${line//\/var\/lib\/qubes/$POOL}
        command=${command//\/mnt/$mnt}
        command=${command//10G/64K}
        scene "$line"
        all=$(find "$POOL" -type f | wc -l) before=$(states)
        STATUS=0
        CALL=("$command")
        OUT=$(cd "$POOL" && bash -c "$command" 2>&1) || STATUS=$?
        [[ $line != *losetup* ]] || LOOPS+=("$OUT")
        # What fsck asks is whether all is well.
        [ "$STATUS" = 0 ] || [[ "$STATUS $line" == "1 reflinkctl fsck" ]] || fail "it returned $STATUS"
        lost=$(comm -23 <(echo "$before") <(states))
        case $line in
        *cleanup*DROP*) [ "$(find "$POOL" -type f | wc -l)" -lt "$all" ] && [ -z "$lost" ] || fail ;;
        *DROP*) [ -n "$lost" ] || fail "it drops nothing" ;;
        *) [ -z "$lost" ] || fail "it has dropped $lost" ;;
        esac
        n=$((n + 1))
    done < <("$BIN" help rescue | sed -n 's/^  //p' | sed 's/^# or: //' | sed ':a; /&&$/{N; s/\n/ /; ba}')
    [ "$n" -ge 20 ]
}

# The page's commands, pasted with an empty line in the place of what stands between them, while the
# Nth of them fails, for each N.
@test "who pastes a block of help rescue loses no image when one of its commands fails" {
    local block='' n=0 i
    while IFS= read -r line; do
        [ -z "$line" ] || { block+=$line$'\n'; continue; }
        for ((i = 1; i <= $(grep -c . <<<"$block"); i++)); do
            scene " start"
            mkdir "$POOL/appvms/post" && touch "$POOL/appvms/post/mine"
            OUT=$(cd "$POOL" && N=$i bash -c "reflinkctl() { ((++n != N)) && command reflinkctl \"\$@\"; }
                mount() { false; }; umount() { false; }; losetup() { false; }
                ${block//\/var\/lib\/qubes/$POOL}" 2>&1) || true
            for text in clean dirty; do
                cat "$POOL"/appvms/*/private* | grep -aq "$text" || fail "the $text image is lost, $i fails: $block"
            done
            n=$((n + 1))
        done
        block=
    done < <("$BIN" help rescue | sed -n 's/^  //p; t; s/.*//p'; echo)
    [ "$n" -ge 20 ] || fail "$n"
}

@test "help rescue and help terms fit 80 columns, and need neither a pool nor a terminal" {
    for topic in rescue terms; do
        OUT=$(cd / && env -i "$BIN" -C /nowhere help $topic) || fail
        [ "$(wc -l <<<"$OUT")" -ge 9 ]
        [ -z "$(awk 'length > 80' <<<"$OUT")" ] || fail
    done
    for word in clean dirty revision precache snapshot volatile; do
        grep -q "^$word " <<<"$OUT" || fail "$word"
    done
}
