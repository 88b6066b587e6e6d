#!/bin/bash
# SPDX-License-Identifier: MIT
# casync extract of an image over a longer file exits 0, and what was behind stays.
#
# Guess: after exit 0 the file is the image that was made into the index; cp, nbdcopy and qemu-img convert
# see to that.
# Found: an existing file is written in place up to the image's end, and keeps its length: the new image
# with the rest of the old one.  casync knows the length, it is in the index.  (A block device has to be
# treated so; a file doesn't.)  qemu-img convert -n, which is told not to create the target, does it, too.
# Matters: an update to a smaller image gives one whose sum is wrong, and whose backup partition table, at
# the end, is the old image's.
# Versions: casync 2+20201210, nbdcopy 1.14.2, qemu-img 7.2.22; ext4 of Linux 6.18.
. "$(dirname "$0")/common"
packages casync=2+20201210-1+b1 libnbd-bin=1.14.2-1 libnbd0=1.14.2-1 "qemu-utils=1:7.2+dfsg-7+deb12u18+b3"
disk ext4 mkfs.ext4
cd "$scratch/ext4"
noise 8 0 image
casync make image.caibx image >/dev/null

# onto COMMAND...: what COMMAND makes of an image of 12 MiB: its exit status and the size in MiB.
onto() {
    local status=0
    rm -f target
    noise 12 0 target
    "$@" >/dev/null || status=$?
    cmp -s -n $((8 << 20)) image target || cannot "$1 didn't write the image"
    result="exit $status, $(($(stat -c %s target) >> 20)) MiB"
}
guess "exit 0, 8 MiB"
onto casync extract image.caibx target
seen "casync extract: $result" "$result" = "exit 0, 12 MiB"
onto qemu-img convert -n -f raw -O raw image target
seen "qemu-img convert -n: $result" "$result" = "exit 0, 12 MiB"
onto qemu-img convert -f raw -O raw image target
seen "qemu-img convert: $result" "$result" = "exit 0, 8 MiB"
onto nbdcopy image target
seen "nbdcopy: $result" "$result" = "exit 0, 8 MiB"
