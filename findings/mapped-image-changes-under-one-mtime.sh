#!/bin/bash
# SPDX-License-Identifier: MIT
# A file written through a mapping goes on changing after its last mtime, and a backup misses that for good.
#
# Guess: mtime may be late, but it comes: after a store and before the msync(2), as the manual of mmap has it.
# Found: it is set when the *first* store to a clean page faults.  Until that page is written back, up to half
# a minute, further stores don't fault, and msync, close and fsync write them out without a new time.
# Who copies in between has the old bytes and the final mtime.
# Matters: images of guest memory and NVDIMM (QEMU's memory-backend-file, share=on) are mapped.  For rsync size
# and mtime are the same ever after, to the nanosecond.
# Versions: rsync 3.5.0; btrfs, XFS, ext4, tmpfs of Linux 6.18.
. "$(dirname "$0")/common"
packages rsync=3.5.0+ds1-0+deb12u1
cat >"$scratch/store.py" <<'PYTHON'
import mmap, os, subprocess, sys, time
os.chdir(sys.argv[1])
fd = os.open("image", os.O_RDWR | os.O_CREAT, 0o600)
os.pwrite(fd, bytes(1 << 20), 0)
os.fsync(fd)
memory = mmap.mmap(fd, 1 << 20)
time.sleep(0.1)
memory[:5] = b"first"
backup = subprocess.run(["rsync", "-a", "image", "backup"]).returncode
time.sleep(1.1)
memory[:5] = b"later"
memory.flush()
memory.close()
os.fsync(fd)
sys.exit(backup)
PYTHON
mkdir "$scratch/tmpfs"
mount -t tmpfs none "$scratch/tmpfs"
guess "mtime is later than that of the backup, and the next rsync brings \"later\""
for type in btrfs xfs ext4 tmpfs; do
    [ $type = tmpfs ] || disk "$type" "mkfs.$type"
    cd "$scratch/$type"
    # A sync(1) by somebody else in that second would clean the page, and the second store fault again.
    for _ in 1 2 3 4 5; do
        rm -f image backup
        python3 "$scratch/store.py" .
        [ "$(stat -c %y image)" != "$(stat -c %y backup)" ] || break
    done
    sync .
    a=$(stat -c %y image) b=$(stat -c %y backup)
    seen "$type: mtime $a, of the backup, 1.1 s older: $b" "$a" = "$b"
    rsync -a --modify-window=-1 image backup
    a=$(head -c 5 image) b=$(head -c 5 backup)
    seen "$type: image \"$a\", backup after one more rsync: \"$b\"" "$a $b" = "later first"
done
