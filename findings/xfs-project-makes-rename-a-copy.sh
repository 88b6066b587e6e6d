#!/bin/bash
# SPDX-License-Identifier: MIT
# mv from one name to another in the same XFS directory copies the file and deletes the old one, if the
# directory has a project id that the file hasn't.
#
# Guess: rename(2) within a directory is never EXDEV.
# Found: XFS refuses rename and link into a directory with the inherit flag unless the file has the
# directory's project, even from that directory itself; a file that was there before the project was set
# up has not.  Quota needn't be on.  mv then copies: new inode, other hard links left behind; ln fails.
# Matters: a commit by rename fails on a pool where somebody introduced project quota later, and by mv
# is no longer atomic.  xfs_io -c "chproj -R ID" or xfs_quota "project -s" on all files mends it.
# Versions: xfsprogs 6.1.0, coreutils 9.1, Linux 6.18.
. "$(dirname "$0")/common"
packages xfsprogs=6.1.0-1 coreutils=9.1-1
disk xfs mkfs.xfs
cd "$scratch/xfs"
mkdir pool
noise 8 0 pool/image
ln pool/image pool/link
xfs_io -c "chproj 42" -c "chattr +P" pool
guess "same inode after mv; ln works"
before=$(stat -c %i pool/image)
reason=$(ln pool/image pool/another 2>&1 | grep -o 'Invalid cross-device link' || true)
seen "ln within the directory: $reason" "$reason" = "Invalid cross-device link"
mv pool/image pool/renamed
after=$(stat -c %i pool/renamed)
seen "mv within the directory: inode $before becomes $after" "$before" != "$after"
mv pool/renamed pool/again
last=$(stat -c %i pool/again)
seen "mv of the copy, which has the project: inode $last" "$last" = "$after"
