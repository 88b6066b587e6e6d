#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A volume that has lost its image: who may have a younger state of it, and what isn't told as long.

load lib/common
load lib/findings

T=vm-templates/t

prepare() {
    umask 077
    mkdir -p "$A"
    ROOT=$POOL/$T/root
}

# A template of three states, "one" and "two" of which are revisions; appvms/a runs on "three",
# appvms/b on "two"; then the template's image is deleted.
lose_template() {
    ok create $T/root --size=1M
    session $T/root one
    session $T/root two
    ok start --snap-on-start=$T/root appvms/b/root
    session $T/root three
    ok start --snap-on-start=$T/root appvms/a/root
    rm "$ROOT.img" "$POOL/$T"/root-precache.img
}

# The commands of the only finding of the kind $1, a line each, without what they ask before.
told() {
    rl --json fsck
    python3 -c 'import json, sys
(finding,) = [f for f in json.load(sys.stdin) if f["kind"] == sys.argv[1]]
print(*finding["commands"], sep="\n")' "$1" <<<"$OUT" | sed 's/^\[ [^]]* \] || //'
}

# No message names a command that would change appvms/a/root.
names_no_way() {
    rl "$@"
    [ "$STATUS" != 0 ] || fail "it isn't refused"
    ! grep -qwE 'stop|--discard|discard|prune|removes|unpin|--force|revert to' <<<"${ERR#*:*: }" || fail "a way to lose it"
}

@test "a template's newest state that only an AppVM has is offered, and its AppVM left alone" {
    lose_template
    told=$(told no-clean)
    [ "$told" = "\
reflinkctl -C '$POOL' import '$ROOT' '$A/root.img'
reflinkctl -C '$POOL' revert '$ROOT'" ] || fail "$told"
    touch "$A/firewall.xml"
    finds "root-dirty.img crashed-either" "../b/root-dirty.img crashed-snapshot" "../../$T/root.img.3@* no-clean"
    [ -z "$(told crashed-either)" ] || fail "what is told would change it"
    rl fsck
    grep -qx "    # first mend '$T/root': its newest state may be here alone" <<<"$OUT" || fail
    newest=$(date -u -d "@$(stat -c %Y "$A/root.img")" +%FT%TZ)
    grep -q "import .*  # take this state of $newest, if it is of the volume\$" <<<"$OUT" || fail
    grep -q "revert .*  # go back to the newest revision, of $(ls "$POOL/$T" | sed -n 's/root.img.3@//p')\$" <<<"$OUT" || fail
    names_no_way start $T/root
    names_no_way start --snap-on-start=$T/root appvms/a/root
    names_no_way remove appvms/a/root
    names_no_way revert appvms/a/root
    names_no_way create appvms/a/root --size=1M
    names_no_way prune --revisions-to-keep=0 $T/root
    pastes no-clean
    holds "$ROOT.img" three
    # Now its AppVM is one as others are.
    [ -n "$(told crashed-either)" ] || fail
    rl remove appvms/a/root
    [[ "$ERR" == *"stop commits"* ]] || fail
    pastes
    finds "../b/root-dirty.img crashed-snapshot"
    cat "$POOL/$T"/root.img.* | grep -aq two || fail
}

@test "the same of one that was stopped as an origin, whose revision it is now" {
    lose_template
    ok stop appvms/a/root
    session appvms/a/root four
    names_no_way start --snap-on-start=$T/root appvms/a/root
    told=$(told no-clean)
    [[ "$told" == *" import '$ROOT' '$A/root.img"*$'\n'*"import '$ROOT' '$A/root.img"*$'\n'*revert* ]] || fail "$told"
    # A likelier one, though older, comes first.
    ln "$A"/root.img.1@* "$POOL/appvms/b/root.img.new"
    mv "$POOL/appvms/b/root.img.new" "$POOL/appvms/b/root.img"
    pastes no-clean
    holds "$ROOT.img" three
}

@test "what is older than the template's newest revision is a candidate, too" {
    ok create $T/root --size=1M
    session $T/root one
    session $T/root bad
    ok revert $T/root # which used up the revision
    ok start --snap-on-start=$T/root appvms/a/root
    rm "$ROOT.img" "$POOL/$T"/root-precache.img 2>/dev/null || rm -f "$ROOT.img"
    [ "$(told no-clean)" = "\
reflinkctl -C '$POOL' import '$ROOT' '$A/root.img'
reflinkctl -C '$POOL' revert '$ROOT'" ] || fail "$(told no-clean)"
    names_no_way remove appvms/a/root
    pastes no-clean
    ok stop --snap-on-start=$T/root appvms/a/root
    holds "$ROOT.img" one
    cat "$POOL/$T"/root.img.* | grep -aq bad || fail
    # the same of a builder's time, and of a precache
    session $T/root two
    touch -d 2018-01-01 "$ROOT.img"
    ok precache --snap-on-start=$T/root appvms/a/root
    rm -f "$ROOT.img" "$POOL/$T"/root-precache.img
    pastes no-clean
    holds "$ROOT.img" two
}

@test "that another image has its time and size is no proof that a precache's is there" {
    ok create $T/root --size=1M
    session $T/root one
    session $T/root two
    ok create vm-templates/u/root --size=1M
    touch -d 2018-01-01 "$ROOT.img" "$POOL/vm-templates/u/root.img"
    ok precache --snap-on-start=$T/root appvms/a/root
    rm -f "$ROOT.img" "$POOL/$T"/root-precache.img
    pastes no-clean
    holds "$ROOT.img" two
}

@test "a link of one of the template's own states, or another volume's image, is no candidate" {
    lose_template
    rm "$A"/root*
    [ "$(told no-clean)" = "reflinkctl -C '$POOL' revert '$ROOT'" ] || fail
    ok create appvms/d/private --size=1M
    [ "$(told no-clean)" = "reflinkctl -C '$POOL' revert '$ROOT'" ] || fail
    pastes no-clean
    holds "$ROOT.img" two
}

@test "no other volume's image is offered for one of appvms" {
    ok create appvms/a/private --size=1M
    session appvms/a/private one
    ok create appvms/b/private --size=1M
    rm "$A/private.img" "$A"/private-precache.img
    [ "$(told no-clean)" = "reflinkctl -C '$POOL' revert '$A/private'" ] || fail
}

@test "the stop of a snapshot keeps what its template may have lost" {
    lose_template
    rm "$ROOT".img.*
    ok stop --snap-on-start=$T/root appvms/a/root
    says "removed 'P/appvms/a/root-dirty.img'" \
        "warning: keeping 'P/appvms/a/root.img': 'P/$T/root.img' is missing, and this may be all that is left of it"
    files root.img
    ok import $T/root appvms/a/root
    holds "$ROOT.img" three
    ok start --snap-on-start=$T/root appvms/a/root
    same "$ROOT.img" "$A/root.img"
    # one that has a source, if it is another by now, goes
    for text in four five; do session $T/root $text --revisions-to-keep=1; done
    ok stop --snap-on-start=$T/root appvms/a/root
    files
    ok start --snap-on-start=$T/root appvms/a/root
    for text in six seven; do session $T/root $text --revisions-to-keep=1; done
    injected faccessat:error=EIO stop --snap-on-start=$T/root appvms/a/root
    [ "$STATUS" = 6 ] || fail
    files root.img
    rm "$A/root.img"
    ok start --snap-on-start=$T/root appvms/a/root
    # as long as it has another name, that is enough
    ln "$ROOT.img" "$POOL/appvms/b/other"
    rm "$ROOT.img"
    ok stop --snap-on-start=$T/root appvms/a/root
    files
}

@test "a link that leads nowhere in the place of its template's image is none" {
    lose_template
    rm "$ROOT".img.*
    ln -s "$RUN_SCRATCH/nowhere/root.img" "$ROOT.img"
    ok stop --snap-on-start=$T/root appvms/a/root
    files root.img
    holds "$A/root.img" three
}

# A template u, and the warning that $1 of appvms/a is kept.
another_template() { ok create vm-templates/u/root --size=1M; }
keeps() { [[ "$ERR" == *"warning: keeping '$A/$1': '$ROOT.img' is missing, and this may be all that is left of it"* ]] || fail; }

@test "with another template named, what the one before may have lost stays: clean" {
    lose_template
    another_template
    fails 3 start --snap-on-start=vm-templates/u/root appvms/a/root
    [[ "$ERR" == *"cannot start '$A/root.img': '$T/root' has lost its image"* ]] || fail
    ok discard appvms/a/root
    fails 3 start --snap-on-start=vm-templates/u/root --save-on-stop --revisions-to-keep=0 appvms/a/root
    ok stop --snap-on-start=vm-templates/u/root appvms/a/root
    keeps root.img
    files root.img
    holds "$A/root.img" three
    pastes no-clean
    holds "$ROOT.img" three
    # Now its image is there, in whatever state.
    ok start --snap-on-start=vm-templates/u/root appvms/a/root
    same "$A/root.img" "$POOL/vm-templates/u/root.img"
}

@test "with another template named, what the one before may have lost stays: a precache" {
    lose_template
    another_template
    rm "$A"/root* "$POOL"/appvms/b/root*
    ok revert $T/root
    ok precache --snap-on-start=$T/root appvms/a/root
    rm "$ROOT.img"
    local kept=("$A/root-precache.img" two) kind=--snap-on-start=vm-templates/u/root
    fails 3 precache $kind appvms/a/root
    ok start $kind appvms/a/root
    keeps root-precache.img
    ok stop $kind --precache appvms/a/root
    keeps root-precache.img
    ok stop $kind --no-precache appvms/a/root
    keeps root-precache.img
    files root-precache.img
    holds "${kept[@]}"
    fails 3 remove appvms/a/root
    [[ "$ERR" == *"cannot remove '$A/root.img': '$T/root' has lost its image"* ]] || fail
    names_no_way remove appvms/a/root
    pastes no-clean
    holds "$ROOT.img" two
    ok start $kind appvms/a/root
    files root.img root-dirty.img
}

@test "no state of a template that is there is kept for one that isn't" {
    lose_template
    another_template
    rm "$A"/root* "$POOL"/appvms/b/root*
    local kind=--snap-on-start=vm-templates/u/root
    ok precache $kind appvms/a/root
    session vm-templates/u/root one
    ok start $kind appvms/a/root # of its revision
    files root.img root-dirty.img
    ok stop $kind appvms/a/root
    files
}

@test "remove of a stopped volume that may have what another has lost is refused, but for --discard" {
    lose_template
    ok stop --snap-on-start=$T/root appvms/a/root
    fails 3 remove appvms/a/root
    names_no_way remove --force appvms/a/root
    ok remove --discard appvms/a/root
    ln "$POOL/appvms/b/root.img" "$POOL/appvms/b/other"
    ok discard appvms/b/root
    ok remove appvms/b/root # there is another name of it
}

@test "who gives a template that has lost its image another one is told who may have a newer state" {
    local warning="warning: the newest state of '$ROOT.img', which is missing, may be in '$A/root.img' alone,"
    lose_template
    ok revert $T/root
    [[ "$ERR" == *"$warning until the next start or stop there (import takes it)"* ]] || fail
    holds "$ROOT.img" two
    ok import $T/root "$A/root.img" # it isn't missing any more
    [[ "$ERR" != *"the newest state"* ]] || fail
    holds "$ROOT.img" three
    rm "$ROOT.img" "$POOL/$T"/root-precache.img
    "$BIN" -q -C "$POOL" send appvms/b/root >"$RUN_SCRATCH/stream"
    for command in "import $T/root $POOL/appvms/b/root.img" "receive $T/root" "import-end $T/root"; do
        [[ $command != import-end* ]] || ok import-begin $T/root --size=1M
        ok $command <"$RUN_SCRATCH/stream"
        [[ "$ERR" == *"$warning"* ]] || fail
        rm "$ROOT.img" "$POOL/$T"/root-precache.img
    done
    ok import $T/root "$A/root.img"
    [[ "$ERR" != *"the newest state"* ]] || fail
    ok revert $T/root # of a volume that has an image
    [[ "$ERR" != *"the newest state"* ]] || fail
}

@test "what its template may have lost, the stop of an origin snapshot keeps as a revision" {
    ok create $T/root --size=1M
    session $T/root one
    local kind=("--snap-on-start=$T/root" --save-on-stop) keep
    for keep in 0 -1; do
        ok start "${kind[@]}" appvms/a/root
        write_to "$A/root-dirty.img" mine
        rm -f "$ROOT.img" "$POOL/$T"/root-precache.img
        ok stop "${kind[@]}" --revisions-to-keep=$keep appvms/a/root
        keeps root.img
        files root.img "root.img.1@*"
        holds "$A/root.img" mine
        holds "$A"/root.img.1@* one
        mv "$A"/root.img.1@* "$ROOT.img"
        rm "$A"/root*
    done
    ok start "${kind[@]}" --revisions-to-keep=0 appvms/a/root
    ok stop "${kind[@]}" --revisions-to-keep=0 appvms/a/root
    files root.img
    holds "$A/root.img" one
}

@test "of two snapshots that stop at once, one keeps what the template has lost" {
    lose_template
    ok start --snap-on-start=$T/root appvms/b/root 2>/dev/null || true
    rm "$POOL"/appvms/b/root*
    ln "$A/root.img" "$POOL/appvms/b/root.img"
    # Each looks for the other's name only when it has the lock of the pool.
    traced flock,statx,unlinkat stop --snap-on-start=$T/root appvms/a/root
    [ "$STATUS" = 0 ] || fail
    [ "$(sed -n 's/.*flock(\([0-9]*\).*/lock/p; s/.*statx(.*"root.img".*/look/p; s/.*unlinkat(.*"root.img".*/drop/p' \
        <<<"$TRACE" | tr '\n' ' ')" = "lock look lock look drop " ] || fail "$TRACE"
    files
    ok stop --snap-on-start=$T/root appvms/b/root
    [ -e "$POOL/appvms/b/root.img" ] || fail
    # Where the lock can't be had, it stays.
    ln "$POOL/appvms/b/root.img" "$A/root.img"
    exec 9<"$POOL"
    flock 9
    ok stop --snap-on-start=$T/root appvms/a/root 9<&-
    exec 9<&-
    [[ "$ERR" == *"warning: cannot lock '$POOL': another process is at work there"* ]] || fail
    keeps root.img
    injected statx:error=EIO:when=2 stop --snap-on-start=$T/root appvms/a/root
    [ "$STATUS" = 6 ] || fail
    files root.img
}

@test "the younger of two candidates comes first" {
    lose_template
    mkdir "$POOL/appvms/c"
    echo young >"$POOL/appvms/c/root.img"
    touch -d 2100-01-01 "$POOL/appvms/c/root.img"
    [ "$(told no-clean | cut -d "'" -f 6 | tr '\n' ' ')" = "$POOL/appvms/c/root.img $A/root.img  " ] || fail
}

@test "what was put aside in lost/ is offered" {
    ok create appvms/a/private --size=1M
    session appvms/a/private one
    session appvms/a/private two
    mkdir -p "$POOL/lost/appvms/a"
    touch "$POOL/lost/appvms/a/notes" "$POOL/lost/appvms/a/other.img"
    ln -s nowhere "$POOL/lost/appvms/a/private.img"
    ln -s private.img.~2~ "$POOL/lost/appvms/a/private.img.~2~"
    mv "$A/private.img" "$POOL/lost/appvms/a/private.img.~1~"
    rm "$A"/private-precache.img
    [[ "$(told no-clean)" == *" import '$A/private' '$POOL/lost/appvms/a/private.img.~1~'"$'\n'*revert* ]] || fail
    pastes no-clean
    holds "$A/private.img" two
    finds
}

@test "a precache is the clean image that is gone" {
    ok create appvms/a/private --size=1M
    session appvms/a/private one
    session appvms/a/private two
    has_reflinks || cp -a "$A/private.img" "$A/private-precache.img"
    mv "$A/private.img" "$POOL/"
    finds "private-precache.img lone-precache"
    mends
    holds "$A/private.img" two
    # of a template it needs no revision to be known
    ok create $T/root --size=1M
    cp -a "$ROOT.img" "$POOL/$T/root-precache.img"
    rm "$ROOT.img"
    finds "../../$T/root-precache.img lone-precache"
    mends
    # one that is older than the newest revision isn't it
    session $T/root one
    rm -f "$ROOT.img" "$POOL/$T/root-precache.img"
    touch -d 2018-01-01 "$POOL/$T/root-precache.img"
    finds "../../$T/root.img.1@* no-clean"
}

@test "beneath appvms, too, a precache with a mark of its own image is that image" {
    ok create appvms/a/private --size=1M
    write_to "$A/private.img" one
    ok precache appvms/a/private
    mv "$A/private.img" "$POOL/"
    finds "private-precache.img lone-precache"
    mends
    holds "$A/private.img" one
}

@test "whatever takes the place of a clean image that is gone, its precache becomes a revision" {
    ok create $T/root --size=1M
    session $T/root one
    session $T/root two
    ok precache $T/root
    rm "$ROOT.img"
    cp -a "$POOL/$T" "$POOL/again"
    ok revert $T/root
    says "linked 'P/$T/root-precache.img' -> 'P/$T/root.img.3@*'" "removed 'P/$T/root-precache.img'" \
        "renamed 'P/$T/root.img.2@*' -> 'P/$T/root.img'"
    holds "$ROOT.img" one
    holds "$ROOT".img.3@* two
    ok revert $T/root
    holds "$ROOT.img" two
    rm -r "${POOL:?}/$T"
    mv "$POOL/again" "$POOL/$T"
    echo new >"$POOL/new"
    ok import $T/root "$POOL/new"
    holds "$ROOT".img.3@* two
    # One that is the newest revision already makes no other,
    ok pin $T/root clean keep
    rm "$ROOT.img"
    ok import $T/root "$POOL/new"
    [ "$(cd "$POOL/$T" && echo root.img.?@*Z)" = "$(cd "$POOL/$T" && echo root.img.[1234]@*Z)" ] || fail
    # nor does one of another volume's image.
    rm "$ROOT.img"
    ok create vm-templates/u/root --size=1M
    ok precache --snap-on-start=vm-templates/u/root $T/root
    ok revert $T/root
    [ ! -e "$POOL/$T/root-precache.img" ] || fail
    [ "$(cd "$POOL/$T" && echo root.img.?@*Z)" = "$(cd "$POOL/$T" && echo root.img.[123]@*Z)" ] || fail
}

@test "a precache of another volume's image is no copy of the clean image that is gone" {
    ok create $T/root --size=1M
    for text in one two; do
        ok start --snap-on-start=$T/root --save-on-stop appvms/a/root
        write_to "$A/root-dirty.img" $text
        ok stop --snap-on-start=$T/root --save-on-stop appvms/a/root
    done
    session $T/root other
    ok precache --snap-on-start=$T/root appvms/a/root
    ok precache --snap-on-start=$T/root vm-templates/u/root
    finds
    rm "$A/root.img"
    finds "root.img.1@* no-clean"
    mends
    holds "$A/root.img" one
}

@test "a template's newest state that only a prepared start has is offered" {
    ok create $T/root --size=1M
    session $T/root one
    ok precache --snap-on-start=$T/root appvms/b/root
    session $T/root two
    ok precache --snap-on-start=$T/root appvms/a/root
    rm "$ROOT.img" "$POOL/$T/root-precache.img"
    [ "$(told no-clean)" = "\
reflinkctl -C '$POOL' import '$ROOT' '$A/root-precache.img'
reflinkctl -C '$POOL' revert '$ROOT'" ] || fail "$(told no-clean)"
    pastes
    holds "$ROOT.img" two
    # That of another template, and of the newest revision, is none.
    ok create vm-templates/u/root --size=1M
    ok precache --snap-on-start=vm-templates/u/root appvms/c/root
    rm "$ROOT.img" "$A"/root* "$POOL/$T/root-precache.img"
    ok revert $T/root
    ok precache --snap-on-start=$T/root appvms/a/root
    ok pin $T/root clean now
    rm "$ROOT.img"
    [ "$(told no-clean)" = "reflinkctl -C '$POOL' revert '$ROOT'" ] || fail "$(told no-clean)"
}

@test "linked-image: a symbolic link in an image's place leads to it" {
    ok create appvms/a/private --size=1M
    session appvms/a/private one
    session appvms/a/private two
    rm -f "$A/private-precache.img"
    mv "$A/private.img" "$POOL/elsewhere"
    ln -s ../../elsewhere "$A/private.img"
    touch -d 2018-02-03T04:05:06Z "$POOL/elsewhere"
    finds "private.img linked-image"
    rl fsck
    [[ "$OUT" == *"  # take its state of 2018-02-03T04:05:06Z" ]] || fail
    echo three >"$A/private-dirty.img" # first the image, and then what is to become of this
    finds "private.img linked-image"
    pastes
    finds "private-dirty.img crashed"
    mends
    holds "$A/private.img" three
    cat "$A"/private.img.* | grep -aq two || fail
    [ -L "$POOL/lost/appvms/a/private.img" ] || fail
}

@test "what can't be examined is no candidate, but an error" {
    lose_template
    rm -r "$POOL/appvms/b"
    # both images are examined for the links first, then one for its time, and then both for this
    for nth in 3 4 5; do
        under_strace -P "$A" -e trace=statx -e "inject=statx:error=EIO:when=$nth" -- fsck
        [[ "$TRACE" == *INJECTED* ]] || fail
        [ "$STATUS" = 6 ] || fail
        [[ "$ERR" == "reflinkctl: cannot examine '$A/root"* ]] || fail
    done
}

@test "lost/ that leads out of the pool isn't looked into" {
    lose_template
    ok stop --snap-on-start=$T/root appvms/a/root
    rm "$A/root.img"
    mkdir -p "$RUN_SCRATCH/outside/$T"
    touch -d 2100-01-01 "$RUN_SCRATCH/outside/$T/root.img"
    ln -s "$RUN_SCRATCH/outside" "$POOL/lost"
    [ "$(told no-clean)" = "reflinkctl -C '$POOL' revert '$ROOT'" ] || fail
    rl fsck
    rm -r "$RUN_SCRATCH/outside"
    [ -z "$ERR" ] || fail
}

@test "only-copy: the dirty image is younger than what anybody else has" {
    lose_template
    touch "$POOL/$T/root-dirty.img"
    finds "root-dirty.img crashed-either" "../b/root-dirty.img crashed-snapshot" "../../$T/root-dirty.img only-copy"
    [ -n "$(told crashed-either)" ] || fail "no image is missing"
}
