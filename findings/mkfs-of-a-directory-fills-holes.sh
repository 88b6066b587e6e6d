#!/bin/bash
# SPDX-License-Identifier: MIT
# mkfs.erofs and mkfs.btrfs --rootdir write the holes of a sparse file out as zeros.
#
# Guess: who makes a file system of a directory keeps holes, as mksquashfs and mke2fs -d do.
# Found: each hole takes its full size in the new file system, and there is none in the mounted file; cp,
# which looks for holes where a file has fewer blocks than bytes, makes a copy with all blocks of it.
# With mkfs.erofs -zlz4hc the zeros take little, but SEEK_HOLE finds no hole either.
# Matters: a directory of sparse images packed so takes their nominal sizes, and so does what comes back.
# Versions: erofs-utils 1.5, btrfs-progs 6.2, e2fsprogs 1.47.0, squashfs-tools 4.5.1, coreutils 9.1; Linux 6.18.
. "$(dirname "$0")/common"
packages erofs-utils=1.5-1 squashfs-tools=1:4.5.1-1 btrfs-progs=6.2-1+deb12u2 e2fsprogs=1.47.0-2+b2 coreutils=9.1-1
cd "$scratch"
mkdir from mounted
truncate -s 64M from/image
noise 1 8 from/image
guess "1024 KiB in the file system, and in a copy"

# packed: KiB that the file in packed.img takes, and a copy of it.
packed() {
    mount -o loop packed.img mounted
    cp mounted/image copy
    result="$(($(stat -c %b mounted/image) / 2)) KiB, a copy $(allocated copy) KiB"
    umount mounted
    rm packed.img copy
}
mkfs.erofs packed.img from >/dev/null
packed
seen "mkfs.erofs: $result" "$result" = "65536 KiB, a copy 65536 KiB"
mkfs.erofs -zlz4hc packed.img from >/dev/null
packed
seen "mkfs.erofs -zlz4hc: $result" "$result" = "1280 KiB, a copy 1024 KiB"
truncate -s 300M packed.img
mkfs.btrfs -q --rootdir from packed.img >/dev/null 2>&1
packed
seen "mkfs.btrfs --rootdir: $result" "$result" = "65536 KiB, a copy 65536 KiB"
truncate -s 300M packed.img
mkfs.ext4 -q -d from packed.img
packed
seen "mkfs.ext4 -d: $result" "$result" = "1024 KiB, a copy 1024 KiB"
mksquashfs from packed.img -quiet -no-progress >/dev/null
packed
seen "mksquashfs: $result" "$result" = "1024 KiB, a copy 1024 KiB"
