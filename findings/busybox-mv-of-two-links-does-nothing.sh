#!/bin/bash
# SPDX-License-Identifier: MIT
# busybox mv A B, where both are links of one inode, exits 0 and leaves both.
#
# Guess: B stays, A is gone; that is what mv is for.  Or an error: GNU mv says "are the same file", exit 1.
# Found: rename(2) does nothing for two links of one inode and returns 0, as POSIX has it, and busybox
# passes that on as done.
# Matters: who links and then renames, in a rescue shell or an initramfs, is told that the old name is gone; the
# next writer to the one name writes to the other.
# Versions: busybox 1.35.0, coreutils 9.1.
. "$(dirname "$0")/common"
packages busybox=1:1.35.0-4+deb12u1+b1 coreutils=9.1-1
cd "$scratch"
mkdir links
cd links
guess "only b is left"
echo state >a
ln a b
status=0
busybox mv a b || status=$?
left=$(echo *)
seen "busybox mv: exit $status, left: $left" "$status $left" = "0 a b"
status=0
mv a b 2>/dev/null || status=$?
left=$(echo *)
seen "GNU mv: exit $status, left: $left" "$status $left" = "1 a b"
