# SPDX-License-Identifier: MIT
"""pair.py SEED IMAGE SOURCE: two files that agree in part, of random sizes: data, zeros that are
data, holes, preallocated ranges; in whole blocks, but for one time in three."""

import ctypes
import os
import random
import sys

BLOCK = 4096
MOST = 60

libc = ctypes.CDLL(None, use_errno=True)
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]


def size(chance):
    blocks = chance.randrange(1, MOST) * BLOCK
    return blocks if chance.random() < 0.5 else blocks + chance.randrange(1, BLOCK)


def place(chance, end):
    start = chance.randrange(end)
    length = chance.randrange(1, 12 * BLOCK)
    if chance.random() < 0.67:
        start -= start % BLOCK
        length += -length % BLOCK
    return start, min(length, end - start)


def change(chance, fd, end):
    start, length = place(chance, end)
    kind = chance.randrange(5)
    if kind < 2:
        os.pwrite(fd, chance.randbytes(length), start)
    elif kind == 2:
        os.pwrite(fd, bytes(length), start)
    else:  # KEEP_SIZE, and PUNCH_HOLE or not; ext4 and XFS want at least a byte
        libc.fallocate(fd, 1 | 2 * (kind == 3), start, length)


def main(seed, image, source):
    chance = random.Random(seed)
    with open(image, "wb") as file:
        end = size(chance)
        file.truncate(end)
        for _ in range(chance.randrange(12)):
            change(chance, file.fileno(), end)
        file.flush()
    with open(image, "rb") as file:
        content = file.read()
    with open(source, "wb") as file:
        end = len(content) if chance.random() < 0.3 else size(chance)
        file.truncate(end)
        for start in range(0, min(end, len(content)), BLOCK):
            piece = content[start:min(start + BLOCK, end)]
            if piece.strip(b"\0") or chance.random() < 0.1:
                os.pwrite(file.fileno(), piece, start)
        for _ in range(chance.randrange(6)):
            change(chance, file.fileno(), end)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
