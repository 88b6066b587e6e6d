#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is drawn on a terminal, and nowhere else: bars of what is shared, the history of a volume.

load lib/common

V=appvms/a/private

# Commit $1 MiB of data, which lie at $2 MiB.
commit() {
    ok start $V
    overwrite "$1" "$2"
    ok stop $V
}

# Write $1 MiB of data to the dirty image at $2 MiB.
overwrite() {
    dd if=/dev/urandom of="$A/private-dirty.img" bs=1M count="$1" seek="$2" conv=notrunc,fsync \
        status=none
}

# Revision 1 is empty, 2 has 8 MiB; 3 and 4 were made of it, but are no more than a branch, since it
# was reverted to.
prepare() {
    export LC_ALL=C LC_CTYPE=C LANG=C
    ok create $V --size=64M
    commit 8 0
    ok pin $V clean before-upgrade
    commit 2 20
    commit 1 30
    ok revert $V before-upgrade
}

# Does the file system tell what is shared?
can_tell() {
    [ "$FS" = btrfs ] || [ "$FS" = xfs ]
}

# The widest line of $OUT
widest() {
    awk '{ if (length > most) most = length } END { print most }' <<<"$OUT"
}

# The bar in the row of $OUT whose first word is $1, which is under the heading of bars
bar() {
    awk -v row="$1" 'NR == 1 { at = index($0, "# OWN") } $1 == row { print substr($0, at) }' <<<"$OUT"
}

# $OUT with T for times, and without blanks at the ends of lines
plain() {
    sed -E 's/[0-9-]{10}T[0-9:]{8}Z/T/; s/ +$//' <<<"$OUT"
}

@test "list --exclusive draws how much of each volume is its own, and how much is shared" {
    if [ "$FS" = ext4 ]; then
        on_screen 80 list --exclusive
        [[ "$(bar appvms/a/private)" =~ ^#+$ ]] || fail "nothing is shared there"
        return
    fi
    if ! can_tell; then
        ok list --exclusive
        piped=$OUT
        on_screen 80 list --exclusive
        [ "$OUT" = "$piped" ] || fail "nobody knows"
        return
    fi
    ok clone $V appvms/b/private
    ok create appvms/c/private --size=1M
    on_screen 80 list --exclusive
    [ "$(widest)" -le 79 ]
    [[ "$OUT" == *"EXCLUSIVE  # OWN . SHARED"* ]]
    [[ "$(bar appvms/a/private)" =~ ^#+\.+$ ]] || fail "a has revisions that are its own"
    [[ "$(bar appvms/b/private)" =~ ^\.+$ ]] || fail "all of b is shared"
    [ -z "$(bar appvms/c/private)" ] || fail "there is nothing of c"
    ok remove appvms/a/private --force
    on_screen 80 list --exclusive
    [[ "$(bar appvms/b/private)" =~ ^#+$ ]] || fail "now it is b's own"
}

@test "revisions --exclusive draws them to scale, and by more columns if there are" {
    ok unpin $V before-upgrade
    ok start $V
    overwrite 4 0
    ok stop $V
    can_tell || return 0
    on_screen 80 revisions --exclusive $V
    [ "$(widest)" -le 79 ]
    short=$(bar 4)
    [[ "$short" =~ ^#+\.+$ ]] || fail
    [ -z "$(bar 1)" ]
    on_screen 200 revisions --exclusive $V
    long=$(bar 4) three=$(bar 3)
    [ ${#long} = 40 ] && [ ${#short} -lt 40 ] || fail
    [ "${#three}" = $((40 * 10 / 11)) ] || fail "10 MiB of 11"
}

@test "however little is its own, or is shared, one sees that there is something" {
    can_tell || return 0
    ok clone $V appvms/b/private
    # all of b is written but a block, as a is, then that block alone of c
    ok clone $V appvms/c/private
    for words in "appvms/b/private 2047 0" "appvms/c/private 1 2047"; do
        read -r volume count seek <<<"$words"
        ok start "$volume"
        dd if=/dev/urandom of="$POOL/$volume-dirty.img" bs=4096 count="$count" seek="$seek" \
            conv=notrunc,fsync status=none
        ok stop --revisions-to-keep=0 --no-precache "$volume"
    done
    on_screen 80 list --exclusive
    [[ "$(bar appvms/b/private)" =~ ^#+\.$ ]] || fail
    [[ "$(bar appvms/c/private)" =~ ^#\.+$ ]] || fail
}

@test "where there is no room for bars, columns give way, or there are none" {
    can_tell || return 0
    on_screen 200 list --exclusive
    [[ "$OUT" == *TIME*REVISIONS*"# OWN"* ]]
    on_screen 80 list --exclusive
    [[ "$OUT" != *TIME* && "$OUT" != *REVISIONS* && "$OUT" == *"# OWN"* ]] || fail
    ok list --exclusive
    piped=$OUT
    on_screen 50 list --exclusive
    [ "$OUT" = "$piped" ] || fail "all columns and no bars"
}

@test "what is drawn is of blocks and lines where the locale is one of UTF-8, by its name" {
    can_tell || return 0
    for locale in "LC_ALL=de_DE.UTF-8" "LC_ALL= LC_CTYPE=C.utf8" "LC_ALL= LC_CTYPE= LANG=en_US.UTF-8"; do
        # shellcheck disable=SC2163 # they are assignments
        export ${locale?}
        on_screen 80 revisions --exclusive $V
        [[ "$OUT" == *"█ OWN ░ SHARED"*"░░░"* ]] || fail "$locale"
        on_screen 80 info $V
        [[ "$OUT" == *"├─● 3"*"│ ● 4"*"● clean"* ]] || fail "$locale"
    done
    LC_ALL=C on_screen 80 info $V
    [[ "$OUT" == *"|-* 3"*"| * 4"*"* clean"* ]] || fail "LC_ALL wins"
}

@test "info draws which state was made of which" {
    ok start $V
    overwrite 3 40
    on_screen 80 info $V
    if ! can_tell; then
        [[ "$OUT" != *HISTORY* ]] || fail "nobody knows"
        return
    fi
    [ "$(widest)" -le 79 ]
    diff <(plain | sed -n '/^HISTORY/,$p' | sed 's/  */ /g') - <<-'END'
	HISTORY TIME CHANGED PINS
	* 1 T - -
	* 2 T 8.0 MiB before-upgrade
	|-* 3 T 2.0 MiB -
	| * 4 T 1.0 MiB -
	* clean T 0 B -
	* dirty T 3.0 MiB -
	END
}

@test "of many revisions info draws the newest, of many pins what fits" {
    can_tell || return 0
    for n in 1 2 3; do
        ok pin $V before-upgrade "another-name-of-it-$n"
    done
    python3 -c '
import os, sys
for n in range(100, 120):
    os.close(os.open(f"{sys.argv[1]}/private.img.{n}@2018-01-02T03:04:05Z", os.O_CREAT))' "$A"
    on_screen 80 info $V
    [[ "$OUT" == *"(14 older)"*"* 110 "*"* 119 "* ]] || fail
    history=$(sed -n '/^HISTORY/,$p' <<<"$OUT")
    [[ "$history" != *"* 109 "* ]] || fail
    [ "$(wc -l <<<"$history")" = 12 ]
    rm "$A"/private.img.1[01]?@*
    on_screen 80 info $V
    OUT=$(sed -n '/^HISTORY/,$p' <<<"$OUT")
    [[ "$OUT" == *" another-name-of-it-1,.."* ]] || fail "as many pins as fit"
    [ "$(widest)" -le 79 ]
}

@test "info of images that one may not read is no error, and has no history" {
    requires_root
    chmod 755 "$RUN_SCRATCH" "$RUN_SCRATCH/$FS"
    chmod 600 "$A/private.img"
    "$BATS_TEST_DIRNAME/lib/screen" 80 setpriv --reuid=65534 --clear-groups "$BIN" -C "$POOL" \
        info $V >"$RUN_SCRATCH/shown" 2>"$RUN_SCRATCH/stderr"
    [ ! -s "$RUN_SCRATCH/stderr" ]
    grep -q before-upgrade "$RUN_SCRATCH/shown"
    ! grep HISTORY "$RUN_SCRATCH/shown" || fail "who told?"
}

@test "a pipe, a file and --json get nothing of that" {
    ok start $V
    ok info --exclusive $V
    [[ "$OUT" != *HISTORY* ]]
    ok revisions --exclusive $V
    [[ "$OUT" != *OWN* ]]
    ok list --exclusive
    [[ "$OUT" != *OWN* ]]
    for words in "info --exclusive $V" "revisions --exclusive $V" "list --exclusive"; do
        # shellcheck disable=SC2086 # they are words
        ok --json $words
        piped=$OUT
        # shellcheck disable=SC2086
        on_screen 80 --json $words
        [ "$OUT" = "$piped" ] || fail
    done
}
