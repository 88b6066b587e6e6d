#!/bin/bash
# SPDX-License-Identifier: MIT
# resize2fs on an image file sets the size of the file, too: it cuts off what follows the file system,
# and when it grows the file it writes the character "0" at the end.
#
# Guess: resize2fs changes the file system and leaves the file as long as it was.
# Found: shrunk, the file ends where the file system does, and whatever somebody appended (a signature,
# a hash tree, the backup of a partition table) is gone, without a question.  Grown, its last byte is
# 0x30, the digit, where a tool that compares images or looks for zeros expects 0.
# Versions: e2fsprogs 1.47.0.
. "$(dirname "$0")/common"
packages e2fsprogs=1.47.0-2+b2
cd "$scratch"
guess "the appended line is still there; the new end is a zero byte"
truncate -s 64M image
mkfs.ext4 -q image
echo "an appended signature" >>image
resize2fs image 32M >/dev/null 2>&1
a=$(stat -c %s image)
seen "after resize2fs image 32M the file has $a bytes" "$a" -eq $((32 << 20))
resize2fs image 48M >/dev/null 2>&1
a=$(stat -c %s image) b=$(tail -c 1 image | od -An -tx1 | tr -d ' ')
seen "after resize2fs image 48M it has $a bytes, the last of them 0x$b" "$a $b" = "$((48 << 20)) 30"
e2fsck -fn image >/dev/null 2>&1
