#!/bin/bash
# SPDX-License-Identifier: MIT
# xfs_fsr, the defragmenter of XFS, gives every clone that it improves a copy of its own.
#
# Guess: it leaves files with shared blocks alone, or says so; the manual doesn't speak of reflinks.
# Found: it swaps in a new, contiguous copy.  Of an image with four clones, all in pieces, each is
# reorganized in turn, and together they take five times the room; ctime and mtime stay as they were.
# Matters: a nightly xfs_fsr turns the revisions of an image into full copies, and nothing that looks
# at times or contents sees it.  (btrfs's defragmenter does the like, and its manual warns of it.)
# Versions: xfsprogs 6.1.0, Linux 6.18.
. "$(dirname "$0")/common"
packages xfsprogs=6.1.0-1
disk xfs mkfs.xfs -m reflink=1
cd "$scratch/xfs"

# 64 MiB, every second block of it before the others: no two neighbours lie side by side.
python3 - <<'PYTHON'
import os
fd = os.open("image", os.O_RDWR | os.O_CREAT, 0o600)
for first in 0, 1:
    for i in range(first, 1024, 2):
        os.pwrite(fd, os.urandom(65536), i * 65536)
    os.fsync(fd)
PYTHON
for i in 1 2 3 4; do cp --reflink=always -p image "clone$i"; done
sync -f .
# MiB that are used.
used() { sync -f .; df --output=used -m . | tail -n 1; }
pieces() { filefrag "$1" | sed 's/.*: \([0-9]*\) extent.*/\1/'; }
before=$(used) times=$(stat -c '%y %z' clone1) sum=$(sha256sum <clone1)
seen "the image and its four clones are in $(pieces image) pieces each, and take $before MiB" "$before" -lt 200

guess "xfs_fsr leaves them shared"
xfs_fsr -v "$scratch/xfs/"* >"$scratch/log" 2>&1 || cannot "xfs_fsr: $(tail -n 1 "$scratch/log")"
after=$(used)
seen "exit 0, and they take $((after - before)) MiB more" $((after - before)) -ge 240
seen "clone1 is in $(pieces clone1) piece" "$(pieces clone1)" = 1
seen "its times are the same" "$(stat -c '%y %z' clone1)" = "$times"
seen "so is its content" "$(sha256sum <clone1)" = "$sum"
! grep -i 'shar\|reflink' "$scratch/log" || cannot "it says something of it"
