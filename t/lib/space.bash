# SPDX-License-Identifier: MIT
# What files take on the disk, and what their removal gives back: load lib/space.
#
#   V          the volume that the tests use, to be set before

# Bytes of data that the file system has in use, all that is pending done.  (XFS keeps some blocks
# at hand for the next copy on write, for minutes.)
used() {
    sync -f "$POOL"
    case $FS in
    btrfs) btrfs filesystem df -b "$POOL" | sed -n 's/^Data.*used=//p' ;;
    *)
        [ "$FS" != xfs ] || xfs_spaceman -c 'prealloc -s' "$RUN_SCRATCH/$FS"
        stat -f -c '%b %f %S' "$POOL" | awk '{ printf "%d", ($1 - $2) * $3 }'
        ;;
    esac
}

# Can extents be told here?  (Without root they can't.)
can_tell() {
    [ "$FS" = btrfs ] || [ "$FS" = xfs ]
}

# Do the numbers $1 and $2 agree to 1% and 64 KiB?
agree() {
    [ $(($1 > $2 ? $1 - $2 : $2 - $1)) -le $(($2 / 100 + 65536)) ]
}

# The command $2... frees $1 bytes.  (XFS frees a moment later.)
frees() {
    local expected=$1 before after
    shift
    before=$(used)
    ok "$@"
    for _ in $(seq 50); do
        after=$(used)
        ! agree $((before - after)) "$expected" || return 0
        sleep 0.1
    done
    fail "expected $expected bytes to be freed, not $((before - after))"
}

# Write $2 KiB of random data into the file $1 at each of the offsets $3... (in KiB)
scribble() {
    local file=$1 length=$2 offset
    shift 2
    for offset; do
        dd if=/dev/urandom of="$file" bs=1K count="$length" seek="$offset" conv=notrunc \
            iflag=fullblock status=none
    done
}

# A commit of $V after writing $1 KiB at $2...
commit() {
    ok start $V
    scribble "$A/private-dirty.img" "$@"
    ok stop --revisions-to-keep=9 --no-precache $V
}
