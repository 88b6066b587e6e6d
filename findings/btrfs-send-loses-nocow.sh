#!/bin/bash
# SPDX-License-Identifier: MIT
# btrfs send and receive lose the NOCOW attribute, and keep the compression property.
#
# Guess: a snapshot and its received copy have the same attributes; both are flags of the inode.
# Found: compression is stored as an extended attribute and travels; NOCOW, which chattr +C sets, is in no
# command of the stream (version 2), so received images are copy-on-write and have checksums.
# Matters: besides fragmenting, such an image can't be reflinked to the NOCOW original or back (EINVAL), so
# that "restore by cp --reflink" fails, and cp without "always" copies it whole in silence.
# Versions: btrfs-progs 6.2, e2fsprogs 1.47.0, coreutils 9.1, Linux 6.18.
. "$(dirname "$0")/common"
packages btrfs-progs=6.2-1+deb12u2 e2fsprogs=1.47.0-2+b2 coreutils=9.1-1
disk btrfs mkfs.btrfs
cd "$scratch/btrfs"
mkdir received
btrfs -q subvolume create volume
touch volume/image
chattr +C volume/image
noise 1 0 volume/image
mkdir volume/compressed
btrfs property set volume/compressed compression zstd
btrfs -q subvolume snapshot -r volume sent
guess "C for the image, c for the directory, both before and after"
btrfs -q send sent | btrfs -q receive received
flags() { lsattr -d "$1" | cut -d ' ' -f 1 | tr -d -; }
a=$(flags sent/image) b=$(flags sent/compressed)
seen "sent: image \"$a\", directory \"$b\"" "$a $b" = "C c"
a=$(flags received/sent/image) b=$(flags received/sent/compressed)
seen "received: image \"$a\", directory \"$b\"" "$a $b" = " c"
touch back
chattr +C back
reason=$(cp --reflink=always received/sent/image back 2>&1 | grep -o 'Invalid argument' || true)
seen "reflink of the received image to a NOCOW file: $reason" "$reason" = "Invalid argument"
