# SPDX-License-Identifier: MIT
"""File systems on loop devices, and the disk that remembers (disk.c) under them.

Nothing outlives us, however we end: all is mounted in a namespace of our own, loop devices are
set to clear themselves upon their last close, the images are on a tmpfs in that namespace, and the
FUSE server dies with us.  A server that has died fails the I/O of what is mounted on it; it is one
that lives without answering which would make it hang.  The order of an orderly end is: umount,
close the loop device, unmount the server.
"""

import contextlib
import ctypes
import errno
import fcntl
import os
import struct
import subprocess
import time

libc = ctypes.CDLL(None, use_errno=True)

MS_NOATIME, MS_REC, MS_PRIVATE, CLONE_NEWNS = 0x400, 0x4000, 0x40000, 0x20000
LOOP_CONFIGURE, LOOP_CTL_GET_FREE = 0x4C0A, 0x4C82
LO_AUTOCLEAR, LO_DIRECT_IO = 4, 16

MKFS = {
    "btrfs": (128 << 20, ["mkfs.btrfs", "-q"]),
    "xfs": (300 << 20, ["mkfs.xfs", "-q", "-m", "reflink=1"]),
    "ext4": (64 << 20, ["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0"]),
}


class Broken(Exception):
    """The machine itself doesn't work."""


def _check(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def _patiently(deed):
    """Closed loop devices take their time to let go, and may be taken by somebody else: try for
    five seconds."""
    for _ in range(500):
        try:
            return deed()
        except OSError as error:
            if error.errno not in (errno.EBUSY, errno.ENXIO):
                raise Broken(error) from error
            last = error
        time.sleep(0.01)
    raise Broken(last)


def isolate(scratch):
    """Mounts from here on are ours alone, and end with us.  The first is a tmpfs at SCRATCH."""
    _check(libc.unshare(CLONE_NEWNS), "unshare")
    _check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "mount --make-rprivate")
    mount("tmpfs", scratch, "tmpfs")


def mount(device, where, fs):
    _check(libc.mount(device.encode(), where.encode(), fs.encode(), MS_NOATIME, None),
           f"mount {fs}")


def unmount(where):
    _patiently(lambda: _check(libc.umount2(where.encode(), 0), f"umount {where}"))


def make_filesystem(path, fs):
    size, command = MKFS[fs]
    with open(path, "wb") as image:
        image.truncate(size)
    subprocess.run([*command, path], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["fallocate", "--dig-holes", path], check=True)


class Loop:
    """A loop device on the file PATH, until close() and the last unmount."""

    def __init__(self, path, direct=False):
        backing = os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_DIRECT if direct else 0))
        flags = LO_AUTOCLEAR | (LO_DIRECT_IO if direct else 0)
        info = struct.pack("5Q4I64s64s32s2Q", 0, 0, 0, 0, 0, 0, 0, 0, flags, b"", b"", b"", 0, 0)
        config = struct.pack("2I", backing, 512) + info + bytes(64)
        try:
            self.fd = _patiently(lambda: self.configure(config))
        finally:
            os.close(backing)

    def configure(self, config):
        with open("/dev/loop-control", "rb") as control:
            self.path = f"/dev/loop{fcntl.ioctl(control, LOOP_CTL_GET_FREE)}"
        fd = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.ioctl(fd, LOOP_CONFIGURE, config)
        except OSError:
            os.close(fd)
            raise
        return fd

    def close(self):
        os.close(self.fd)


class Plain:
    """The file system in the file IMAGE, mounted at WHERE: with Plain(...) as rig."""

    def __init__(self, fs, image, where):
        self.fs, self.image, self.where = fs, image, where

    def mark(self, text):
        pass

    def __enter__(self):
        loop = Loop(self.image)
        try:
            mount(loop.path, self.where, self.fs)
        finally:
            loop.close()
        return self

    def __exit__(self, *_):
        unmount(self.where)


class Recorded:
    """The same on the disk that remembers.  LOG is complete afterwards, and IMAGE what it says."""

    def __init__(self, fs, image, where, log, server, *options):
        self.fs, self.image, self.where, self.log = fs, image, where, log
        self.command = [server, *options, where + ".disk", image, log]

    def mark(self, text):
        os.write(self.marks, text.encode())

    def __enter__(self):
        disk = self.where + ".disk"
        os.makedirs(disk, exist_ok=True)
        self.server = subprocess.Popen(self.command, stdout=subprocess.PIPE)
        if self.server.stdout.readline() != b"ready\n":
            raise Broken("the server of the disk doesn't start")
        self.marks = os.open(disk + "/mark", os.O_WRONLY | os.O_CLOEXEC)
        self.loop = None
        try:
            self.loop = Loop(disk + "/disk", direct=True)
            mount(self.loop.path, self.where, self.fs)
        except BaseException:
            self.end(mounted=False)
            raise
        return self

    def __exit__(self, *_):
        self.end(mounted=True)

    def end(self, mounted):
        with contextlib.ExitStack() as end:  # backwards, whatever fails
            end.callback(self.wait)
            end.callback(unmount, self.where + ".disk")
            end.callback(os.close, self.marks)
            if self.loop:
                end.callback(self.loop.close)
            if mounted:
                end.callback(unmount, self.where)

    def wait(self):
        self.server.stdout.close()
        if self.server.wait(10) != 0:
            raise Broken("the server of the disk has failed")
