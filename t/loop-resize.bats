#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# loop-resize: tell the loop devices on a file its new size.

load lib/common

prepare() {
    truncate -s 1M "$POOL/image"
}

size_of() {
    blockdev --getsize64 "$1"
}

@test "loop-resize tells every loop device on the file, and no other" {
    truncate -s 1M "$POOL/other"
    attach "$POOL/other"
    other=$LOOP
    attach "$POOL/image"
    first=$LOOP
    attach "$POOL/image"
    truncate -s 2M "$POOL/image" "$POOL/other"
    ok loop-resize image
    [ "$(sort <<<"$ERR")" = "$(for loop in "$first" "$LOOP"; do
        echo "reflinkctl: loop device '$loop' now 2097152 bytes"
    done | sort)" ] || fail
    [ "$(size_of "$first") $(size_of "$LOOP") $(size_of "$other")" = "2097152 2097152 1048576" ]
    ok loop-resize "$POOL/image"
    says
}

@test "loop-resize of a file without loop devices does nothing" {
    ok loop-resize image
    says
}

@test "loop-resize needs a regular file" {
    fails 4 loop-resize nowhere
    fails 3 loop-resize appvms
    ln -s image "$POOL/link"
    fails 3 loop-resize link
    fails 2 loop-resize
}

@test "loop-resize tries again while the device is busy, and not when it fails" {
    attach "$POOL/image"
    truncate -s 2M "$POOL/image"
    traced ioctl loop-resize image
    when=$(grep -n LOOP_SET_CAPACITY <<<"$TRACE" | cut -d: -f1)
    truncate -s 3M "$POOL/image"
    injected "ioctl:error=EAGAIN:when=$when..$((when + 2))" loop-resize image
    [ "$STATUS" = 0 ]
    says "loop device '$LOOP' now 3145728 bytes"
    [ "$(size_of "$LOOP")" = 3145728 ]
    truncate -s 4M "$POOL/image"
    injected "ioctl:error=EINVAL:when=$when" loop-resize image
    [ "$STATUS" = 6 ]
    says "cannot resize loop device '$LOOP': Invalid argument"
}
