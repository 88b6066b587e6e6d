# SPDX-License-Identifier: MIT
# What t/once/crash.bats and t/deep/crash.bats share.
#
# nothing_is_lost ARG...     crash ARG... must find no loss in reflinkctl
# is_caught NAME MODE VERB,... FS...
#                            crash must find one in what wrong/NAME.patch makes of it, on each FS,
#                            when the power fails during these verbs

setup_file() {
    requires_root
    export TOOLS=$RUN_SCRATCH/crash
    mkdir -p "$TOOLS"
    local crash=$BATS_TEST_DIRNAME/../crash program
    for program in disk step; do
        cc -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -o "$TOOLS/$program" "$crash/$program.c"
    done
    # The wrong programs differ from the right one in one object.
    cp -r "$crash/../../reflinkctl.c" "$crash/../../subcmd" "$TOOLS"
    # shellcheck disable=SC2016 # the inner shell expands it
    (cd "$TOOLS" && find . -name '*.c' -print0 | xargs -0 -P2 -n16 sh -c '
        for source; do
            cc -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DVERSION=\"wrong\" -I. -w \
                -c -o "${source%.c}.o" "$source" || exit 255
        done' sh)
}

crash() {
    python3 -B "$BATS_TEST_DIRNAME/../crash/crash" "$@" || return
}

nothing_is_lost() {
    run crash "$@" "$TOOLS" "$BIN"
    # shellcheck disable=SC2154 # run sets it
    figure <<<"$output"
    [ "$status" = 0 ]
}

is_caught() {
    local patch=$BATS_TEST_DIRNAME/../crash/wrong/$1.patch mode=$2 verbs=$3 source status
    shift 3
    source=$(sed -n 's,^--- a/,,p' "$patch")
    cp "$TOOLS/$source" "$TOOLS/right"
    cp "$TOOLS/${source%.c}.o" "$TOOLS/right.o"
    patch -s -p1 -d "$TOOLS" <"$patch" || { echo "mend $patch"; return 1; }
    (cd "$TOOLS" && cc -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -w \
        -c -o "${source%.c}.o" "$source" && find . -name '*.o' ! -name right.o -print0 |
        xargs -0 cc -o wrong)
    mv "$TOOLS/right" "$TOOLS/$source"
    mv "$TOOLS/right.o" "$TOOLS/${source%.c}.o"
    for fs; do
        status=0
        crash --fs="$fs" --mode="$mode" --only="$verbs" --cuts=1500 --first \
            "$TOOLS" "$TOOLS/wrong" || status=$?
        [ "$status" = 1 ] || { echo "not caught on $fs: status $status"; return 1; }
    done
}
