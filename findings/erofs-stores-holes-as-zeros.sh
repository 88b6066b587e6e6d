#!/bin/bash
# SPDX-License-Identifier: MIT
# mkfs.erofs writes the holes of a sparse file out as zeros, and the mounted file has none.
#
# Guess: a read-only file system made for images keeps holes, as squashfs does and ext4 by mke2fs -d.
# Found: without compression each hole takes its full size in the EROFS image.  There is none in
# the mounted file, and cp, which looks for holes where a file has fewer blocks than bytes, makes a copy
# with all blocks.  With lz4hc SEEK_HOLE finds none either, but blocks and copy are few.  squashfs keeps holes.
# Matters: a directory of sparse images packed into EROFS takes their nominal sizes.
# Versions: erofs-utils 1.5, squashfs-tools 4.5.1, coreutils 9.1; Linux 6.18.
. "$(dirname "$0")/common"
packages erofs-utils=1.5-1 squashfs-tools=1:4.5.1-1 coreutils=9.1-1 xfsprogs=6.1.0-1
cd "$scratch"
mkdir from mounted
truncate -s 64M from/image
noise 1 8 from/image
guess "1 MiB and little more in the file system's image, in the file in it and in a copy; two holes"

# packed: KiB that packed.img takes, the file in it and a copy of that; how many holes it has.
packed() {
    mount -o loop packed.img mounted
    result="$(allocated packed.img) KiB, in it $(($(stat -c %b mounted/image) / 2)) KiB"
    result+=", holes: $(xfs_io -r -c 'seek -r -h 0' mounted/image | grep -cv -e Whence -e 67108864 || true)"
    cp mounted/image copy
    result+=", a copy $(allocated copy) KiB"
    umount mounted
    rm packed.img copy
}
mkfs.erofs packed.img from >/dev/null
packed
seen "erofs: $result" "$result" = "65540 KiB, in it 65536 KiB, holes: 0, a copy 65536 KiB"
mkfs.erofs -zlz4hc packed.img from >/dev/null
packed
seen "erofs, lz4hc: $result" "${result#* KiB, }" = "in it 1280 KiB, holes: 0, a copy 1024 KiB"
mksquashfs from packed.img -quiet -no-progress >/dev/null
packed
seen "squashfs: $result" "$result" = "1028 KiB, in it 1024 KiB, holes: 2, a copy 1024 KiB"
