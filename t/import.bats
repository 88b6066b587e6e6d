#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# import: content from outside becomes the clean image, as a commit.

load lib/common

SRC=$RUN_SCRATCH/source
V=appvms/a/private

prepare() {
    printf 'new content' >"$POOL/source"
}

tidy() {
    rm -f "$SRC"
}

# The line that says that the N bytes of FROM became the import image.
received() {
    local to=P/appvms/a/private-import.img
    if has_reflinks; then
        echo "reflinked '$1' -> '$to'"
    else
        echo "copied '$1' -> '$to' ($2 bytes, $2 of data)"
    fi
}

# A volume whose clean image begins with "old", perhaps started.
old() {
    ok create $V --size=1M
    ok start $V
    write_to "$A/private-dirty.img" old
    ok stop $V --no-precache
}

@test "import commits a file: the former clean image becomes a revision, the next start is prepared" {
    old
    ok import $V source --revisions-to-keep=1
    tidied "removed 'P/appvms/a/private.img.1@*'" \
        "$(cloned 'P/appvms/a/private.img' 'P/appvms/a/private-precache.img' 11)"
    says "$(received P/source 11)" \
        "linked 'P/appvms/a/private.img' -> 'P/appvms/a/private.img.2@*'" \
        "renamed 'P/appvms/a/private-import.img' -> 'P/appvms/a/private.img'" "${TIDIED[@]}"
    files private.img private-precache.img private.img.2@*
    cmp "$POOL/source" "$A/private.img"
    cmp "$POOL/source" "$A/private-precache.img"
    [ "$A/private.img" -nt "$POOL/source" ]
    holds "$A"/private.img.2@* old
    [ "$(stat -c '%a %h' "$A/private.img")" = "600 1" ]
}

@test "import drops no revision, or all but as many as it is told" {
    old
    ok import $V source
    ok import $V source
    files private.img private-precache.img private.img.{1,2,3}@\*
    ok import $V source --revisions-to-keep=2
    files private.img private-precache.img private.img.{3,4}@\*
    ok import $V source --revisions-to-keep=0
    files private.img private-precache.img
    ok import $V source --revisions-to-keep=-1
    files private.img
}

@test "import brings back a volume of which nothing is left" {
    ok import $V source
    says "created directory 'P/appvms/a'" \
        "$(received P/source 11)" \
        "renamed 'P/appvms/a/private-import.img' -> 'P/appvms/a/private.img'" \
        "$(cloned 'P/appvms/a/private.img' 'P/appvms/a/private-precache.img' 11)"
    files private.img private-precache.img
}

@test "import reads standard input to its end, and leaves out its zeros" {
    { printf start; head -c 1000000 /dev/zero; printf end; } >"$SRC"
    ok import $V - < <(cat "$SRC")
    [ "$(sed -n 2p <<<"$ERR")" = "reflinkctl: copied '/dev/stdin' -> '$A/private-import.img' (1000008 bytes, 4680 of data)" ] || fail
    files private.img private-precache.img
    cmp "$SRC" "$A/private.img"
    [ "$(stat -c %b "$A/private.img")" -le 64 ]
}

@test "import takes a file on standard input from where it stands" {
    ok import $V - <"$POOL/source"
    cmp "$POOL/source" "$A/private.img"
    { read -r -N 4 _ && ok import $V -; } <"$POOL/source"
    holds "$A/private.img" content
    [ "$(stat -c %s "$A/private.img")" = 7 ]
}

@test "import --size is what has to come, no more and no less" {
    old
    ok import $V - --size=11 < <(printf 12345678901)
    fails 6 import $V - --size=10 < <(printf 12345678901)
    [[ "$ERR" == *"more than 10 bytes came" ]]
    fails 6 import $V - --size=12 < <(printf 12345678901)
    [[ "$ERR" == *"only 11 of 12 bytes came" ]]
    ok import $V source --size=11
    fails 3 import $V source --size=12
    fails 3 import $V source --size=10
    ok import $V - --size=0 < <(:)
    [ "$(stat -c %s "$A/private.img")" = 0 ]
}

@test "import takes nothing at all for a program that failed, unless that is its --size" {
    old
    fails 6 import $V - < <(:)
    says "cannot copy '/dev/stdin': nothing came"
    fails 6 import $V - </dev/null
    fails 6 import $V - --size=1 </dev/null
    ok import $V - --size=0 </dev/null
    [ "$(stat -c %s "$A/private.img")" = 0 ]
}

@test "import of a stream that can't be flushed says nothing else, and changes nothing" {
    old
    before=$(snapshot)
    injected fsync:error=ENOSPC:when=1 import $V - < <(printf x)
    [ "$STATUS" = 6 ]
    says "cannot sync 'P/appvms/a/private-import.img': No space left on device"
    [ "$(snapshot)" = "$before" ]
}

@test "import waits for the writer of a FIFO" {
    mkfifo "$POOL/fifo"
    { sleep 0.3 && printf 'from afar' >"$POOL/fifo"; } 3>&- &
    ok import $V fifo
    wait
    holds "$A/private.img" 'from afar'
}

@test "import reads a block device" {
    { printf device; head -c 1000000 /dev/zero; head -c 48570 /dev/urandom; } >"$SRC"
    truncate -s 1M "$SRC"
    attach "$SRC"
    ok import $V "$LOOP"
    [ "$(head -1 <<<"$ERR" | cut -d' ' -f2)" = created ]
    cmp "$SRC" "$A/private.img"
    [ "$(stat -c %b "$A/private.img")" -le 256 ]
    fails 3 import $V "$LOOP" --size=2M
    ok import $V "$LOOP" --size=1M
    ok import $V - --size=1M <"$LOOP"
    cmp "$SRC" "$A/private.img"
}

@test "import takes the clean image of another volume, of this pool or another" {
    ok create appvms/b/root --size=1M
    write_to "$POOL/appvms/b/root.img" theirs
    ok import $V appvms/b/root
    holds "$A/private.img" theirs
    mkdir -p "$RUN_SCRATCH/pool2/appvms/c"
    printf elsewhere >"$RUN_SCRATCH/pool2/appvms/c/root.img"
    ok import $V "$RUN_SCRATCH/pool2/appvms/c/root"
    rm -r "$RUN_SCRATCH/pool2"
    holds "$A/private.img" elsewhere
}

@test "import prefers what exists by that very name to a volume called so" {
    printf volume >"$POOL/thing.img"
    mkdir "$POOL/thing"
    ok import $V thing
    holds "$A/private.img" volume
    rmdir "$POOL/thing"
    printf file >"$POOL/thing"
    ok import $V thing
    holds "$A/private.img" file
}

@test "import says what it can't find, and leaves no directory behind" {
    fails 4 import $V nothing
    fails 4 import $V ../nothing
    fails 4 import $V /no/such/file
    mkdir "$POOL/empty"
    fails 4 import $V empty
    fails 2 import $V
    fails 2 import bad-dirty - < <(:)
    rl import $V - --size=2 < <(printf x)
    [ "$STATUS" = 6 ] && [ ! -e "$A" ]
}

@test "import refuses a volume as its own source, by whatever name" {
    old
    ok start $V
    fails 2 import $V $V
    fails 2 import $V $V.img
    fails 2 import $V appvms/a/private-dirty.img
    fails 2 import $V - <"$A/private.img"
}

@test "import doesn't take a tempfile of the volume, which it would remove first" {
    old
    cp "$A/private.img" "$A/private.img~abcdefgh"
    fails 2 import $V "$V.img~abcdefgh"
    says "a volume cannot be its own source: 'P/$V.img~abcdefgh'"
}

@test "import reads neither directories nor character devices" {
    fails 3 import $V /dev/null
    fails 3 import $V /dev/tty
    rl import $V - <"$POOL"
    [ "$STATUS" = 6 ] && [ ! -e "$A" ]
}

@test "import into a dirty volume replaces the clean image and leaves the dirty one alone" {
    old
    ok start $V
    write_to "$A/private-dirty.img" live
    before=$(inode "$A/private-dirty.img")
    ok import $V source
    says "$(received P/source 11)" \
        "linked 'P/appvms/a/private.img' -> 'P/appvms/a/private.img.2@*'" \
        "renamed 'P/appvms/a/private-import.img' -> 'P/appvms/a/private.img'" \
        "warning: 'P/appvms/a/private-dirty.img' is dirty: the next start goes on with that, not with what\
 was imported (discard drops it)"
    files private.img private-dirty.img private.img.{1,2}@\*
    [ "$(inode "$A/private-dirty.img")" = "$before" ]
    holds "$A/private-dirty.img" live
    holds "$A/private.img" "new content"
    ok stop $V
    holds "$A/private.img" live
    holds "$A"/private.img.3@* "new content"
}

@test "import refuses a dirty volume that keeps no revisions, before it reads anything" {
    old
    ok start $V
    for keep in -1 0; do
        fails 3 import $V - --revisions-to-keep=$keep < <(printf x)
        says "cannot import to 'P/$V.img': it is dirty and keeps no revisions (stop it first)"
    done
    rm "$A/private-dirty.img"
    ok start $V --revisions-to-keep=-1
    files private-dirty.img private.img.1@*
    fails 3 import $V source
    fails 3 import $V source --revisions-to-keep=-1
    fails 3 import-begin $V --size=1M
}

@test "import drops what an interrupted one left" {
    old
    touch "$A/private-import.img" "$A/private-import.img~abcdefgh"
    ok import $V source
    files private.img private-precache.img private.img.{1,2}@\*
}

@test "import that can't be committed leaves no import image" {
    old
    touch "$A/private.img.18446744073709551614@2018-01-02T03:04:05Z"
    before=$(snapshot)
    rl import $V source
    [ "$STATUS" = 3 ]
    [ "$(snapshot | grep -v ' d$')" = "$(grep -v ' d$' <<<"$before")" ]
}

@test "import takes nothing that is empty, unless that is its --size" {
    ok import $V source
    : >"$POOL/empty"
    fails 3 import $V empty
    says "cannot import 'P/empty': it is empty (--size=0 imports that)"
    rl import $V - <"$POOL/empty"
    [ "$STATUS" = 3 ]
    fails 6 import --size=0 $V /proc/cpuinfo
    ok import --size=0 $V empty
}

@test "import says why a volume without a clean image is refused" {
    ok create $V --size=1M
    ok start $V --revisions-to-keep=-1
    fails 3 import --revisions-to-keep=5 $V source
    says "cannot import to 'P/$V.img': it is dirty and has no clean image (stop it first)"
}

@test "import --keep-older-than=AGE leaves the youngest revision that is older, too" {
    old
    for age in "3 days" "2 days" "1 hour"; do
        touch "$A/private.img.$((++n + 1))@$(date -u -d "$age ago" +%FT%TZ)"
    done
    ok import $V source --revisions-to-keep=1 --keep-older-than=1d
    files private.img private-precache.img private.img.{3,5}@\*
    ok import $V source --revisions-to-keep=0 --keep-older-than=1d
    files private.img private-precache.img
}

@test "import of a dirty volume's clean image says where the newest state is" {
    old
    ok start $V
    for source in $V $V.img; do
        ok import appvms/b/private $source
        [[ $ERR == *"warning: '$A/private.img' is the state of the last stop: the volume is dirty,\
 what was written since is in '$A/private-dirty.img'"* ]] || fail
    done
    ok discard $V
    ok import appvms/b/private $V
    [[ $ERR != *warning* ]] || fail
}

@test "nothing is imported to a running snapshot or volatile volume, whose next start would drop it" {
    old
    ok create vm-templates/t/root --size=1M
    ok start --snap-on-start=vm-templates/t/root appvms/a/root
    ok start --volatile --size=1M appvms/a/volatile
    for verb in "import appvms/a/root source" "import-begin --size=1M appvms/a/root"; do
        # shellcheck disable=SC2086
        fails 3 $verb
        says "cannot import to 'P/appvms/a/root.img': it is a snapshot, which no stop commits"
    done
    fails 3 import appvms/a/volatile source
    says "cannot import to 'P/appvms/a/volatile.img': it is volatile, which no stop commits"
    ok stop --snap-on-start=vm-templates/t/root appvms/a/root
    ok import-begin --size=1M appvms/a/root
    ok -q start --snap-on-start=vm-templates/t/root appvms/a/root2
    mv "$A/root2-dirty.img" "$A/root-dirty.img" && mv "$A/root2.img" "$A/root.img"
    fails 3 import-end appvms/a/root
    says "cannot import to 'P/appvms/a/root.img': it is a snapshot, which no stop commits"
}
