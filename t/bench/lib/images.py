# SPDX-License-Identifier: MIT
"""Images of many extents, and what of them is in memory."""

import os
import random

import bench

SIZE, PLACE = 1 << 30, 16384
LAYOUTS = {"50000": (20480, 4096), "3000": (364544, 256)}  # length of extents, changed places


def write(fd, places, length):
    for place in places:
        os.pwrite(fd, os.urandom(length)[:max(0, SIZE - place)], place)
    os.fsync(fd)


def make(directory, length, changed):
    """A volume with one revision, in extents of LENGTH bytes; and an equal of that revision."""
    revision, clean, equal = (f"{directory}/{name}" for name in (
        "private.img.1@2018-01-02T03:04:05Z", "private.img", "equal"))
    fd = os.open(revision, os.O_RDWR | os.O_CREAT, 0o600)
    os.truncate(fd, SIZE)
    # Every second one, and then the others: no two neighbours lie side by side on the disk.
    for first in 0, length:
        write(fd, range(first, SIZE, 2 * length), length)
    os.close(fd)
    for copy in clean, equal:
        bench.run("cp", "--reflink=always", revision, copy)
    fd = os.open(clean, os.O_RDWR)
    write(fd, (PLACE * i for i in random.Random(1).sample(range(SIZE // PLACE), changed)), PLACE)
    os.close(fd)
    return revision, clean, equal


def set_caches(path, images, is_warm):
    bench.settle(path)
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as out:
        out.write("3")
    for image in images if is_warm else ():
        with open(image, "rb", buffering=0) as data:
            while data.read(bench.MIB):
                pass
