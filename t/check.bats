#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# check: does a directory accept reflinks?

load lib/common

@test "check says yes or no, the file system and the reason, and leaves nothing" {
    before=$(snapshot)
    for dir in "" "$POOL" appvms; do
        # shellcheck disable=SC2086
        rl check $dir
        case $FS in
        ext4) [[ "$STATUS $OUT" == "1 no: ext4: "*"upported" ]] || fail ;; # as the libc has it
        here) ;;
        *) [ "$STATUS $OUT" = "0 yes: $FS: reflinks work" ] || fail ;;
        esac
        says
    done
    [ "$(snapshot)" = "$before" ]
}

@test "check tries with a byte that is on the disk, since nothing at all may be accepted anywhere" {
    traced pwrite64,fsync,ioctl check
    [[ "$(grep -v -e TIOCGWINSZ -e TCGETS -e FS_INFO <<<"$TRACE" | grep -oE '^[a-z0-9]+' | tr '\n' ' ')" == \
        "pwrite64 fsync ioctl "* ]]
}

@test "check --json" {
    rl --json check
    case $FS in
    ext4) [[ "$STATUS $OUT" == '1 {"reflink": false, "filesystem": "ext4", "reason": "'*'upported"}' ]] ;;
    here) ;;
    *) [ "$STATUS $OUT" = "0 {\"reflink\": true, \"filesystem\": \"$FS\", \"reason\": \"reflinks work\"}" ] ;;
    esac || fail
}

@test "check DIR SRCDIR says no across file systems" {
    [ "$FS" != here ] || skip "needs root"
    rl check "$POOL" "$RUN_SCRATCH"
    [ "$STATUS" = 1 ]
    rl check . appvms
    if has_reflinks; then [ "$STATUS" = 0 ]; else [ "$STATUS" = 1 ]; fi
}

@test "check needs directories" {
    fails 4 check nowhere
    fails 4 check . nowhere
    touch "$POOL/file"
    fails 4 check file
    fails 2 check . . .
}

@test "a read-only file system accepts none, and that is an answer" {
    requires_root
    mount --bind "$POOL" "$POOL"
    mount -o remount,bind,ro "$POOL"
    rl check
    human="$STATUS $OUT $ERR"
    rl --dry-run check
    dry="$STATUS $OUT $ERR"
    rl --json check
    umount "$POOL"
    [ "$human" = "1 no: $FS: Read-only file system " ] || fail "$human"
    [ "$dry" = "$human" ] || fail "$dry"
    [ "$STATUS $OUT $ERR" = \
        "1 {\"reflink\": false, \"filesystem\": \"$FS\", \"reason\": \"Read-only file system\"} " ] || fail
}

@test "a read-only subvolume accepts none, nor does a directory in it, and that is an answer" {
    [ "$FS" = btrfs ] || return 0
    btrfs -q subvolume create "$POOL/ro"
    mkdir "$POOL/ro/dir"
    btrfs property set "$POOL/ro" ro true
    for dir in ro ro/dir; do
        rl --json check "$dir"
        [ "$STATUS $OUT $ERR" = \
            '1 {"reflink": false, "filesystem": "btrfs", "reason": "Read-only file system"} ' ] || fail "$dir"
        rl check "$dir"
        [ "$STATUS $OUT $ERR" = "1 no: btrfs: Read-only file system " ] || fail "$dir"
        fails 3 setup "$dir"
        says "cannot set up 'P/$dir': no reflinks on btrfs: Read-only file system\
 (--setup-check=no makes a pool of full copies)"
    done
    btrfs property set "$POOL/ro" ro false
}
