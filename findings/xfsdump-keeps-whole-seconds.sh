#!/bin/bash
# SPDX-License-Identifier: MIT
# xfsdump and xfsrestore bring times back without their fractions.
#
# Guess: XFS's own backup format keeps what XFS keeps, as its extended attributes, so nanoseconds too.
# Found: mtime comes back cut to the whole second.
# Matters: whoever tells by mtime whether an image is the state that a record speaks of finds each
# restored image changed, and cp -u takes the original for the newer one.
# Versions: xfsdump 3.1.11, Linux 6.18.
. "$(dirname "$0")/common"
packages xfsdump=3.1.11-0.1 attr=1:2.5.1-4
disk xfs mkfs.xfs
cd "$scratch"
echo state >xfs/image
setfattr -n user.label -v mine xfs/image
touch -d '2001-02-03 04:05:06.123456789' xfs/image
guess "2001-02-03 04:05:06.123456789"
xfsdump -J -L label -M medium -f dump "$scratch/xfs" >log 2>&1 || { cat log; exit 1; }
mkdir xfs/restored
xfsrestore -J -f dump xfs/restored >log 2>&1 || { cat log; exit 1; }
label=$(getfattr --only-values -n user.label xfs/restored/image)
seen "extended attribute: $label" "$label" = mine
mtime=$(stat -c %y xfs/restored/image)
seen "mtime: $mtime" "$mtime" = "2001-02-03 04:05:06.000000000 +0000"
