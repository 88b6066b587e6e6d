# SPDX-License-Identifier: MIT
"""The mark that an image is a copy of another (subcmd/image/mark.h): what it must be, and what it is."""

import ctypes
import os

OF, LOST = "user.reflinkctl.of", "user.reflinkctl.lost"
AT_FDCWD, AT_SYMLINK_NOFOLLOW, STATX_BTIME = -100, 0x100, 0x800


class Time(ctypes.Structure):
    _fields_ = [("sec", ctypes.c_int64), ("nsec", ctypes.c_uint32), ("reserved", ctypes.c_int32)]


class Statx(ctypes.Structure):
    _fields_ = [("mask", ctypes.c_uint32), ("rest", ctypes.c_uint8 * 76), ("btime", Time),
                ("more", ctypes.c_uint8 * 256)]


LIBC = ctypes.CDLL(None, use_errno=True)


def birth_time(path):
    buffer = Statx()
    if LIBC.statx(AT_FDCWD, os.fsencode(path), AT_SYMLINK_NOFOLLOW, STATX_BTIME,
                  ctypes.byref(buffer)) < 0:
        raise OSError(ctypes.get_errno(), "statx", path)
    return (buffer.btime.sec, buffer.btime.nsec) if buffer.mask & STATX_BTIME else (0, 0)


def of(path):
    """The mark of a copy of the image PATH as it is now."""
    st = os.lstat(path)
    born, born_ns = birth_time(path)
    mtime, mtime_ns = divmod(st.st_mtime_ns, 1000000000)
    return f"1 {st.st_ino} {mtime}.{mtime_ns:09} {born}.{born_ns:09} {st.st_size}"


def mtime(mark):
    """The time of the last write in a mark, in nanoseconds; None if there is none."""
    words = mark.split()
    return int(words[2].replace(".", "")) if len(words) > 4 else None


def get(path, name=OF):
    """What is on PATH; "" if nothing is."""
    try:
        return os.getxattr(path, name, follow_symlinks=False).decode()
    except OSError:
        return ""


def put(path, image, role=""):
    """Mark PATH as a copy of IMAGE: a precache of the volume's own, or of its " source"."""
    os.setxattr(path, OF, (of(image) + role).encode(), follow_symlinks=False)
