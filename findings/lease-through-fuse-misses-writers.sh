#!/bin/bash
# SPDX-License-Identifier: MIT
# A read lease (fcntl F_SETLEASE) on a file seen through bindfs, mergerfs or overlayfs is granted while
# the file underneath is open for writing.
#
# Guess: FUSE has no leases, so EINVAL; or the lease is refused (EAGAIN), as for a writer on the same mount.
# Found: the kernel looks at the writers of the inode at hand, which is the upper file system's own; who
# opened the underlying file directly, a loop device too, isn't counted.  A writer who came through the
# FUSE mount is seen from both sides.
# Matters: "is anybody writing to this image?" has a wrong answer on stacked file systems.
# Versions: bindfs 1.14.7, mergerfs 2.33.5, overlayfs and FUSE of Linux 6.18, perl 5.36.
. "$(dirname "$0")/common"
packages bindfs=1.14.7-1 mergerfs=2.33.5-1
disk xfs mkfs.xfs
cd "$scratch"
mkdir xfs/{low,up,work} bind merge over
noise 1 0 xfs/low/image
bindfs xfs/low bind
mergerfs xfs/low merge 2>/dev/null
mount -t overlay -o "lowerdir=xfs/low,upperdir=xfs/up,workdir=xfs/work" none over
lease() {
    perl -MFcntl=F_SETLEASE,F_RDLCK -e \
        'open F, "<", shift; print fcntl(F, F_SETLEASE, F_RDLCK) ? "granted" : "refused"' "$1"
}
guess "refused, wherever one asks"
exec 7<>xfs/low/image
for mount in xfs/low bind merge over; do
    expected=granted
    [ "$mount" = xfs/low ] && expected=refused
    a=$(lease "$mount/image")
    seen "writer underneath, asked at $mount: $a" "$a" = "$expected"
done
exec 7<&-
device=$(losetup --show -f xfs/low/image)
a=$(lease bind/image)
losetup -d "$device"
seen "loop device underneath, asked at bind: $a" "$a" = granted
exec 7<>bind/image
a=$(lease xfs/low/image)
exec 7<&-
seen "writer at bind, asked underneath: $a" "$a" = refused
