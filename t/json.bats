#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# --json, as far as the file system matters (the rest: t/once/json.bats).

load lib/common

@test "sizes are exact beyond 2^53" {
    [ "$FS" != ext4 ] || return 0 # has no such files
    ok create appvms/b/p --size=9007199254740993
    ok --json info appvms/b/p
    [ "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["size"])' <<<"$OUT")" = 9007199254740993 ]
    ok --json list
    [ "$(python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["size"])' <<<"$OUT")" = 9007199254740993 ]
}
