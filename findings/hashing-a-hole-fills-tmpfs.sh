#!/bin/bash
# SPDX-License-Identifier: MIT
# A checksum of a sparse file on tmpfs can take the file's whole size of memory, and keeps it.
#
# Guess: reading allocates nothing.  A hole read by read(2) doesn't.
# Found: a hole read through mmap(2) does, on tmpfs: each page touched becomes a page of the file, and
# so becomes data for SEEK_DATA.  b3sum maps large files; one b3sum of an empty image of 256 MiB takes
# 256 MiB of the mount's limit, until the file is removed.  On disk file systems nothing grows.
# Matters: image builders work in /tmp or /run; a check there uses up the limit of the mount, or the memory.
# Versions: b3sum 1.2.0, Linux 6.18.
. "$(dirname "$0")/common"
packages b3sum=1.2.0-1+b4 coreutils=9.1-1
mkdir "$scratch/tmpfs"
mount -t tmpfs -o size=1G none "$scratch/tmpfs"
disk ext4 mkfs.ext4
cd "$scratch"
guess "0 KiB before and after"
truncate -s 256M tmpfs/image ext4/image
sha256sum tmpfs/image >/dev/null
a=$(allocated tmpfs/image)
seen "tmpfs, after sha256sum, which reads: $a KiB" "$a" -eq 0
b3sum tmpfs/image ext4/image >/dev/null
a=$(allocated tmpfs/image) b=$(allocated ext4/image)
seen "tmpfs, after b3sum, which maps: $a KiB" "$a" -eq 262144
seen "ext4, after b3sum: $b KiB" "$b" -eq 0
