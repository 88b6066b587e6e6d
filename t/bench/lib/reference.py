# SPDX-License-Identifier: MIT
"""The transitions in the manner of a driver inside a long-running Python service.

Every deed is made durable at once: a copy is a temporary file, a reflink, an fsync, a rename and an
fsync of the directory; a rename or a removal is followed by an fsync of the directory.  A commit
makes a revision by a reflink copy, prunes, flushes the image and renames it; then it makes the
precache by a second copy.  Each function gets the VM's directory and names in it.
"""

import fcntl
import os
import tempfile

FICLONE = 0x40049409


def fsync(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def rename(source, target):
    os.rename(source, target)
    fsync(os.path.dirname(target))


def remove(path):
    os.remove(path)
    fsync(os.path.dirname(path))


def copy(source, target, size=None, dated=False):
    directory = os.path.dirname(target)
    with tempfile.NamedTemporaryFile(dir=directory, prefix=os.path.basename(target) + "~",
                                     delete=False) as new:
        if source:
            with open(source, "rb") as old:
                fcntl.ioctl(new.fileno(), FICLONE, old.fileno())
                if dated:
                    stat = os.fstat(old.fileno())
                    os.utime(new.fileno(), ns=(stat.st_atime_ns, stat.st_mtime_ns))
        if size is not None:
            new.truncate(size)
        os.fsync(new.fileno())
    rename(new.name, target)


def commit(dirty, clean, new_revision, old_revision):
    copy(clean, new_revision, dated=True)
    remove(old_revision)
    fsync(dirty)
    rename(dirty, clean)


def run(step, directory, *names):
    """The same steps and names as limit.c's."""
    paths = [os.path.join(directory, name) for name in names]
    if step == "create":
        copy(None, paths[0], int(names[1]))
    elif step == "start-precached":
        rename(*paths[:2])
    elif step == "start":
        copy(*paths)
    elif step == "snapshot":
        copy(paths[0], paths[1], dated=True)
        copy(paths[1], paths[2])
    elif step == "stop":
        commit(*paths[:4])
        copy(paths[1], paths[4], dated=True)
    elif step == "revert":
        copy(paths[1], paths[2], dated=True)
        rename(paths[0], paths[1])
    elif step == "discard":
        remove(paths[0])
    elif step == "resize":
        copy(paths[0], paths[0], int(names[1]))
    elif step == "remove":
        for path in paths:
            remove(path)
        os.rmdir(directory)
        fsync(os.path.dirname(directory))
