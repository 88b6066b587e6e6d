#!/bin/bash
# SPDX-License-Identifier: MIT
# A sparse image copied to XFS by cp, tar, rsync or dd takes nearly its full size, and keeps it for good.
#
# Guess: these copy data and skip holes, so source and copy take the same; what XFS allocates ahead of a
# growing file goes away when the file is closed, or at the latest when the file system is unmounted.
# Found: a sparse writer that appends data, then seeks over a hole, leaves the blocks that XFS
# allocated ahead of the data *inside* the file, as unwritten extents.  Nobody trims them: 128 MiB of
# data in runs of 1 MiB take about 250 MiB, after a remount too.  nbdcopy sets the full size before it
# writes, cp --sparse=always punches each hole: those two get no such blocks.
# Matters: "sparse" says nothing of the space that a restored image takes; set the size first.
# Versions: coreutils 9.1, tar 1.34, rsync 3.5.0, libnbd 1.14.2, XFS of Linux 6.18.
. "$(dirname "$0")/common"
packages coreutils=9.1-1 tar=1.34+dfsg-1.2+deb12u1 rsync=3.5.0+ds1-0+deb12u1 libnbd-bin=1.14.2-1 libnbd0=1.14.2-1
disk ext4 mkfs.ext4
disk xfs mkfs.xfs
cd "$scratch"
guess "each copy takes what the source takes"
truncate -s 256M ext4/image
for i in $(seq 0 2 254); do noise 1 "$i" ext4/image; done
source=$(allocated ext4/image)
mkdir xfs/tar
cp ext4/image xfs/cp
cp --sparse=always ext4/image xfs/cp-always
dd if=ext4/image of=xfs/dd bs=64k conv=sparse status=none
rsync -S ext4/image xfs/rsync
tar -C ext4 -Scf - image | tar -C xfs/tar -Sxf -
nbdcopy ext4/image xfs/nbdcopy
sync
umount xfs
mount -o loop xfs.disk xfs
echo "source: $source KiB"
for copy in cp dd rsync tar/image; do
    cmp ext4/image "xfs/$copy"
    a=$(allocated "xfs/$copy")
    seen "$copy: $a KiB" "$a" -gt $((source * 3 / 2))
done
for copy in nbdcopy cp-always; do
    cmp ext4/image "xfs/$copy"
    a=$(allocated "xfs/$copy")
    seen "$copy: $a KiB" "$a" -lt $((source + 1024))
done
