#!/bin/bash
# SPDX-License-Identifier: MIT
# cp --reflink=always that fails has already emptied an existing target.
#
# Guess: "always" means clone or fail, and who fails leaves things as they were.
# Found: the target is opened with O_TRUNC, then cloning is refused (another file system; on btrfs also
# a source without and a target with the NOCOW attribute), cp exits 1, and the target has 0 bytes.
# Matters: "try a reflink, else keep what is there" loses the image.  Clone to a new name and rename.
# Versions: coreutils 9.1, btrfs of Linux 6.18.
. "$(dirname "$0")/common"
packages coreutils=9.1-1
disk btrfs mkfs.btrfs
cd "$scratch"
guess "cp exits 1 and the target is untouched"
echo "new state" >elsewhere
echo "only copy" >btrfs/image
status=0
cp --reflink=always elsewhere btrfs/image 2>/dev/null || status=$?
a=$(stat -c %s btrfs/image)
seen "across file systems: exit $status, target has $a bytes" "$status $a" = "1 0"
cd btrfs
touch nocow
chattr +C nocow
echo "only copy" >nocow
echo "new state" >cow
status=0
cp --reflink=always cow nocow 2>/dev/null || status=$?
a=$(stat -c %s nocow)
seen "onto a NOCOW file of the same btrfs: exit $status, target has $a bytes" "$status $a" = "1 0"
