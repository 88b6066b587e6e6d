# SPDX-License-Identifier: MIT
# A program that watches its own memory: load common first.
#
# build DIR CC CFLAGS [LDFLAGS]   build the program in DIR, dynamically linked; $BIN is it
# watched DIR            the same with ASan, LSan and UBSan, who write what they find to
#                        $DIR/report.PID
# under_valgrind DIR     the same, $BIN being run by valgrind, whose words are there too
# lives_of_each_kind     walk a volume of each kind through its life with $BIN; every step must be right
# reports DIR            what was found
# is_caught DIR PATCH    $BIN, which was built in DIR, with wrong/PATCH.patch must be found out
#                        as the patch says, while volumes live

SANITIZE=$BATS_TEST_DIRNAME/../sanitize

build() {
    local dir=$1 top=$BATS_TEST_DIRNAME/../..
    mkdir -p "$dir"
    cp -R "$top/Makefile" "$top/reflinkctl.c" "$top/subcmd" "$dir"
    MAKING=(CC="$2" CFLAGS="-g $3" LDFLAGS="${4:-}" STATIC= PIE=-fPIE FORTIFY= reflinkctl)
    make_in "$dir"
    BIN=$dir/reflinkctl
}

make_in() {
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -j2 -C "$1" "${MAKING[@]}" >"$1/log" 2>&1 ||
        fail "$(cat "$1/log")"
}

# With gcc, what UBSan says would go to stderr.
watched() {
    local dir=$1 flags="-fsanitize=address,undefined"
    mkdir -p "$dir"
    clang -O1 -c -o "$dir/traced.o" "$SANITIZE/traced.c"
    build "$dir" clang "-O1 $flags" "$dir/traced.o"
    export ASAN_OPTIONS="exitcode=99:strict_string_checks=1:log_path=$dir/report"
    export UBSAN_OPTIONS="print_stacktrace=1:log_path=$dir/report"
}

under_valgrind() {
    build "$1" gcc -O1
    printf '#!/bin/sh\nexec valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=all %s "$@"\n' \
        "--log-file='$1/report.%p' '$BIN'" >"$1/watched"
    chmod +x "$1/watched"
    BIN=$1/watched
}

# valgrind doesn't know openat2(2) and loop(4), and says so; what it complains of has a stack.
reports() {
    if compgen -G "$1/report.*" >/dev/null; then
        grep -hE -B 9 -A 9 '(^    #0|: (at|by)|^==[0-9]+==    (at|by)) 0x|runtime error' "$1"/report.* || true
    fi
}

is_caught() {
    local dir=$1 patch=$SANITIZE/wrong/$2.patch by
    by=$(sed -n 's/^Caught by: //p' "$patch")
    rm -f "$dir"/report.*
    patch -s -p1 -d "$dir" <"$patch"
    make_in "$dir"
    (lives_of_each_kind) >/dev/null 2>&1 || true
    patch -s -R -p1 -d "$dir" <"$patch"
    rm -rf "${POOL:?}"/*/*
    grep -qF "${by#*: }" "$dir"/report.* || fail "not caught: $2" "$(reports "$dir")"
}

# What follows a session of any kind.
looks() {
    ok info "$1"
    ok --json info --exclusive "$1"
    ok revisions "$1"
    ok list
    ok --json list --exclusive
    ok -n stop "$1"
}

lives_of_each_kind() {
    ok setup --setup-check=no "$POOL"
    rl check "$POOL"
    ok df
    ok included-in "$POOL" "p=$POOL"

    ok create vm-templates/t/root --size=1M
    session vm-templates/t/root first
    session vm-templates/t/root second
    looks vm-templates/t/root
    ok diff --check vm-templates/t/root
    ok --json diff vm-templates/t/root 1
    ok pin vm-templates/t/root 1 first
    ok pin vm-templates/t/root clean second
    rl fsck
    ok revisions vm-templates/t/root
    ok --json info --exclusive vm-templates/t/root
    fails 3 prune vm-templates/t/root first
    ok unpin vm-templates/t/root second
    ok -n revert vm-templates/t/root
    ok revert vm-templates/t/root
    holds "$POOL/vm-templates/t/root.img" first
    ok precache vm-templates/t/root
    ok start vm-templates/t/root
    ok is-dirty vm-templates/t/root
    rl -n snapshot --pin=moment vm-templates/t/root
    rl snapshot --pin=moment vm-templates/t/root # 3 without reflinks
    ok resize vm-templates/t/root 2M
    ok loop-resize vm-templates/t/root-dirty.img
    ok clone --live vm-templates/t/root appvms/a/live
    ok export --live --output="$RUN_SCRATCH/exported" vm-templates/t/root
    ok export vm-templates/t/root # with a warning
    exec {fd}<>"$POOL/vm-templates/t/root-dirty.img"
    ok --json info vm-templates/t/root
    rl fsck
    fails 3 discard vm-templates/t/root
    exec {fd}<&-
    rl fsck # names two commands
    ok discard vm-templates/t/root
    ok resize vm-templates/t/root 3M
    ok clone vm-templates/t/root appvms/a/private
    ok import appvms/a/private - < <(printf imported)
    holds "$A/private.img" imported
    ok -n send vm-templates/t/root
    "$BIN" -C "$POOL" send vm-templates/t/root >"$RUN_SCRATCH/sent"
    ok receive appvms/a/received <"$RUN_SCRATCH/sent"
    session vm-templates/t/root third
    # the newest revision: without reflinks there was no snapshot
    local newest
    newest=$(printf '%s\n' "$POOL"/vm-templates/t/root.img.*Z | sort -V | tail -n 1)
    "$BIN" -C "$POOL" send --from="${newest#*root.img.}" vm-templates/t/root >"$RUN_SCRATCH/sent"
    ok receive appvms/a/received <"$RUN_SCRATCH/sent"
    ok receive appvms/a/received <"$RUN_SCRATCH/sent"
    fails 4 receive appvms/a/private <"$RUN_SCRATCH/sent"
    fails 3 receive appvms/a/received < <(head -c 200 "$RUN_SCRATCH/sent")
    ok import-begin appvms/a/private --size=4096
    ok import-end --revisions-to-keep=2 --keep-older-than=1d appvms/a/private
    ok export --output="$RUN_SCRATCH/exported" appvms/a/private
    ok export appvms/a/private
    ok prune appvms/a/private 2
    rl reclaim --keep=0 4096
    ok prune appvms/a/private --revisions-to-keep=0
    ok copy "$A/private.img" "$A/private.img~abcdefgh"
    rl fsck
    [ "$STATUS" = 1 ] || fail "nothing found"
    ok fsck --repair
    ok cleanup

    local kind
    for kind in --snap-on-start=vm-templates/t/root --volatile \
        "--snap-on-start=vm-templates/t/root --save-on-stop"; do
        # shellcheck disable=SC2086 # options
        {
            ok -n start $kind --size=1M appvms/a/volume
            ok start $kind --size=1M appvms/a/volume
            write_to "$A/volume-dirty.img" data
            looks appvms/a/volume
            rl is-outdated --snap-on-start=vm-templates/t/root appvms/a/volume
            ok stop --precache $kind appvms/a/volume
            rl verify $kind appvms/a/volume
            rl remove appvms/a/volume # a volatile one is gone by now
        }
    done
    # and what goes wrong
    fails 2 create appvms/a/x-dirty --size=1
    fails 2 create appvms/a/x --sizes=1
    fails 2 create appvms/a/x --size=99999999999999999999
    fails 3 create appvms/a/private --size=1
    fails 2 stop appvms/a/private --keep-older-than=yesterday
    fails 4 start appvms/no/private
    ok start appvms/a/private
    fails 3 remove appvms/a/private
    ok remove --discard appvms/a/private
    ok remove appvms/a/live
    fails 3 remove vm-templates/t/root # is pinned
    ok remove --force vm-templates/t/root
}
