# SPDX-License-Identifier: MIT
"""Pools for one run, some with a loop device on an image."""

import contextlib
import fcntl
import os
import struct

import pool
from scenario import IMAGES

LOOP_SET_FD, LOOP_CLR_FD, LOOP_CTL_GET_FREE = 0x4c00, 0x4c01, 0x4c82
BLKGETSIZE64 = 0x80081272


class Nothing:
    def capacity(self):
        return None

    def check(self, _files):
        return []


class Device:
    """A loop device on an image of the pool; perhaps told a smaller size than that has."""

    def __init__(self, top, image, size):
        self.image = IMAGES[image]
        backing = os.open(f"{top}/{self.image}", os.O_RDWR)
        full = os.fstat(backing)
        if size:
            os.ftruncate(backing, int(size))
        while True:
            control = os.open("/dev/loop-control", os.O_RDWR)
            number = fcntl.ioctl(control, LOOP_CTL_GET_FREE)
            os.close(control)
            self.fd = os.open(f"/dev/loop{number}", os.O_RDWR)
            try:
                fcntl.ioctl(self.fd, LOOP_SET_FD, backing)
                break
            except OSError: # somebody was faster
                os.close(self.fd)
        os.ftruncate(backing, full.st_size)
        os.utime(backing, ns=(full.st_atime_ns, full.st_mtime_ns))
        os.close(backing)

    def capacity(self):
        return struct.unpack("Q", fcntl.ioctl(self.fd, BLKGETSIZE64, bytes(8)))[0]

    def check(self, files):
        size = len(pool.content(files[self.image])) // 512 * 512
        if self.capacity() == size:
            return []
        return [f"the loop device has {self.capacity()} bytes, not {size}"]

    def detach(self):
        fcntl.ioctl(self.fd, LOOP_CLR_FD)
        os.close(self.fd)


@contextlib.contextmanager
def attached(sweep, scenario, crash=None):
    """The scenario's pool; after CRASH, if given."""
    pool.make(sweep.top, scenario.before)
    image, _, size = scenario.loop.partition("=")
    device = Device(sweep.top, image, size) if image else Nothing()
    try:
        if crash:
            crash()
        yield device
    finally:
        if image:
            device.detach()
