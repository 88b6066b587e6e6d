#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Names: what is a volume's and what isn't, what a volume may be called, and where it may be.

load ../lib/common

V=appvms/a/private

tidy() {
    rm -rf "$RUN_SCRATCH/outside-$FS"
}

# One volume's life under any name.
lives() {
    ok create "$1" --size=1M
    session "$1" one
    session "$1" two --revisions-to-keep=1
    ok revisions "$1"
    [ "$(grep -c T <<<"$OUT")" = 2 ] # the heading and one revision
    ok revert "$1"
    ok resize "$1" 2M
    ok start "$1"
    [ "$OUT" = "$POOL/$1-dirty.img" ] || fail
    holds "$POOL/$1-dirty.img" one
    ok discard "$1"
    ok remove "$1"
    [ ! -e "${POOL:?}/${1%/*}" ] || fail "something is left"
}

@test "root has nothing to do with root2, root-old, xroot, Root or private" {
    others=(root2.img root2.img~abcdefgh root-old.img root-old-dirty.img root-old.img~abcdefgh
        xroot.img xroot-import.img Root.img private.img private-import.img root.txt root.img.bak
        root2.img.1@2018-01-02T03:04:05Z root-import-import.img root-dirty-dirty.img root
        'root*.img' 'root?.img~abcdefgh' root.image root.IMG root.img.gz)
    ok create appvms/a/root --size=1M
    (cd "$A" && for name in "${others[@]}"; do echo precious >"$name"; done)
    session appvms/a/root one
    session appvms/a/root two --revisions-to-keep=0
    session appvms/a/root three
    ok revert appvms/a/root
    ok resize appvms/a/root 2M
    ok cleanup appvms/a/root
    ok prune appvms/a/root --revisions-to-keep=0
    ok start appvms/a/root
    ok discard appvms/a/root
    ok create --force appvms/a/root --size=1M
    ok remove appvms/a/root
    files "${others[@]}"
    [ "$(cat "$A"/* | uniq -c)" = "$(printf '%7d precious' ${#others[@]})" ]
}

@test "revisions without a number, or with an odd one, are ignored and left alone" {
    odd=(private.img@2018-01-02T03:04:05Z private.img.x@2018-01-02T03:04:05Z
        private.img.7@2018-01-02T03:04:05 private.img.7@2018-01-02 private.img.7
        private.img.07@2018-01-02T03:04:05Z private.img.+7@2018-01-02T03:04:05Z
        private.img.7@2018-02-29T03:04:05Z private.img.7@2018-01-02T24:04:05Z
        private.img.7@2018-01-02t03:04:05z "private.img. 7@2018-01-02T03:04:05Z"
        private.img.@2018-01-02T03:04:05Z private.img.-1@2018-01-02T03:04:05Z
        private.img.99999999999999999999@2018-01-02T03:04:05Z
        private.img.7@2018-01-02T03:04:05Z.bak private.img.7@2018-01-02T03:04:05ZZ)
    ok create $V --size=1M
    (cd "$A" && touch "${odd[@]}")
    ok revisions $V
    [ -z "$OUT" ]
    session $V one --no-precache
    session $V two --no-precache --revisions-to-keep=5
    ok prune $V 2 --
    files private.img private.img.1@\* "${odd[@]}"
    ok revert $V
    ok prune $V --revisions-to-keep=0
    ok remove $V
    files "${odd[@]}"
}

@test "numbers of revisions are numbers: 2 comes before 10" {
    ok create $V --size=1M
    touch "$A/private.img.10@2018-01-02T03:04:05Z" "$A/private.img.2@2019-01-02T03:04:05Z" \
        "$A/private.img.9@2018-01-02T03:04:05Z"
    session $V x --revisions-to-keep=3 --no-precache
    files private.img private.img.{9,10,11}@\*
    ok revert $V
    files private.img private.img.{9,10,12}@\*
}

@test "numbers of revisions grow strictly, whatever the clock says" {
    ok create $V --size=1M
    for time in 2030-01-01T00:00:00Z 1970-01-01T00:00:00Z 1950-06-07T08:09:10Z; do
        touch -d $time "$A/private.img"
        session $V x --revisions-to-keep=9 --no-precache
    done
    [ "$(cd "$A" && echo private.img.*)" = "private.img.1@2030-01-01T00:00:00Z \
private.img.2@1970-01-01T00:00:00Z $(cd "$A" && echo private.img.3@*)" ]
    # ext4 has no times that early
    [ "$FS" = ext4 ] || [ -e "$A/private.img.3@1950-06-07T08:09:10Z" ]
    # not even that of something odd is given away twice
    mkdir "$A/private.img.20@2018-01-02T03:04:05Z"
    session $V x --revisions-to-keep=9 --no-precache
    ls "$A"/private.img.21@*
}

@test "a new number isn't that of a revision that was dropped meanwhile" {
    ok create $V --size=1M
    session $V x --revisions-to-keep=5
    session $V x --revisions-to-keep=5
    ok prune $V 1
    session $V x --revisions-to-keep=5
    files private.img private-precache.img private.img.{2,3}@\*
}

@test "names may hold what a shell or a pattern takes for special" {
    while read -r name; do
        lives "appvms/$name/private"
    done <<-'END'
	*
	?[a-z]{x,y}
	two  words
	it's "quoted" and `so` $(on)
	back\slash\n
	-n
	--help
	~
	München ☃ 𝄞
	.hidden
	a%sb%nc
	a:b._-@c
	END
    lives 'appvms/a/na*me[x] "it'"'"'s" é'
    ok create --size=1M -- -dash/private
    ok remove -- -dash/private
}

@test "names may hold what isn't UTF-8, and lines and JSON say so without losing it" {
    name=$'appvms/a\xff\xc3(b/private'
    lives "$name"
    ok create "$name" --size=1
    [ "$(tail -n 1 <<<"$ERR")" = \
        "reflinkctl: created '$POOL/appvms/a'\$'\\377\\303''(b/private.img' (sparse, 1 bytes)" ]
    ok --json start "$name"
    [ "$OUT" = "{\"path\": \"$POOL/appvms/a\\udcff\\udcc3(b/private-dirty.img\"}" ]
    python3 -c 'import json, os, sys; os.stat(json.loads(sys.argv[1])["path"])' "$OUT"
}

# VOLUME VERB [OPTION]... exits with 2 and one line.
refuses() {
    rl "${@:2}" -- "$1"
    [ "$STATUS" = 2 ] || fail "expected status 2"
    [ "$(grep -c . <<<"$ERR")" = 1 ] || fail "expected one line of error"
}

@test "reserved and hostile names exit with 2 before anything is touched" {
    mkdir "$A"
    touch "$A/private.img" "$A/private-dirty.img" "$A/private.img.1@2018-01-02T03:04:05Z"
    for bad in "" / . .. ./$V ../pool/$V appvms/../$V appvms/./a/private appvms//a/private $V/ \
        "$POOL//$V" "$POOL/../pool/$V" appvms/a/private/.. appvms/a/.. appvms/a/. \
        $V-dirty $V-import $V-precache appvms/a/-dirty appvms/a/$'pri\nvate' $'a\tb/private' \
        $'appvms/\x1b[31m/private' $'appvms/\x7f/private' $'appvms/\xc2\x85/private' \
        $'appvms/\xe2\x80\xae/private' $'appvms/a\xe2\x80\xa8/private' \
        "appvms/a/$(printf 'x%.0s' {1..201})" "$(printf 'x/%.0s' {1..2100})private"; do
        for verb in "create --force --size=1" "start --volatile --size=1" remove; do
            # shellcheck disable=SC2086
            refuses "$bad" $verb
        done
        refuses appvms/b/private start --snap-on-start="$bad"
    done
    for verb in "create --size=1" start "start --snap-on-start=$V" stop discard revert revisions \
        "prune --revisions-to-keep=0" precache cleanup verify "verify --volatile" is-dirty \
        "is-outdated --snap-on-start=$V"; do
        # shellcheck disable=SC2086
        { refuses appvms/../$V $verb && refuses $V-dirty $verb; }
    done
    files private.img private-dirty.img private.img.1@\*
    [ "$(ls "$POOL/appvms")" = a ]
}

@test "the longest names work, with all that is added to them" {
    lives "appvms/$(printf 'y%.0s' {1..255})/$(printf 'x%.0s' {1..200})"
}

@test "a VM's directory may be a symbolic link that stays in the pool" {
    mkdir -p "$POOL/appvms/real/deep" "$POOL/disk"
    ln -s real "$POOL/appvms/relative"
    ln -s ../disk "$POOL/appvms/up"
    ln -s "$POOL/disk" "$POOL/appvms/absolute"
    ln -s "$POOL/appvms/relative" "$POOL/appvms/twice"
    for name in relative up absolute twice twice/deep; do
        ok create appvms/$name/private --size=1M
        session appvms/$name/private one
        ok remove appvms/$name/private
    done
    [ -L "$POOL/appvms/relative" ]
}

@test "a VM's directory that leaves the pool is refused" {
    outside=$RUN_SCRATCH/outside-$FS
    mkdir -p "$outside/a"
    touch "$outside/a/private.img" "$outside/a/private-dirty.img"
    ln -s "$outside/a" "$POOL/appvms/absolute"
    ln -s "../../../outside-$FS/a" "$POOL/appvms/relative"
    ln -s "$outside" "$POOL/appvms/above"
    ln -s "$POOL/appvms/absolute" "$POOL/appvms/twice"
    mkdir "$POOL-2"
    ln -s "$POOL-2" "$POOL/appvms/sibling"
    for name in absolute relative above/a twice sibling; do
        for verb in start remove "create --size=1 --force" is-dirty; do
            # shellcheck disable=SC2086
            fails 3 $verb appvms/$name/private
            # shellcheck disable=SC2086
            fails 3 $verb "$POOL/appvms/$name/private"
            # shellcheck disable=SC2086
            fails 3 -C / $verb "$POOL/appvms/$name/private"
        done
    done
    fails 3 create --size=1 appvms/above/new/private
    fails 3 start --snap-on-start=appvms/absolute/private appvms/b/root
    rmdir "$POOL-2"
    [ "$(ls "$outside" "$outside/a" | wc -l)" = 6 ]
}

@test "an absolute volume may be of another pool, and a pool be reached through a link" {
    ln -s "$POOL" "$RUN_SCRATCH/outside-$FS"
    ok create "$RUN_SCRATCH/outside-$FS/$V" --size=1M
    ok start "$POOL/$V"
    says "$(cloned P/$V.img P/$V-dirty.img 0)"
    OUT=$("$BIN" -C "$RUN_SCRATCH/outside-$FS" start $V 2>&1)
    [ "$OUT" = "$RUN_SCRATCH/outside-$FS/$V-dirty.img" ]
    ok -C appvms -C a stop private
    ok -C "$A" -C .. stop a/private
    ok -C / start "$POOL/$V"
    ok -C / create --size=1M "$POOL/appvms/new/private"
    cd "$A"
    [ "$("$BIN" start private 2>/dev/null)" = "$A/private-dirty.img" ]
}

@test "an image that is no regular file is refused, and nobody hangs" {
    mkdir "$A"
    echo precious >"$POOL/target"
    for name in private.img private-dirty.img private-import.img private-precache.img; do
        for kind in "ln -s $POOL/target" "ln -s nowhere" mkfifo mkdir; do
            what="not a regular file"
            [[ $kind != ln* ]] || what="a symbolic link to '${kind##* }'"
            touch "$A/private.img" "$A/private-dirty.img"
            rm "$A"/private*
            $kind "$A/$name"
            for verb in "create --size=1 --force" start remove; do
                # shellcheck disable=SC2086
                fails 3 $verb $V
                says "cannot use 'P/appvms/a/$name': $what"
            done
            rm -r "${A:?}/$name"
        done
    done
    [ "$(cat "$POOL/target")" = precious ]
    mkfifo "$A/private-dirty.img"
    for verb in stop discard revert is-dirty precache verify cleanup revisions \
        "start --volatile --size=1" "prune --revisions-to-keep=0"; do
        # shellcheck disable=SC2086
        fails 3 $verb $V
    done
    fails 3 resize --shrink $V 1
}

@test "a source, a file to copy or a file to resize that is no regular file is refused too" {
    ok create $V --size=1M
    mkfifo "$POOL/fifo.img"
    ln -s "$V.img" "$POOL/link.img"
    for source in fifo link; do
        fails 3 start --snap-on-start=$source appvms/b/root
        [ $source = fifo ] || says "cannot use 'P/link.img': a symbolic link to '$V.img'"
        fails 3 precache --snap-on-start=$source appvms/b/root
        fails 3 is-outdated --snap-on-start=$source $V
        fails 3 loop-resize $source.img
    done
    fails 3 copy fifo.img x
    fails 3 copy appvms x
    fails 3 copy /dev/null x
    fails 3 copy $V.img link.img
    fails 3 copy $V.img fifo.img
    fails 3 copy $V.img appvms
}
