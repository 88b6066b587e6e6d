# SPDX-License-Identifier: MIT
"""Pools for one run, some with a loop device on an image."""

import contextlib
import ctypes
import fcntl
import os
import stat
import struct

import pool
from scenario import IMAGES

LOOP_SET_FD, LOOP_CLR_FD, LOOP_CTL_GET_FREE = 0x4c00, 0x4c01, 0x4c82
BLKGETSIZE64 = 0x80081272
MS_REC, MS_PRIVATE, CLONE_NEWNS = 0x4000, 0x40000, 0x20000


def isolate():
    """Have a /dev of our own.  The program looks at each loop device, so those of others, which
    come and go, would change which call is its Nth."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) or \
            libc.mount(b"none", b"/dev", b"tmpfs", 0, b"mode=755"):
        raise OSError(ctypes.get_errno(), "cannot have a /dev of our own")
    os.mknod("/dev/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    os.mknod("/dev/loop-control", stat.S_IFCHR | 0o600, os.makedev(10, 237))


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
            self.node = f"/dev/loop{number}"
            os.mknod(self.node, stat.S_IFBLK | 0o600, os.makedev(7, number))
            self.fd = os.open(self.node, os.O_RDWR)
            try:
                fcntl.ioctl(self.fd, LOOP_SET_FD, backing)
                break
            except OSError: # somebody was faster
                self.forget()
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

    def forget(self):
        os.close(self.fd)
        os.unlink(self.node)

    def detach(self):
        fcntl.ioctl(self.fd, LOOP_CLR_FD)
        self.forget()


@contextlib.contextmanager
def attached(sweep, scenario, crash=None):
    """The scenario's pool; after CRASH, if given."""
    pool.make(sweep.top, scenario.before)
    if scenario.base:
        pool.identify(sweep.top, "appvms/a/private.img", scenario.base)
    image, _, size = scenario.loop.partition("=")
    device = Device(sweep.top, image, size) if image else Nothing()
    try:
        if crash:
            crash()
        yield device
    finally:
        if image:
            device.detach()
