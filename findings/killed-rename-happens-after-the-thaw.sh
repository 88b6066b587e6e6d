#!/bin/bash
# SPDX-License-Identifier: MIT
# mv on a frozen file system can be killed, by a timeout for instance, and renames all the same, later.
#
# Guess: "timeout -s KILL 1 mv a b" that exits with 137 has renamed nothing, or hangs until the thaw.
# Found: timeout is gone after a second; mv waits uninterruptibly inside rename(2) with its SIGKILL pending,
# and when the file system is thawed it first completes the rename and then dies.
# Matters: after a time-out the caller can't take its "failed" for "not done"; a second attempt or a
# roll-back meets the first one.
# Versions: coreutils 9.1, util-linux 2.38.1, XFS of Linux 6.18.
. "$(dirname "$0")/common"
packages coreutils=9.1-1 util-linux=2.38.1-5+deb12u3
before_cleaning() { fsfreeze -u "$scratch/xfs" 2>/dev/null; }
disk xfs mkfs.xfs
cd "$scratch"
touch xfs/a
sync
guess "a is left after the thaw"
fsfreeze -f xfs
status=0
{ timeout -s KILL 1 mv xfs/a xfs/b; } 2>/dev/null || status=$?
frozen=$(ls xfs)
seen "timeout: exit $status, while frozen there is: $frozen" "$status $frozen" = "137 a"
fsfreeze -u xfs
for _ in $(seq 50); do [ -e xfs/b ] && break; sleep 0.1; done
thawed=$(ls xfs)
seen "after the thaw there is: $thawed" "$thawed" = b
