#!/bin/bash
# SPDX-License-Identifier: MIT
# An EROFS image can be mounted as a file, without a loop device, and then nothing tells that it is in use.
#
# Guess: mount(2) of a regular file is ENOTBLK; mount(8) makes a loop device, and "losetup -j FILE" or
# /sys/block/loop*/loop/backing_file tells who uses an image.
# Found: since 6.12 EROFS takes a file (CONFIG_EROFS_FS_BACKED_BY_FILE).  There is no loop device, and
# the file can be opened for writing without ETXTBSY or EBUSY; a write lease (fcntl F_SETLEASE), which
# a single open descriptor of any process prevents, is refused at least.
# Matters: look for users of an image in /proc/self/mountinfo as well (of each mount namespace), or ask
# for a lease.
# Versions: erofs-utils 1.5, util-linux 2.38.1, Linux 6.18.
. "$(dirname "$0")/common"
packages erofs-utils=1.5-1 util-linux=2.38.1-5+deb12u3
cd "$scratch"
mkdir tree mounted
echo contents >tree/file
mkfs.erofs image tree >log 2>&1
lease() {
    perl -MFcntl=F_SETLEASE,F_WRLCK -e \
        'open F, "<", shift; print fcntl(F, F_SETLEASE, F_WRLCK) ? "granted" : "refused"' image
}
guess "mount: ENOTBLK"
a=$(lease)
seen "write lease before: $a" "$a" = granted
# 165: mount of x86-64; 1: MS_RDONLY
perl -e 'my ($file, $at, $type) = @ARGV; exit(syscall(165, $file, $at, $type, 1, 0) ? 1 : 0)' image mounted erofs ||
    { echo "CHANGED: mount refused"; exit 1; }
a=$(cat mounted/file)
seen "contents of a file in it: $a" "$a" = contents
a=$(losetup -n -O NAME -j image | wc -l)
seen "loop devices: $a" "$a" -eq 0
opened=yes
{ exec 7<>image; } 2>/dev/null || opened=no
exec 7>&-
seen "opened for writing: $opened" "$opened" = yes
a=$(lease)
seen "write lease: $a" "$a" = refused
