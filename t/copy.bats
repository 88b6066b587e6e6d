#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# copy: any file to any other place, whole and durable, or not at all.

load lib/common

prepare() {
    truncate -s 1M "$POOL/src"
    write_to "$POOL/src" one
}

@test "copy makes a clone" {
    ok copy src dst
    says "$(cloned P/src P/dst)"
    cmp "$POOL/src" "$POOL/dst"
    differ "$POOL/src" "$POOL/dst"
    [ "$(stat -c %a "$POOL/dst")" = 600 ]
}

@test "copy replaces a file at once, and other links to the old one keep its content" {
    echo old >"$POOL/dst"
    ln "$POOL/dst" "$POOL/other"
    ok copy "$POOL/src" "$POOL/dst"
    cmp "$POOL/src" "$POOL/dst"
    [ "$(cat "$POOL/other")" = old ]
    [ "$(cd "$POOL" && echo *)" = "appvms dst other src vm-templates" ]
}

@test "copy goes across file systems" {
    ok copy src "$RUN_SCRATCH/copied-$FS"
    cmp "$POOL/src" "$RUN_SCRATCH/copied-$FS"
    rm "$RUN_SCRATCH/copied-$FS"
}

@test "copy keeps holes, and makes zeros holes where it can't reflink" {
    [ "$FS" != here ] || skip "needs root"
    dd if=/dev/zero of="$POOL/src" bs=64K count=4 seek=20 status=none
    sync "$POOL/src"
    ok copy src "$RUN_SCRATCH/copied-$FS"
    says "copied 'P/src' -> '$RUN_SCRATCH/copied-$FS' (1572864 bytes, 4096 of data)"
    [ "$(stat -c '%s' "$RUN_SCRATCH/copied-$FS")" = 1572864 ]
    [ "$(stat -c '%b' "$RUN_SCRATCH/copied-$FS")" -le 8 ]
    cmp "$POOL/src" "$RUN_SCRATCH/copied-$FS"
    rm "$RUN_SCRATCH/copied-$FS"
}

@test "copy follows a symbolic link to the source, never one at the destination" {
    ln -s src "$POOL/link"
    ok copy link dst
    cmp "$POOL/src" "$POOL/dst"
    fails 3 copy dst link
    says "cannot replace 'P/link': not a regular file"
}

@test "copy refuses what makes no sense" {
    fails 2 copy src
    fails 2 copy src a b
    fails 2 copy src src
    ln "$POOL/src" "$POOL/src2"
    fails 2 copy src src2
    fails 4 copy nowhere dst
    fails 4 copy src nowhere/dst
    # the last has no room for the suffix of a tempfile
    for bad in "" . .. appvms/ appvms/.. "$(printf 'x%.0s' {1..250})"; do fails 2 copy src "$bad"; done
}

@test "copy refuses a FIFO, and doesn't wait for its writer" {
    mkfifo "$POOL/fifo"
    exec {writer}<>"$POOL/fifo" # so that a copy that waits fails
    fails 3 copy fifo dst
    exec {writer}<&-
    says "cannot read 'P/fifo': neither a regular file nor a block device"
}

@test "copy that fails leaves the old file and nothing else" {
    echo old >"$POOL/dst"
    # What has a name already when it fails gets rid of it.
    injected renameat:error=EIO copy src dst
    [ "$STATUS" = 6 ]
    [[ "$ERR" == "reflinkctl: cannot rename '$POOL/dst~"*"' to '$POOL/dst': "* ]]
    [ "$(cat "$POOL/dst")" = old ]
    [ "$(cd "$POOL" && echo *)" = "appvms dst src vm-templates" ]
    injected fsync:error=ENOSPC:when=1 copy src dst
    [ "$STATUS" = 6 ]
    says "cannot sync 'P/dst': No space left on device"
    [ "$(cat "$POOL/dst")" = old ]
    [ "$(cd "$POOL" && echo *)" = "appvms dst src vm-templates" ]
}

@test "copy names the copy only after it is on the disk" {
    traced fsync,linkat,renameat,openat copy src dst
    [ "$(grep -o '^fsync\|^linkat\|^renameat' <<<"$TRACE" | tr '\n' ' ')" = "fsync linkat fsync " ]
    grep -q '^openat.*O_TMPFILE' <<<"$TRACE"
    traced fsync,linkat,renameat copy src dst
    [ "$(grep -o '^[a-z]*' <<<"$TRACE" | tr '\n' ' ')" = "fsync linkat linkat renameat fsync " ]
}

@test "copy uses a named tempfile where O_TMPFILE doesn't work, and drops it upon failure" {
    for error in EOPNOTSUPP EISDIR EINVAL; do
        # openat: the pool, the source, the directory, then the unnamed file
        traced openat copy src dst
        when=$(grep -n O_TMPFILE <<<"$TRACE" | cut -d: -f1)
        rm "$POOL/dst"
        injected "openat:error=$error:when=$when" copy src dst
        [ "$STATUS" = 0 ]
        grep -q '^openat.*dst~[a-z0-9_]\{8\}".*O_EXCL' <<<"$TRACE"
        cmp "$POOL/src" "$POOL/dst"
        [ "$(cd "$POOL" && echo *)" = "appvms dst src vm-templates" ]
        rm "$POOL/dst"
        under_strace -e trace=openat,fsync -e "inject=openat:error=$error:when=$when" \
            -e inject=fsync:error=ENOSPC -- copy src dst
        [ "$STATUS" = 6 ]
        grep -q '^openat.*dst~[a-z0-9_]\{8\}".*O_EXCL' <<<"$TRACE"
        [ "$(cd "$POOL" && echo *)" = "appvms src vm-templates" ]
    done
}

@test "copy, like export to a file, doesn't replace what a loop device is on" {
    ok create appvms/b/private --size=1M
    cp "$POOL/appvms/b/private.img" "$POOL/target"
    attach "$POOL/target"
    fails 3 copy appvms/b/private.img target
    says "cannot replace 'P/target': '$LOOP' uses it (detach or end that first)"
    fails 3 export appvms/b/private --output=target
}

@test "copy takes no file for empty that isn't, and no device without anything behind it" {
    fails 6 copy /proc/cpuinfo target
    says "cannot copy '/proc/cpuinfo': it says that it is empty, and isn't"
    : >"$POOL/empty"
    ok copy empty target
    requires_root
    free=$(losetup --find)
    [ -b "$free" ]
    fails 3 copy "$free" target
    says "cannot read '$free': there is nothing behind that device"
}

@test "copy of a dirty volume's clean image says where the newest state is" {
    ok create appvms/b/private --size=1M
    ok start appvms/b/private
    for source in appvms/b/private.img "$POOL/appvms/b/private.img"; do
        ok copy "$source" target
        [[ $ERR == *"warning: '$POOL/appvms/b/private.img' is the state of the last stop: the volume is dirty,\
 what was written since is in '$POOL/appvms/b/private-dirty.img'"* ]] || fail
    done
    ok copy appvms/b/private-dirty.img target
    [[ $ERR != *warning* ]] || fail
    ok discard appvms/b/private
    ok copy appvms/b/private.img target
    [[ $ERR != *warning* ]] || fail
}

@test "a signal takes a named tempfile away, and ends copy as signals do" {
    traced openat copy src dst
    number=$(grep -n O_TMPFILE <<<"$TRACE" | cut -d: -f1)
    rm "$POOL/dst"
    before=$(ls -A "$POOL")
    for signal in TERM:143 INT:130 HUP:129; do
        for call in fsync:when=1 rt_sigprocmask:when=3; do # when it is complete; as soon as it is there
            under_strace -e trace=openat,fsync,rt_sigprocmask -e "inject=openat:error=EOPNOTSUPP:when=$number" \
                -e "inject=${call%%:*}:signal=${signal%:*}:${call#*:}" -- copy src dst
            [ "$STATUS" = "${signal#*:}" ] || fail "$call"
            [ "$(ls -A "$POOL")" = "$before" ] || fail "$signal $call: $(ls -A "$POOL")"
        done
        # what has its name stays
        under_strace -e trace=openat,fsync -e "inject=openat:error=EOPNOTSUPP:when=$number" \
            -e "inject=fsync:signal=${signal%:*}:when=2" -- copy src dst
        [ "$STATUS" = "${signal#*:}" ] || fail
        cmp "$POOL/src" "$POOL/dst"
        ! ls -A "$POOL" | grep '~' || fail
        rm "$POOL/dst"
    done
    # what was to be ignored is
    bash -c 'trap "" HUP && exec "$@"' - strace -qq -e trace=openat,fsync \
        -e "inject=openat:error=EOPNOTSUPP:when=$number" -e inject=fsync:signal=HUP:when=1 -o "$RUN_SCRATCH/trace" \
        "$BIN" -q -C "$POOL" copy src dst
    cmp "$POOL/src" "$POOL/dst"
}
