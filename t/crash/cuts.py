# SPDX-License-Identifier: MIT
"""What a disk may hold after a power cut, from the log that disk.c wrote.

A write is durable if it was completed before a flush arrived that was itself completed before the
cut.  Of the writes that arrived after those, a disk may have done any: none, the first few, some,
all, or a part of one, in sectors of 512 bytes.
"""

import contextlib
import os
import struct

RECORD = struct.Struct("IIQQ")
SECTOR = 512

# What a file system needs to be written whole, or it can't be mounted again whatever runs on it:
# its superblocks, by offset.
WHOLE = {"btrfs": {0x10000, 0x4000000}, "xfs": {0}, "ext4": {0, 1024}}


class Write:
    def __init__(self, offset, length, data):
        self.offset, self.length, self.data = offset, length, data
        self.completed = None

    def sectors(self):
        return range(0, self.length, SECTOR)


class Log:
    """EVENTS are the lines of the log: ("write", Write), ("flush"|"done"), ("mark", text)."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        self.writes = []  # (index of arrival, Write)
        self.marks = []  # (index, text)
        flushes, requests, position, index = [], {}, 0, 0
        while position < len(data):
            kind, length, offset, request = RECORD.unpack_from(data, position)
            position += RECORD.size
            content = None
            if chr(kind) in "WM":
                content = data[position : position + length]
                position += length
            if chr(kind) in "WD":
                requests[request] = Write(offset, length, content)
                self.writes.append((index, requests[request]))
            elif chr(kind) == "F":
                requests[request] = index
            elif chr(kind) == "M":
                self.marks.append((index, content.decode()))
            elif chr(kind) == "C":
                started = requests.pop(request)
                if isinstance(started, Write):
                    started.completed = index
                else:
                    flushes.append((index, started))
            index += 1
        self.length = index
        self.flushes = flushes
        self.flush_ends = [ended for ended, _ in flushes]

    def durable(self, cut):
        """How many of the writes, from the first, are durable if the power fails at event CUT."""
        arrived = max((started for ended, started in self.flushes if ended < cut), default=-1)
        count = 0
        for _, write in self.writes:
            if write.completed is None or write.completed >= arrived:
                break
            count += 1
        return count

    def pending(self, cut, durable):
        return [write for arrived, write in self.writes[durable:] if arrived < cut]


def choose(pending, fs, rng):
    """What of the PENDING writes has reached the disk: a list of (index, sectors or None: all)."""
    how = rng.choice(["none", "prefix", "subset", "torn", "torn subset", "all"])
    if how == "none":
        chosen = []
    elif how in ("prefix", "torn"):
        chosen = list(range(rng.randint(0, len(pending))))
    elif how == "all":
        chosen = list(range(len(pending)))
    else:
        share = rng.random()
        chosen = [i for i in range(len(pending)) if rng.random() < share]
    parts = [(i, None) for i in chosen]
    if "torn" in how:
        for k in [len(parts) - 1] if how == "torn" else range(len(parts)):
            if k < 0:
                continue
            write = pending[parts[k][0]]
            if write.offset in WHOLE[fs] or write.length <= SECTOR or write.data is None:
                continue
            if how == "torn" or rng.random() < 0.3:
                some = tuple(s for s in write.sectors() if rng.random() < 0.5)
                parts[k] = (parts[k][0], some)
    return parts


def copy(source, target, size):
    """Fill the empty file TARGET with SOURCE, both descriptors.  Holes stay holes, in which crash
    images abound."""
    os.ftruncate(target, size)
    end = 0
    while True:
        try:
            start = os.lseek(source, end, os.SEEK_DATA)
        except OSError:
            return  # ENXIO: only a hole is left
        end = os.lseek(source, start, os.SEEK_HOLE)
        for at in range(start, end, 1 << 20):
            os.pwrite(target, os.pread(source, min(1 << 20, end - at), at), at)


def copy_file(source, target):
    with open(source, "rb") as old, open(target, "wb") as new:
        copy(old.fileno(), new.fileno(), os.fstat(old.fileno()).st_size)


class Images:
    """Crash images of one recording, for cuts in ascending order."""

    def __init__(self, fs, log, base):
        self.fs, self.log, self.done = fs, log, 0
        self.base = os.open(base, os.O_RDWR | os.O_CLOEXEC)
        self.size = os.fstat(self.base).st_size

    def close(self):
        os.close(self.base)

    @staticmethod
    def apply(fd, write, sectors=None):
        if write.data is None:
            os.pwrite(fd, bytes(write.length), write.offset)
        elif sectors is None:
            os.pwrite(fd, write.data, write.offset)
        else:
            for s in sectors:
                os.pwrite(fd, write.data[s : s + SECTOR], write.offset + s)

    def make(self, cut, choice, path):
        """Write the image for a cut at event CUT to the file PATH."""
        durable = self.log.durable(cut)
        assert durable >= self.done
        for _, write in self.log.writes[self.done : durable]:
            self.apply(self.base, write)
        self.done = durable
        pending = self.log.pending(cut, durable)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)  # a loop device may not have let go of the former yet
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            copy(self.base, fd, self.size)
            for index, sectors in choice:
                self.apply(fd, pending[index], sectors)
        finally:
            os.close(fd)
