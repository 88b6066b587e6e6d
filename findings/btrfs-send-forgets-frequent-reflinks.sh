#!/bin/bash
# SPDX-License-Identifier: MIT
# btrfs send keeps reflinks until an extent has some hundred of them; then it sends every copy in full.
#
# Guess: the copies are clones in the stream, or at worst those beyond a limit are sent as data.
# Found: with 400 reflinks of a file the stream holds its data once.  With 1,100 it holds the data
# 1,100 times: an extent with more than SEND_MAX_EXTENT_REFS references (fs/btrfs/send.c) isn't looked
# up at all, for none of its files.
# Matters: many VMs cloned from one template: the day when one more is made, the backup is a thousand
# times as large, and the receiver's disk full.
# Versions: btrfs-progs 6.2, Linux 6.18.
. "$(dirname "$0")/common"
packages btrfs-progs=6.2-1+deb12u2
disk btrfs mkfs.btrfs
cd "$scratch/btrfs"
guess "both streams are little more than 256 KiB"
stream() { # stream NAME COPIES: bytes sent
    btrfs -q subvolume create "$1"
    dd if=/dev/urandom of="$1/template" bs=256k count=1 status=none
    sync
    for i in $(seq "$2"); do cp --reflink=always "$1/template" "$1/vm$i"; done
    btrfs -q subvolume snapshot -r "$1" "$1-sent"
    sync
    btrfs -q send "$1-sent" | wc -c
}
a=$(stream few 400)
seen "400 reflinks: $a bytes" "$a" -lt 1048576
b=$(stream many 1100)
seen "1,100 reflinks: $b bytes" "$b" -gt $((1100 * 262144))
