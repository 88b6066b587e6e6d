#!/bin/bash
# SPDX-License-Identifier: MIT
# On btrfs a directory whose compression property is "none" can have no NOCOW files.
#
# Guess: NOCOW and compression exclude each other, so "none" is what one sets first.
# Found: "none" is an attribute of its own (lsattr m), which new files inherit, and chattr +C on any of
# them is EINVAL, as it is with zstd.  qemu-img create -o nocow=on there reports success, and the file is
# an ordinary copy-on-write one.  The property must be emptied ("") instead.
# Matters: an image believed NOCOW fragments, and can't be cloned to or from those that are.
# Versions: btrfs-progs 6.2, e2fsprogs 1.47.0, qemu 7.2, Linux 6.18.
. "$(dirname "$0")/common"
packages btrfs-progs=6.2-1+deb12u2 e2fsprogs=1.47.0-2+b2 \
    qemu-utils=1:7.2+dfsg-7+deb12u18+b3 liburing2=2.3-3 libaio1=0.3.113-4
disk btrfs mkfs.btrfs
cd "$scratch/btrfs"
mkdir none emptied
btrfs property set none compression none
btrfs property set emptied compression none
btrfs property set emptied compression ""
nocow() { lsattr "$1" | cut -d ' ' -f 1 | grep -q C && echo yes || echo no; }
guess "yes, each time"
touch none/by-chattr emptied/by-chattr
status=0
chattr +C none/by-chattr 2>/dev/null || status=$?
a=$(nocow none/by-chattr)
seen "chattr +C with \"none\": exit $status, NOCOW $a" "$status $a" = "1 no"
status=0
qemu-img create -q -f raw -o nocow=on none/by-qemu 1M || status=$?
a=$(nocow none/by-qemu)
seen "qemu-img -o nocow=on with \"none\": exit $status, NOCOW $a" "$status $a" = "0 no"
status=0
chattr +C emptied/by-chattr || status=$?
a=$(nocow emptied/by-chattr)
seen "chattr +C with \"\": exit $status, NOCOW $a" "$status $a" = "0 yes"
