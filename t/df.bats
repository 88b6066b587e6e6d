#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# df: how full is the pool's file system?

load lib/common

@test "df tells what statvfs tells" {
    ok df --json
    python3 -c '
import json, os, sys
path, text = sys.argv[1:]
fs = os.statvfs(path)
assert json.loads(text) == {"path": path, "size": fs.f_blocks * fs.f_frsize,
                            "usage": (fs.f_blocks - fs.f_bfree) * fs.f_frsize,
                            "available": fs.f_bavail * fs.f_frsize}' "$POOL" "$OUT"
}

@test "df is a table for people" {
    ok df "$POOL/appvms"
    [[ "$(tr -s ' ' <<<"$OUT")" =~ ^"PATH SIZE USAGE AVAILABLE"$'\n'"$POOL/appvms "[0-9.]+" "[KMG]iB" "[0-9.]+" "([KMG]i)?B" "[0-9.]+" "[KMG]iB$ ]] ||
        fail "expected a table"
}

@test "an absent pool is nothing unusual: all is unknown" {
    ok df nowhere/at/all --json
    [ "$OUT" = "{\"path\": \"$POOL/nowhere/at/all\", \"size\": null, \"usage\": null, \"available\": null}" ]
    ok df "$POOL/nowhere"
    [ "$(tr -s ' ' <<<"$OUT")" = "PATH SIZE USAGE AVAILABLE
$POOL/nowhere - - -" ]
    [ -z "$ERR" ]
    ok -C "$POOL/nowhere" --json df
    [ "$OUT" = "{\"path\": \"$POOL/nowhere\", \"size\": null, \"usage\": null, \"available\": null}" ]
}

@test "what isn't a directory is an error" {
    touch "$POOL/file"
    fails 4 df file
}
