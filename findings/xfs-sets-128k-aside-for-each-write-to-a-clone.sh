#!/bin/bash
# SPDX-License-Identifier: MIT
# Each lone 4 KiB written to a reflinked file on XFS takes 128 KiB, for a while.
#
# Guess: copy-on-write of one block takes one block.
# Found: XFS sets aside a whole unit of the copy-on-write extent size hint, 32 blocks by default, and
# counts that in the file's st_blocks and in what df calls used.  It is given back by the next unmount, some
# minutes later by a worker, or when space runs short.
# Matters: for the minutes after a guest's scattered writes du and df say up to 32 times what was written; nobody
# should decide then what to delete.  FIEMAP shows what is really mapped.
# Versions: coreutils 9.1, XFS of Linux 6.18.
. "$(dirname "$0")/common"
packages coreutils=9.1-1
disk xfs mkfs.xfs
cd "$scratch"
noise 256 0 xfs/image
sync
cp --reflink=always xfs/image xfs/clone
before=$(allocated xfs/clone)
used() { df -k --output=used xfs | tail -1; }
free_before=$(used)
guess "1 MiB more, for 256 blocks of 4 KiB"
for i in $(seq 0 255); do
    dd if=/dev/urandom of=xfs/clone bs=4k count=1 seek=$((i * 256)) conv=notrunc status=none
done
a=$(($(allocated xfs/clone) - before)) b=$(($(used) - free_before))
seen "du: $a KiB more" "$a" -ge 30720
seen "df: $b KiB more" "$b" -ge 30720
umount xfs
mount -o loop xfs.disk xfs
a=$(($(allocated xfs/clone) - before)) b=$(($(used) - free_before))
seen "du, after a remount: $a KiB more" "$a" -lt 1024
seen "df, after a remount: $b KiB more" "$b" -lt 10240
