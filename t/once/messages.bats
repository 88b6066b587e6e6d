#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is said on stderr, and how: to the journal, to a pipe that many write to, to a person.

load ../lib/common

# Run with stderr as the journal; the lines are in $ERR.
journal() {
    : >"$RUN_SCRATCH/journal"
    STATUS=0
    JOURNAL_STREAM=$(stat -c %d:%i "$RUN_SCRATCH/journal") \
        "$@" >"$RUN_SCRATCH/out" 2>>"$RUN_SCRATCH/journal" || STATUS=$?
    ERR=$(cat "$RUN_SCRATCH/journal")
}

@test "in the journal each line has its level: done, warning, error" {
    journal "$BIN" -C "$POOL" create --size=1M appvms/a/private
    says() { [ "$ERR" = "$1" ] || fail "expected $1"; }
    says "<6>reflinkctl: created directory '$A'
<6>reflinkctl: created '$A/private.img' (sparse, 1048576 bytes)"
    journal "$BIN" -C "$POOL" create --size=1M appvms/a/private
    says "<3>reflinkctl: cannot create '$A/private.img': the volume has images: import keeps them (--force removes them)"
    journal "$BIN" -C "$POOL" nonsense
    [[ "$ERR" == "<3>reflinkctl: unknown subcommand 'nonsense'"* ]]

    ok start appvms/a/private
    ok stop appvms/a/private
    ok start appvms/a/private
    # The newest revision comes first, then the oldest can't be removed.
    journal strace -qq -o /dev/null -e inject=unlinkat:error=EIO \
        "$BIN" -C "$POOL" stop --revisions-to-keep=1 appvms/a/private
    [ "$STATUS" = 0 ]
    [ "$(grep -c '^<6>reflinkctl: ' <<<"$ERR")" -ge 2 ]
    [[ "$(grep -v '^<6>reflinkctl: ' <<<"$ERR")" == "<4>reflinkctl: warning: cannot remove '$A/"*": I"*" error" ]]
}

@test "a JOURNAL_STREAM that isn't stderr means nothing" {
    for stream in "" 0:0 x "$(stat -c %d:%i "$POOL")" "$(stat -c %d: "$POOL")"; do
        JOURNAL_STREAM=$stream fails 4 verify appvms/nowhere/private
        [[ "$ERR" == "reflinkctl: "* ]] || fail "JOURNAL_STREAM=$stream"
    done
}

# A directory of which the images' names come close to PATH_MAX.
deep_pool() {
    local part=ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
    DEEP=$POOL/deep
    while [ ${#DEEP} -lt 3900 ]; do DEEP=$DEEP/$part; done
    mkdir -p "$DEEP/appvms" "$DEEP/vm-templates"
}

@test "a line is one write, be it as long as paths can be" {
    deep_pool
    "$BIN" -q -C "$DEEP" create --size=1M appvms/a/private
    "$BIN" -q -C "$DEEP" start appvms/a/private >"$RUN_SCRATCH/out"
    strace -qq -s 20000 -e trace=write -o "$RUN_SCRATCH/trace" \
        "$BIN" -C "$DEEP" stop appvms/a/private 2>"$RUN_SCRATCH/lines"
    # link, rename, precache; two paths each
    [ "$(wc -l <"$RUN_SCRATCH/lines")" = 3 ]
    [ "$(awk 'length < 7800' "$RUN_SCRATCH/lines")" = "" ]
    [ "$(grep -c '^write(2, "reflinkctl: .*\\n", [0-9]*) = ' "$RUN_SCRATCH/trace")" = 3 ]
    [ "$(wc -l <"$RUN_SCRATCH/trace")" = 3 ]
}

# 12 processes at once, each starting and stopping a volume of its own, on the journal's socket.
# Unlike a pipe that is full it takes 8 KiB in one piece too.
@test "lines of processes that share the journal's socket never mix" {
    deep_pool
    python3 - "$BIN" "$DEEP" <<'END'
import os, re, socket, subprocess, sys, threading
binary, pool = sys.argv[1:]
ours, theirs = socket.socketpair()
st = os.fstat(theirs.fileno())
os.environ["JOURNAL_STREAM"] = f"{st.st_dev}:{st.st_ino}"
def life(i):
    for words in ("create", "--size=1M"), ("start",), ("stop",), ("remove",):
        subprocess.run([binary, "-C", pool, *words, f"appvms/vm{i}/private"], check=True,
                       stdout=subprocess.DEVNULL, stderr=theirs)
threads = [threading.Thread(target=life, args=(i,)) for i in range(12)]
for thread in threads:
    thread.start()
def finish():
    for thread in threads:
        thread.join()
    theirs.shutdown(socket.SHUT_WR)
threading.Thread(target=finish).start()
data = b"".join(iter(lambda: ours.recv(1 << 20), b""))
path = "'" + re.escape(pool) + r"/appvms/vm\d+[^'/]*(/[^'/]*)?'"
line = re.compile(f"<6>reflinkctl: [a-z ]+ {path}( -> {path})?( \\([^()]*\\))?")
lines = data.decode().splitlines()
assert len(lines) == 12 * 10, len(lines)
for text in lines:
    assert line.fullmatch(text), text
END
}

@test "a terminal is quiet when nothing happened" {
    ok create --size=1M appvms/a/private
    for words in "verify appvms/a/private" "stop appvms/a/private" "cleanup" \
        "resize appvms/a/private 1M" "prune appvms/a/private --revisions-to-keep=3" \
        "discard appvms/a/private" "revisions appvms/a/private"; do
        script -qec "'$BIN' -C '$POOL' $words" /dev/null >"$RUN_SCRATCH/screen" </dev/null
        [ ! -s "$RUN_SCRATCH/screen" ] || fail "$words: $(cat "$RUN_SCRATCH/screen")"
    done
}

@test "a mistyped subcommand or option gets the one that was probably meant" {
    while read -r typed meant; do
        # shellcheck disable=SC2086
        fails 2 ${typed//+/ }
        # Who may drop something says where to read about it.
        drops=
        [ "$meant" = "'create'" ] || [ "$meant" = "'start'" ] || [ "$meant" = "'remove'" ] &&
            drops=" ('reflinkctl help ${meant//\'/}' says what that drops)"
        [[ "$ERR" == *": did you mean $meant?$drops" ]] || fail "$typed: $meant"
    done <<-'END'
	crate 'create'
	satrt 'start'
	dirty 'is-dirty'
	is_dirty 'is-dirty'
	help+remoev 'remove'
	create+--forze '--force'
	create+-f '--force'
	create+x+-force '--force'
	create+-size=3 '--size'
	stop+x+--revision-to-kep=1 '--revisions-to-keep'
	stop+--s '--snap-on-start' or '--save-on-stop'
	END
    for typed in frobnicate restart respawn reload revoke 'start --frobnicate' 'start -F' -Z; do
        # shellcheck disable=SC2086
        fails 2 $typed
        [[ "$ERR" != *"did you mean"* ]]
        [[ "$ERR" == *" lists them" ]]
    done
    fails 2 create --size
    says "option '--size' needs a value"
    fails 2 stop --no-precache=1 x
    says "option '--no-precache' takes no value"
    STATUS=0
    ERR=$("$BIN" -C 2>&1) || STATUS=$?
    [ "$STATUS" = 2 ]
    [ "$ERR" = "reflinkctl: option '-C' needs a value" ]
}

@test "a word that means a subcommand gets it, and is told what that drops" {
    while read -r typed meant; do
        fails 2 "$typed" appvms/a/private
        for verb in ${meant//,/ }; do
            [[ "$ERR" == "reflinkctl: unknown subcommand '$typed': "*"'$verb'"* ]] || fail "$typed: $verb"
        done
        [[ "$ERR" != *"'"@(remove|discard|prune)"'"* || "$ERR" == *drops* ]] || fail
    done <<-'END'
	undo revert,discard
	rollback revert,discard
	delete remove
	rm remove
	ls list
	mv clone,remove
	backup export
	restore import,revert
	END
    fails 2 mount
    [[ "$ERR" == *"'reflinkctl help rescue'"* ]] || fail
}

@test "a refusal names the next step" {
    ok create --size=1M appvms/a/private
    fails 3 create --size=1M appvms/a/private
    [[ "$ERR" == *"(--force removes them)" ]]
    fails 3 resize appvms/a/private 1K
    [[ "$ERR" == *"--shrink)" ]]
    ok start appvms/a/private
    fails 3 revert appvms/a/private
    [[ "$ERR" == *"(stop it, or use --discard)" ]]
    fails 3 precache appvms/a/private
    [[ "$ERR" == *"stop it first" ]]
    rm "$A/private.img"
    fails 3 discard appvms/a/private
    [[ "$ERR" == *"(stop commits it)" ]]
    fails 4 start appvms/a/private.img
    [[ "$ERR" == *": a VOLUME is written without '.img'" ]]
    rm "$A/private-dirty.img"
    touch "$A/private.img.1@2018-01-02T03:04:05Z"
    fails 4 start appvms/a/private
    [[ "$ERR" == *": revisions are left, and fsck tells what may take its place" ]]
    fails 2 start
    says "usage: reflinkctl start [OPTION]... VOLUME ('reflinkctl help start' says more)"
}
