#!/bin/bash
# SPDX-License-Identifier: MIT
# rsync and rdiff-backup take two states of one second and one size for the same.
#
# Guess: both bring nanoseconds back (rsync -a does), so they compare them as well.
# Found: both compare whole seconds.  What was written after the backup, but within the second of the time
# that it saw, is never copied, by no later run either; rdiff-backup's own --compare finds no changes,
# and only --compare-hash does.  (rsync compares nanoseconds with --modify-window=-1.)
# Matters: an image has one size all its life, so its time is all that such a tool goes by: the last write
# of a shutdown, after a backup in the same second, is missing until the image is written to again.
# Versions: rsync 3.5.0, rdiff-backup 2.2.2, Linux 6.18.
. "$(dirname "$0")/common"
packages rsync=3.5.0+ds1-0+deb12u1 rdiff-backup=2.2.2-1 librsync2=2.3.2-1+b1
disk xfs mkfs.xfs
cd "$scratch/xfs"
mkdir source
export PYTHONPATH=$scratch/root/usr/lib/python3/dist-packages
rdiff() { /usr/bin/python3 "$scratch/root/usr/bin/rdiff-backup" "$@" >"$scratch/log" 2>&1; }

# state WORD FRACTION: what the image has, and when within one second that was written.
state() {
    printf '%-1048576s' "$1" >source/image
    touch -d "2026-01-02 03:04:05.$2" source/image
}

state first 1
rsync -a source/ rsynced/
rdiff source rdiffed || cannot "rdiff-backup: $(tail -n 1 "$scratch/log")"
state second 9
sleep 1.1 # rdiff-backup makes one increment in a second
guess "the second state arrives"
rsync -a source/ rsynced/
seen "rsync -a: exit 0, and there is the $(head -c 6 rsynced/image)" "$(head -c 5 rsynced/image)" = first
rdiff source rdiffed
seen "rdiff-backup: exit 0, and there is the $(head -c 6 rdiffed/image)" "$(head -c 5 rdiffed/image)" = first
rdiff --compare source rdiffed
seen "rdiff-backup --compare: exit 0: $(grep -o 'No changes found' "$scratch/log")" -n "$(grep -o 'No changes found' "$scratch/log")"
rsync -a --modify-window=-1 source/ rsynced/
seen "rsync -a --modify-window=-1: there is the $(head -c 6 rsynced/image)" "$(head -c 6 rsynced/image)" = second
