#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a transition costs on an image of 50,000 extents: the VM waits for stop and start, so
# neither may walk the extents or move data.

load lib/common

V=appvms/a/private

fragment() {
    python3 - "$1" <<-'END'
	import os, sys
	with open(sys.argv[1], "r+b", buffering=0) as image:
	    for i in range(50000):
	        os.pwrite(image.fileno(), b"%08d" % i, i * 8192)
	END
}

# What reads, writes or clones content: nothing but lines to stdout and stderr.
no_data() {
    local moves
    moves=$(grep -E '^(ioctl|p?read|p?write|p?readv|p?writev|copy_file|sendfile|splice|mmap)' <<<"$TRACE" |
        grep -Ev '^write\([12]<|^writev\(1<|TIOCGWINSZ|TCGETS|^mmap.*MAP_ANONYMOUS' || true)
    [ -z "$moves" ] || fail "$moves"
}

CALLS=ioctl,read,pread64,write,pwrite64,readv,writev,preadv,pwritev,copy_file_range,sendfile,splice,mmap

@test "stop --no-precache, and start after precache, clone nothing and touch no data" {
    ok create $V --size=400M
    ok start $V
    fragment "$A/private-dirty.img"
    traced $CALLS stop --no-precache $V
    [ "$STATUS" = 0 ]
    no_data
    ok precache $V
    traced $CALLS start $V
    [ "$STATUS" = 0 ]
    says "renamed 'P/$V-precache.img' -> 'P/$V-dirty.img'"
    no_data
    # and the trace would have shown it
    ok stop --no-precache $V
    traced $CALLS start $V
    if has_reflinks; then grep -q '^ioctl.*FICLONE' <<<"$TRACE"; else grep -q '^pwrite64' <<<"$TRACE"; fi
    cmp "$A/private.img" "$A/private-dirty.img"
}
