#!/bin/bash
# SPDX-License-Identifier: MIT
# A sparse raw image that qemu-img made on XFS takes 1 MiB for each lone block of 4 KiB written to it.
#
# Guess: a raw image is a file as truncate(1) makes it; ten scattered blocks take some 40 KiB.
# Found: qemu-img sets an extent size hint of 1 MiB on what it creates (option extent_size_hint of its
# file driver), and XFS allocates in such units: ten blocks take 10 MiB.  An output of convert has the
# hint too, and so is larger than its source.  Copies by cp don't have the hint, nor do reflinks.
# Matters: du of an image depends on the program that once made it; a copy "shrinks" and lost nothing.
# Versions: qemu 7.2, XFS of Linux 6.18.
. "$(dirname "$0")/common"
packages qemu-utils=1:7.2+dfsg-7+deb12u18+b3 liburing2=2.3-3 libaio1=0.3.113-4
disk xfs mkfs.xfs
cd "$scratch/xfs"
guess "ten blocks of 4 KiB take about 40 KiB"
qemu-img create -q -f raw made.img 1G
for i in $(seq 10); do
    dd if=/dev/urandom of=made.img bs=4k count=1 seek=$((i * 2500)) conv=notrunc status=none
done
cp --reflink=never --sparse=always made.img copied.img
qemu-img convert -f raw -O raw copied.img converted.img
a=$(allocated made.img) b=$(allocated copied.img) c=$(allocated converted.img)
seen "image of qemu-img create: $a KiB" "$a" -ge 10240
seen "its copy by cp --sparse=always: $b KiB" "$b" -le 400
seen "what qemu-img convert makes of that copy: $c KiB" "$c" -ge 10240
hint=$(xfs_io -r -c extsize made.img)
seen "hint: $hint" "$hint" = "[1048576] made.img"
