#!/bin/bash
# SPDX-License-Identifier: MIT
# A copy of a mounted ext4 or XFS image can't be mounted read-only; where it can, the mount writes to it.
#
# Guess: "mount -o ro copy" shows the copy and leaves it as it is; recovery takes place in memory.
# Found: recovery writes.  mount(8) makes the loop device read-only, too, and the mount fails; on a loop
# device that can be written to, "-o ro" succeeds and changes the image.  (noload, norecovery: the state
# before the journal, in parts.)  A copy made with the file system frozen is shown
# with ext4; XFS, frozen too, leaves a log that wants recovery.
# Matters: to look into a snapshot of a running VM takes a copy of it, or a reflink; and sums that are taken
# after a look "with ro, so nothing happened" don't fit.
# Versions: util-linux 2.38.1, coreutils 9.1; ext4 and XFS of Linux 6.18.
. "$(dirname "$0")/common"
packages util-linux=2.38.1-5+deb12u3 coreutils=9.1-1
disk pool mkfs.xfs
cd "$scratch/pool"
mkdir live shown

# shown_with COMMAND...: whether COMMAND mounts the copy, and what comes of that.
shown_with() {
    local before device
    before=$(sha256sum <copy)
    if "$@" >/dev/null 2>&1; then result=shown; else result=refused; fi
    ! mountpoint -q shown || umount shown
    device=$(losetup -n -O NAME -j copy)
    [ -z "$device" ] || losetup -d "$device"
    sync
    if [ "$(sha256sum <copy)" = "$before" ]; then result+=", unchanged"; else result+=", changed"; fi
}
read_only() { mount -o ro,loop copy shown; }
writable() { mount -o ro "$(losetup --show -f copy)" shown; }

guess "shown, unchanged"
for type in ext4 xfs; do
    rm -f image copy
    truncate -s 400M image
    "mkfs.$type" -q image
    mount -o loop image live
    for i in $(seq 100); do echo "$i" >"live/$i"; done
    sync
    for i in $(seq 100); do mv "live/$i" "live/of-$i"; done
    echo more >>live/of-50
    sync live/of-50
    cp --reflink=always image copy
    fsfreeze -f live
    cp --reflink=always image frozen
    fsfreeze -u live
    umount live
    shown_with read_only
    seen "$type, mount -o ro,loop: $result" "$result" = "refused, unchanged"
    shown_with writable
    seen "$type, losetup and mount -o ro: $result" "$result" = "shown, changed"
    mv frozen copy
    shown_with read_only
    if [ $type = ext4 ]; then expected=shown; else expected=refused; fi
    seen "$type, made while it was frozen, mount -o ro,loop: $result" "$result" = "$expected, unchanged"
done
