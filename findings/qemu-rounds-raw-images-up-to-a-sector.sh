#!/bin/bash
# SPDX-License-Identifier: MIT
# qemu-img convert makes a raw image longer, to a multiple of 512 bytes, and compares both as identical.
#
# Guess: raw to raw is a copy; or an image that isn't of whole sectors is an error.
# Found: the copy has up to 511 zeros more at its end, without a word, and qemu-img compare says
# "Images are identical.": it takes zeros behind the end of the shorter one for nothing.
# Matters: the sums of original and copy differ for ever; kernels, archives and keys on a raw disk have
# such lengths.
# Versions: qemu-utils 7.2.22; ext4 of Linux 6.18.
. "$(dirname "$0")/common"
packages "qemu-utils=1:7.2+dfsg-7+deb12u18+b3"
disk ext4 mkfs.ext4
cd "$scratch/ext4"
head -c 5000 /dev/urandom >image
qemu-img convert -f raw -O raw image copy
guess "5000 bytes, the same by all who compare"
a=$(stat -c %s copy)
seen "copy: $a bytes" "$a" = 5120
a=$(qemu-img compare -f raw -F raw image copy) b=$(cmp image copy 2>&1 || true)
seen "qemu-img compare: $a; cmp: $b" "$a / ${b%%[,;]*}" = "Images are identical. / cmp: EOF on image after byte 5000"
