#!/bin/bash
# SPDX-License-Identifier: MIT
# nbdcopy of an image onto another name of the same image exits 0 and leaves zeros.
#
# Guess: "are the same file", as cp says; or a lock that can't be had, as with qemu-img convert.
# Found: the target is emptied when it is opened, and made as long as the source was; a source of which nothing
# is left is then copied, a hole, with success.  Hard link, symbolic link or the very same name are alike.
# Matters: revisions are hard links of one image; a script that computes two names may come by one.
# Versions: nbdcopy 1.14.2, qemu-img 7.2.22, coreutils 9.1; ext4 of Linux 6.18.
. "$(dirname "$0")/common"
packages libnbd-bin=1.14.2-1 libnbd0=1.14.2-1 "qemu-utils=1:7.2+dfsg-7+deb12u18+b3" coreutils=9.1-1
disk ext4 mkfs.ext4
cd "$scratch/ext4"

# onto_itself COMMAND...: its exit status, and whether the image is as before.
onto_itself() {
    local status=0 before
    rm -f image name
    noise 8 0 image
    ln image name
    before=$(sha256sum <image)
    "$@" image name >/dev/null 2>&1 || status=$?
    result="exit $status, $(stat -c %s image) bytes, $(allocated image) KiB"
    [ "$(sha256sum <image)" = "$before" ] && result+=", as before" || result+=", lost"
}
guess "exit 1, as before"
onto_itself cp
seen "cp: $result" "$result" = "exit 1, 8388608 bytes, 8192 KiB, as before"
onto_itself qemu-img convert -f raw -O raw
seen "qemu-img convert: $result" "$result" = "exit 1, 8388608 bytes, 8192 KiB, as before"
onto_itself nbdcopy
seen "nbdcopy: $result" "$result" = "exit 0, 8388608 bytes, 0 KiB, lost"
