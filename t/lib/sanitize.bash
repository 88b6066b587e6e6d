# SPDX-License-Identifier: MIT
# A program that watches its own memory: load common first.
#
# build DIR CC FLAG...   build the program in DIR, dynamically linked, with these flags; $BIN is it
# watch DIR              have ASan and UBSan write what they find to $DIR/report.PID
# lives_of_each_kind     walk a volume of each kind through its life with $BIN; every step must be right

SANITIZERS="-fsanitize=address,undefined"

build() {
    local dir=$1 compiler=$2 top=$BATS_TEST_DIRNAME/../..
    shift 2
    mkdir -p "$dir"
    cp -R "$top/Makefile" "$top/reflinkctl.c" "$top/subcmd" "$dir"
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s -j2 -C "$dir" CC="$compiler" CFLAGS="-g $*" \
        LDFLAGS="$*" STATIC= PIE=-fPIE FORTIFY= reflinkctl >"$dir/log" 2>&1 || fail "$(cat "$dir/log")"
    BIN=$dir/reflinkctl
}

# Leaks can't be looked for under strace: DETECT_LEAKS=0 then.
watch() {
    mkdir -p "$1"
    export ASAN_OPTIONS="exitcode=99:detect_leaks=${DETECT_LEAKS:-1}"
    ASAN_OPTIONS+=":strict_string_checks=1:log_path=$1/report"
    export UBSAN_OPTIONS="print_stacktrace=1:log_path=$1/report"
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
    ok -n revert vm-templates/t/root
    ok revert vm-templates/t/root
    holds "$POOL/vm-templates/t/root.img" first
    ok precache vm-templates/t/root
    ok start vm-templates/t/root
    ok is-dirty vm-templates/t/root
    ok resize vm-templates/t/root 2M
    ok loop-resize vm-templates/t/root-dirty.img
    ok discard vm-templates/t/root
    ok resize vm-templates/t/root 3M
    ok clone vm-templates/t/root appvms/a/private
    ok import appvms/a/private - < <(printf imported)
    holds "$A/private.img" imported
    ok import-begin appvms/a/private --size=4096
    ok import-end appvms/a/private
    ok export --output="$RUN_SCRATCH/exported" appvms/a/private
    ok export appvms/a/private
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
            ok stop $kind appvms/a/volume
            rl verify $kind appvms/a/volume
            rl remove appvms/a/volume # a volatile one is gone by now
        }
    done
    # and what goes wrong
    fails 2 create appvms/a/x-dirty --size=1
    fails 2 create appvms/a/x --sizes=1
    fails 3 create appvms/a/private --size=1
    fails 4 start appvms/no/private
    ok remove appvms/a/private
    ok remove vm-templates/t/root
}
