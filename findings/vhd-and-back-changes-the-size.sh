#!/bin/bash
# SPDX-License-Identifier: MIT
# A raw image converted to VHD (qemu's vpc) and back is larger; all other formats keep its size.
#
# Guess: converting there and back gives the same image, or says that it can't.
# Found: a VHD's size is given by cylinders, heads and sectors too, and qemu-img takes the next size up that
# these can tell: 1000 MiB come back with 131,072 bytes more, exit 0, no message.  The option force_size=on
# of the format keeps it.  VDI, VMDK, VHDX, QED, Parallels keep it as they are.
# Matters: the size of a volume tells states apart, in quotas, in increments; a backup partition table is no
# longer at the end.
# Versions: qemu-utils 7.2.22; ext4 of Linux 6.18.
. "$(dirname "$0")/common"
packages "qemu-utils=1:7.2+dfsg-7+deb12u18+b3"
disk ext4 mkfs.ext4
cd "$scratch/ext4"
truncate -s 1000M image
guess "1048576000 bytes"
# back FORMAT [OPTION]...: the size of the image after a life as FORMAT.
back() {
    qemu-img convert -f raw -O "$1" "${@:2}" image "image.$1"
    qemu-img convert -f "$1" -O raw "image.$1" back
    stat -c %s back
}
a=$(back vpc)
seen "vpc: $a" "$a" = 1048707072
a=$(back vpc -o force_size=on)
seen "vpc, force_size=on: $a" "$a" = 1048576000
for format in vdi vmdk vhdx qed parallels qcow2; do
    a=$(back $format)
    seen "$format: $a" "$a" = 1048576000
done
