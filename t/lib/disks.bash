# SPDX-License-Identifier: MIT
# Small file systems of a test's own, beneath $DISKS: load ../lib/disks.
#
# disk NAME SIZE MKFS...   make one with MKFS and mount it at $DISKS/NAME
# fill NAME                leave no room on it for another block of data
# remove_disks             unmount and remove them all: call it in tidy

DISKS=$RUN_SCRATCH/disks

disk() {
    mkdir -p "$DISKS/$1"
    truncate -s "$2" "$DISKS/$1.disk"
    "${@:3}" "$DISKS/$1.disk" >/dev/null 2>&1
    mount -o loop "$DISKS/$1.disk" "$DISKS/$1"
}

fill() {
    local size file=$DISKS/$1/filler
    touch "$file"
    # Ever smaller pieces, and the smallest by writing: what is left then is the file system's own.
    for size in 64M 16M 4M 1M 256K 64K 16K; do
        while fallocate -o "$(stat -c %s "$file")" -l $size "$file" 2>/dev/null; do :; done
    done
    dd if=/dev/zero bs=4K of="$file" oflag=append conv=notrunc,fsync status=none 2>/dev/null || true
}

remove_disks() {
    local mounted
    for mounted in "$DISKS"/*/; do
        ! mountpoint -q "$mounted" || umount "$mounted"
    done
    rm -rf "$DISKS"
}
