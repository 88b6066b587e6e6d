#!/bin/bash
# SPDX-License-Identifier: MIT
# An incremental btrfs send of a punched hole sends zeros, and the receiver's file has data there.
#
# Guess: a hole stays a hole.  The full send of a sparse file keeps its holes.
# Found: the stream has no command for a hole that the kernel would send; what was data in the parent
# and is a hole now is written as zeros.  A trimmed image that frees 64 MiB at the sender costs 64 MiB
# of stream and goes on taking 64 MiB at the receiver.
# Matters: fstrim in guests makes incremental backups larger, not smaller, and never frees there.
# Versions: btrfs-progs 6.2, Linux 6.18 (send stream version 2).
. "$(dirname "$0")/common"
packages btrfs-progs=6.2-1+deb12u2
disk btrfs mkfs.btrfs
cd "$scratch/btrfs"
mkdir received
btrfs -q subvolume create volume
noise 64 0 volume/image
truncate -s 128M volume/image
btrfs -q subvolume snapshot -r volume first
fallocate -p -o 0 -l 64M volume/image
btrfs -q subvolume snapshot -r volume second
sync
guess "second stream: some hundred bytes; the file received takes 0 KiB"
btrfs -q send first | btrfs -q receive received
a=$(allocated received/first/image)
btrfs -q send -p first second >"$scratch/stream"
btrfs -q receive -f "$scratch/stream" received
cmp volume/image received/second/image
b=$(stat -c %s "$scratch/stream") c=$(allocated volume/image) d=$(allocated received/second/image)
seen "full send keeps the hole at the end: $a KiB" "$a" -eq 65536
seen "sender's file: $c KiB" "$c" -eq 0
seen "incremental stream: $b bytes" "$b" -gt 134217728
seen "receiver's file: $d KiB" "$d" -eq 131072
