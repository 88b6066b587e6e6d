#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# info: everything about one volume.

load lib/common

tidy() {
    [ -z "${DEVICE:-}" ] || losetup -d "$DEVICE"
}

# An expression of Python's about the JSON value v
check() {
    python3 -c 'import json, sys; v = json.loads(sys.argv[2]); print(v)
assert eval(sys.argv[1])' "$1" "$OUT" || fail "not so: $1"
}

@test "info --json has all that is known" {
    mkdir "$A"
    for name in private.img private-precache.img private.img.1@2017-07-14T02:39:59Z \
        private.img.2@2017-07-14T02:40:00Z; do
        write_to "$A/$name" "life's work"
        truncate -s 1M "$A/$name"
        sync "$A/$name"
    done
    truncate -s 2M "$A/private.img.1@"*
    touch -d 2018-01-02T03:04:05.9Z "$A/private.img"
    touch -d 2018-01-02T03:04:06Z "$A/private-precache.img"
    ok info appvms/a/private --json
    check "list(v) == ['vid', 'path', 'state', 'dirty', 'in_use', 'time', 'size', 'usage', 'images', 'tempfiles', 'revisions']"
    check "v['vid'] == 'appvms/a/private' and v['path'] == '$A/private.img'"
    check "v['state'] == 'clean' and v['dirty'] is v['in_use'] is False and v['size'] == 1048576"
    check "v['time'] == '2018-01-02T03:04:05Z' and v['images'][1]['time'] == '2018-01-02T03:04:06Z'"
    check "v['usage'] == $(stat -c %b "$A/private.img") * 512 > 0"
    check "[i['image'] for i in v['images']] == ['clean', 'precache']"
    check "v['images'][0] == {'image': 'clean', 'time': v['time'], 'size': 1048576, 'usage': v['usage'], 'in_use': False, 'device': None, 'path': '$A/private.img'}"
    check "[(r['revision'], r['size']) for r in v['revisions']] == [(1, 2097152), (2, 1048576)]"
    check "v['revisions'][1] == {'revision': 2, 'time': '2017-07-14T02:40:00Z', 'size': 1048576, 'usage': $(stat -c %b "$A/private.img.2@"*) * 512, 'path': '$A/private.img.2@2017-07-14T02:40:00Z', 'pins': []}"
}

@test "path, size and usage are those of the dirty image, if there is one" {
    ok create appvms/a/private --size=1M
    ok start appvms/a/private
    ok resize appvms/a/private 2M
    ok info appvms/a/private --json
    check "v['path'] == '$A/private-dirty.img' and v['size'] == 2097152"
    check "v['state'] == 'dirty' and v['dirty'] is True"
}

@test "info is readable" {
    ok create appvms/a/private --size=1M
    ok start appvms/a/private
    ok stop appvms/a/private
    touch "$A/private.img~abcdefgh"
    ok info appvms/a/private
    [ "$(sed -E 's/@?[0-9]{4}-[0-9-]{5}T[0-9:]{8}Z/TIME/; s/ +/ /g' <<<"$OUT")" = "\
volume appvms/a/private
path $A/private.img
state clean
time TIME
size 1.0 MiB (1048576 bytes)
usage 0 B (0 bytes)
tempfile private.img~abcdefgh

IMAGE TIME SIZE USAGE DEVICE
clean TIME 1.0 MiB 0 B -
precache TIME 1.0 MiB 0 B -

REVISION TIME SIZE USAGE
 1 TIME 1.0 MiB 0 B" ] || fail "that is different"
}

@test "info tells which loop device has an image" {
    requires_root
    ok create appvms/a/private --size=1M
    ok start appvms/a/private
    DEVICE=$(losetup -f --show "$A/private-dirty.img")
    ok info appvms/a/private --json
    check "{i['image']: i['device'] for i in v['images']} == {'clean': None, 'dirty': '$DEVICE'}"
    check "{i['image']: i['in_use'] for i in v['images']} == {'clean': False, 'dirty': True}"
    check "v['state'] == 'dirty' and v['in_use'] is True"
    ok info appvms/a/private
    [[ "$OUT" == *$'\nstate      running\n'* ]] || fail "expected it to be running"
    [[ "$OUT" == *$'\n'dirty*" $DEVICE"* ]] || fail "expected $DEVICE"
}

@test "a volume of revisions alone has no path, size or usage" {
    mkdir "$A"
    touch "$A/private.img.18446744073709551614@2018-01-02T03:04:05Z"
    ok info appvms/a/private --json
    check "v['state'] == 'missing' and v['path'] is v['time'] is v['size'] is v['usage'] is None"
    check "v['revisions'][0]['revision'] == 18446744073709551614 and v['images'] == []"
    ok info appvms/a/private
    [[ "$OUT" == *$'\nsize       -\n'* ]] || fail "expected no size"
}

@test "info of what isn't there, or is no regular file, says so" {
    fails 4 info appvms/a/private
    mkdir "$A"
    fails 4 info appvms/a/private
    ln -s /etc/passwd "$A/private.img"
    fails 3 info appvms/a/private
}

@test "info says of a volume what list says" {
    mkdir -p "$A" "$POOL/vm-templates/t"
    touch "$A"/{a,b-dirty,c-import,d-precache,volatile-dirty}.img "$POOL/vm-templates/t"/root{,-dirty}.img
    ln "$POOL/vm-templates/t/root.img" "$A/root.img"
    ln "$POOL/vm-templates/t/root.img" "$A/g.img"
    touch "$A/g-dirty.img" "$A/g.img.1@2018-01-02T03:04:05Z"
    touch "$A/root-dirty.img" "$A/e.img.3@2018-01-02T03:04:05Z" "$A/f.img~abcdefgh"
    for vid in $("$BIN" -C "$POOL" list | awk 'NR > 1 { print $1 }'); do
        ok info "$vid" --json
        echo "$OUT"
    done | python3 -c '
import json, sys
infos = [json.loads(line) for line in sys.stdin]
print(infos)
assert len(infos) == 10
for v in infos: v["revisions"] = len(v["revisions"])
json.dump([{k: v[k] for k in ("vid", "state", "in_use", "time", "size", "usage", "revisions")} for v in infos],
          open(sys.argv[1], "w"))' "$RUN_SCRATCH/infos"
    ok list --json
    [ "$OUT" = "$(cat "$RUN_SCRATCH/infos")" ] || fail "differs from $(cat "$RUN_SCRATCH/infos")"
}

@test "info names hostile volumes as a shell takes them" {
    mkdir "$A"
    touch "$A/"$'e\xffe'".img"
    ok info "appvms/a/"$'e\xffe'
    [[ "$OUT" == "volume     'appvms/a/e'\$'\\377''e'"* ]] || fail "expected it quoted"
    ok info --json "appvms/a/"$'e\xffe'
    [[ "$OUT" == '{"vid": "appvms/a/e\udcffe", '* ]] || fail "expected a surrogate"
}
