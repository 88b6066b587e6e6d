# SPDX-License-Identifier: MIT
# What every test has: load lib/common (t/*.bats) or load ../lib/common (t/once/*.bats).
#
#   $POOL      a fresh pool on the file system $FS (btrfs, xfs, ext4; "here" without root)
#   $A         $POOL/appvms/a, the directory of the VM whose volumes most tests use (not there yet)
#   $OUT, $ERR, $STATUS   what the last "rl" printed, logged and returned
#
# rl ARG...             run reflinkctl -C $POOL, whatever it returns
# ok ARG...             the same; it must return 0
# fails N ARG...        the same; it must return N, log one line, and leave $POOL as it was
# says LINE...          stderr is exactly these lines (without "reflinkctl: "), P standing for $POOL
#                       and @* for the time of a revision
# $NO_SUCH              what is told of a volume of which there is nothing
# files NAME...         $A holds exactly these files (a * in a NAME stands for a time)
# on_screen COLUMNS ARG...   like ok, with a terminal as stdout; without colours
# write_to FILE TEXT    write TEXT at the beginning of FILE, as a VM would
# holds FILE TEXT       FILE begins with TEXT
# cloned A B            the line that a clone of A to B logs on this file system (A's data: 4096 bytes)
# until_waiting PID     until the process PID, which then waits for its lock, has $A open
# tidied A B            $TIDIED is the lines A and B, of pruning and of the precache, in the order of
#                       this file system: where the precache is a reflink it comes first
# session VOLUME TEXT [OPTION]...   start VOLUME, write TEXT into it, stop it with these options
# same A B, differ A B  are they links of one inode?
# attach FILE           a loop device on FILE, $LOOP, until the end of the test
# traced CALLS ARG...   like rl, under strace: $TRACE holds the system calls CALLS, a line each
# injected FAULT ARG... like rl, with a fault of strace's: fsync:error=EIO:when=1; fills $TRACE too
# in_the_infinitive     the lines of stdin as a dry run tells them
# figure                show the lines of stdin to whoever runs the tests

BIN=${BIN:-$BATS_TEST_DIRNAME/../reflinkctl}
[ -x "$BIN" ] || BIN=$BATS_TEST_DIRNAME/../../reflinkctl

setup() {
    POOL=$RUN_SCRATCH/$FS/pool
    A=$POOL/appvms/a
    mkdir -p "$POOL/appvms" "$POOL/vm-templates"
    if declare -F prepare >/dev/null; then prepare; fi
}

teardown() {
    local loop
    if declare -F tidy >/dev/null; then tidy; fi
    for loop in "${LOOPS[@]}"; do losetup -d "$loop"; done
    rm -rf "$POOL"
}

# What happened, for whoever reads a failure.
show() {
    printf '$ reflinkctl %s\n' "${CALL[*]}"
    printf 'stdout: %s\nstderr: %s\nstatus: %s\n' "$OUT" "$ERR" "$STATUS"
    [ ! -d "$A" ] || ls -lai "$A"
}

fail() {
    printf '%s\n' "$@"
    show
    return 1
}

rl() {
    CALL=("$@")
    STATUS=0
    OUT=$("$BIN" -C "$POOL" "$@" 2>"$RUN_SCRATCH/stderr") || STATUS=$?
    ERR=$(cat "$RUN_SCRATCH/stderr")
}

ok() {
    rl "$@"
    [ "$STATUS" = 0 ] || fail "expected status 0"
}

on_screen() {
    local columns=$1
    shift
    CALL=("$@")
    STATUS=0
    OUT=$(NO_COLOR=1 "${BASH_SOURCE[0]%/*}/screen" "$columns" "$BIN" -C "$POOL" "$@" \
        2>"$RUN_SCRATCH/stderr") || STATUS=$?
    ERR=$(cat "$RUN_SCRATCH/stderr")
    [ "$STATUS" = 0 ] || fail "expected status 0"
}

# Names, inodes, links, sizes, modification times and content of everything in the pool.
snapshot() {
    (cd "$POOL" && find . -printf '%p %i %n %s %T@ %y\n' | sort &&
        find . -type f -size -64M -exec cksum {} + | sort)
}

fails() {
    local expected=$1 before after
    shift
    before=$(snapshot)
    rl "$@"
    after=$(snapshot)
    [ "$STATUS" = "$expected" ] || fail "expected status $expected"
    [ "$before" = "$after" ] || fail "it has changed something:" \
        "$(diff <(echo "$before") <(echo "$after"))"
    [ "$(grep -c . <<<"$ERR")" = 1 ] || fail "expected one line of error"
}

# Times in names of revisions don't matter.
without_times() {
    sed -E 's/@[0-9]{4}-[0-9-]{5}T[0-9:]{8}Z/@*/g'
}

says() {
    local expected line
    expected=$(for line in "$@"; do printf 'reflinkctl: %s\n' "${line//"'P/"/"'$POOL/"}"; done)
    [ "$(without_times <<<"$ERR")" = "$(without_times <<<"$expected")" ] ||
        fail "expected on stderr:" "$expected"
}

files() {
    local expected actual
    expected=$(printf '%s\n' "$@" | without_times | sort)
    actual=$(ls -A "$A" | without_times | sort)
    [ "$actual" = "$expected" ] || fail "expected these files:" "$expected"
}

write_to() {
    printf '%s' "$2" | dd of="$1" conv=notrunc status=none
}

holds() {
    [ "$(head -c "${#2}" "$1" | tr -d '\0')" = "$2" ] ||
        fail "expected $1 to begin with '$2', not '$(head -c 80 "$1" | tr -d '\0')'"
}

session() {
    local volume=$1 text=$2
    shift 2
    ok start "$volume"
    write_to "$POOL/$volume-dirty.img" "$text"
    ok stop "$@" "$volume"
}

inode() {
    stat -c %d:%i "$1"
}

same() {
    [ "$1" -ef "$2" ] || fail "$1 and $2 are two files"
}

differ() {
    if [ ! -e "$1" ] || [ ! -e "$2" ] || [ "$1" -ef "$2" ]; then fail "$1 and $2 aren't two files"; fi
}

NO_SUCH="no such volume ('reflinkctl list' names them)"

LOOPS=()
attach() {
    requires_root
    # Somebody else may take the free device first.
    until LOOP=$(losetup --find --show "$1" 2>"$RUN_SCRATCH/losetup"); do
        grep -qE 'No such device|busy' "$RUN_SCRATCH/losetup" || fail "$(cat "$RUN_SCRATCH/losetup")"
    done
    LOOPS+=("$LOOP")
}

# A loop device on a file that was removed since: fsck and stop look whose it was.
attach_removed() {
    truncate -s 1M "$RUN_SCRATCH/removed"
    attach "$RUN_SCRATCH/removed"
    rm "$RUN_SCRATCH/removed"
}

# strace with options up to "--", reflinkctl with the others.
under_strace() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    CALL=("$@")
    STATUS=0
    OUT=$(strace -f -qq -y -o "$RUN_SCRATCH/trace" "${options[@]}" "$BIN" -C "$POOL" "$@" \
        2>"$RUN_SCRATCH/stderr") || STATUS=$?
    ERR=$(cat "$RUN_SCRATCH/stderr")
    TRACE=$(sed 's/^[0-9]* *//' "$RUN_SCRATCH/trace")
}

traced() {
    under_strace -e "trace=$1" -- "${@:2}"
}

injected() {
    under_strace -e "trace=${1%%:*}" -e "inject=$1" -- "${@:2}"
}

has_reflinks() {
    case $FS in
    btrfs | xfs) true ;;
    ext4) false ;;
    *) "$BIN" -q check "$POOL" >/dev/null ;;
    esac
}

# For t/once: PLACE is a new directory called $1 on a file system with reflinks, FS, if there is one.
with_reflinks() {
    for FS in btrfs xfs ext4 here once; do
        [ ! -d "$RUN_SCRATCH/$FS" ] || break
    done
    PLACE=$RUN_SCRATCH/$FS/$1
    mkdir -p "$PLACE"
}

cloned() {
    if has_reflinks; then
        echo "reflinked '$1' -> '$2'"
    else
        echo "copied '$1' -> '$2' ($(stat -c %s "${2/#P/$POOL}") bytes, ${3:-4096} of data)"
    fi
}

until_waiting() {
    for _ in {1..3000}; do
        ! ls -l "/proc/$1/fd" 2>/dev/null | grep -q "$A\$" || break
        sleep 0.01
    done
}

tidied() {
    TIDIED=("$1" "$2")
    ! has_reflinks || TIDIED=("$2" "$1")
}

figure() {
    sed 's/^/# /' >&3
}

# What a dry run says instead of lines that tell of deeds.
in_the_infinitive() {
    sed -E 's/^(reflinkctl: )(reflink|link)ed /\1would \2 /; s/^(reflinkctl: )copied /\1would copy /
        s/^(reflinkctl: )(rename|remove|create|resize)d /\1would \2 /
        s/^(reflinkctl: )(loop device .*) now ([0-9]* bytes)$/\1would tell \2 that it is \3 now/'
}

requires_root() {
    [ "$(id -u)" = 0 ] || skip "needs root"
}
