#!/bin/bash
# SPDX-License-Identifier: MIT
# fallocate on a reflinked file succeeds, and a write to that range still runs out of space.
#
# Guess: after posix_fallocate(3) and fallocate(2) in mode 0 writes to the range can't fail with ENOSPC;
# that is what the manuals promise.  So blocks shared with another file are unshared, or it fails.
# Found: blocks that are there count as allocated even if they are shared; nothing is set aside for the
# copy that a write makes.  XFS (not btrfs) has FALLOC_FL_UNSHARE_RANGE for that (xfs_io funshare).
# Matters: preallocating a clone for a guest is no protection.
# Versions: util-linux 2.38.1, xfsprogs 6.1.0, btrfs and XFS of Linux 6.18.
. "$(dirname "$0")/common"
packages util-linux=2.38.1-5+deb12u3
guess "fallocate exits 0 and then writes can't fail; or it fails itself"
for type in btrfs xfs; do
    disk "$type" "mkfs.$type"
    cd "$scratch/$type"
    noise 100 0 template
    cp --reflink=always template clone
    sync
    status=0
    fallocate -l 100M clone || status=$?
    dd if=/dev/zero of=filler bs=1M status=none 2>/dev/null || true
    sync
    reason=$({ dd if=/dev/zero of=clone bs=1M count=100 conv=notrunc,fsync 2>&1 || true; } | grep -o 'No space left')
    seen "$type: fallocate exits $status, overwriting: $reason" "$status $reason" = "0 No space left"
done
