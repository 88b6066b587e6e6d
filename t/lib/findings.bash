# SPDX-License-Identifier: MIT
# What fsck tells, for tests: load lib/findings, too.

# fsck finds exactly these: "NAME KIND" each, NAME in $A (a @* in it stands for a time), in any order; exit
# 1, or 0 if none.
# shellcheck disable=SC2120 # none is said by none
finds() {
    local expected actual
    expected=$(printf '%s\n' "$@" | sort)
    rl --json fsck
    actual=$(python3 -c '
import json, os, sys
for finding in json.load(sys.stdin):
    assert sorted(finding) == ["commands", "harmless", "kind", "message", "path", "repairable"]
    assert finding["harmless"] == (finding["kind"] in
        ("interrupted-commit", "crashed-snapshot", "crashed-volatile")), finding
    assert not any("#" in command for command in finding["commands"]), finding
    print(os.path.relpath(finding["path"], sys.argv[1]), finding["kind"])' "$A" <<<"$OUT" | sort)
    [[ "$expected" != *"@*"* ]] || actual=$(without_times <<<"$actual")
    [ "$actual" = "$expected" ] || fail "expected these findings:" "$expected" "not:" "$actual"
    [ "$STATUS" = $(($# != 0)) ] || fail "status"
}

# fsck says nothing of links that were changed within the tick of the clock in which it begins.
next_tick() {
    sleep 0.02
}

# Run the first command that fsck names for each finding, or those for the kind $1; where there are
# two ways, the first keeps everything.
# shellcheck disable=SC2120
pastes() {
    bash -ec "reflinkctl() { '$BIN' \"\$@\"; }
        $(commands "${1:-}")"
}

commands() {
    rl --json fsck
    python3 -c 'import json, sys
for finding in json.load(sys.stdin):
    if finding["kind"].startswith(sys.argv[1]): print(*finding["commands"][:1])' "$1" <<<"$OUT"
}

# They mend all that it finds.
mends() {
    pastes
    finds
}
