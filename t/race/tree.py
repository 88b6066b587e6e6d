# SPDX-License-Identifier: MIT
"""What holds of a VM's directory whenever its lock can be had.

Every content is one unit: UNIT bytes, the same number in each quarter of a KiB, and then zeros.  So an image
that is written half, or by two, shows.  To write a dirty image, and to look, takes the VM's lock,
as the tool does: a VM is never at work while its volume is committed.
"""

import contextlib
import fcntl
import os
import re
import stat

import mark

BLOCK = 4096
UNIT = 8 * BLOCK
REVISION = re.compile(r"(?P<volume>.*)\.img\.(?P<number>[1-9][0-9]*|0)@[-0-9]{10}T[:0-9]{8}Z")
TEMPORARY = re.compile(r".*~[A-Za-z0-9_]{8}")


def unit(serial):
    return (b"%020d" % serial + bytes(range(236))) * (UNIT // 256)


def names(fd):
    """What is in a directory now: on btrfs a descriptor lists what was there when it was opened."""
    now = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=fd)
    try:
        return os.listdir(now)
    finally:
        os.close(now)


def is_whole(content):
    """Is it one unit, or nothing but zeros?"""
    size = len(content)
    return size >= UNIT and content == (content[:256] * (UNIT // 256)).ljust(size, b"\0")


class Tree:
    def __init__(self, pool, complain):
        self.pool, self.complain = pool, complain
        self.seen = {}  # (device, inode, mtime, ctime): what the unit there begins with
        self.checks = 0
        self.prepared = 0  # snapshots that started so, and were looked at

    def vms(self):
        return [f"{top}/{vm}" for top in ("appvms", "vm-templates")
                for vm in sorted(os.listdir(os.path.join(self.pool, top)))]

    @contextlib.contextmanager
    def locked(self, vm):
        """The directory of the VM, with its lock; None if there is none."""
        while True:
            try:
                fd = os.open(os.path.join(self.pool, vm), os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:
                yield None
                return
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)
                if os.fstat(fd).st_nlink:
                    yield fd
                    return
            finally:
                os.close(fd)

    def write(self, vid, content, kind="dirty"):
        """Fill the dirty or the import image if it is there.  Returns whether it was."""
        with self.locked(os.path.dirname(vid)) as fd:
            return fd is not None and self.write_locked(fd, vid, content, kind)

    def write_locked(self, fd, vid, content, kind="dirty"):
        name = f"{os.path.basename(vid)}-{kind}.img"
        try:
            image = os.open(name, os.O_WRONLY | os.O_NOFOLLOW, dir_fd=fd)
        except FileNotFoundError:
            return False
        if os.fstat(image).st_nlink != 1:
            self.complain(f"{vid}: the {kind} image to write to has several names")
        for at in range(0, UNIT, BLOCK):
            os.pwrite(image, content[at:at + BLOCK], at)
        os.close(image)
        return True

    def unit_of(self, fd, vm, name):
        """What the unit in an image begins with; complains if that isn't whole."""
        image = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=fd)
        try:
            status = os.fstat(image)
            key = (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
            if key not in self.seen:
                content = os.pread(image, status.st_size + 1, 0)
                if not is_whole(content):
                    self.complain(f"{vm}/{name}: mixed content: {content[:20]} {content[-276:-256]}")
                self.seen[key] = content[:20]
            return self.seen[key]
        finally:
            os.close(image)

    def units(self, fd, vid):
        """File names and units of a volume: dirty, clean, and revisions."""
        name = os.path.basename(vid)
        found = {}
        for file in names(fd):
            match = REVISION.fullmatch(file)
            if file in (f"{name}.img", f"{name}-dirty.img") or match and match["volume"] == name:
                found[file] = self.unit_of(fd, os.path.dirname(vid), file)
        return found

    def put_aside(self, vid):
        """Units of a volume in lost/, where what fsck tells puts a dirty image older than an import."""
        vm, name = os.path.split(vid)
        folder = os.path.join(self.pool, "lost", vm)
        if not os.path.isdir(folder):
            return []
        fd = os.open(folder, os.O_RDONLY)
        found = [self.unit_of(fd, vm, file) for file in names(fd) if file.startswith(f"{name}-dirty.img")]
        os.close(fd)
        return found

    def leftovers(self, vm):
        with self.locked(vm) as fd:
            found = names(fd) if fd is not None else []
        return [name for name in found if TEMPORARY.fullmatch(name) or name.endswith("-import.img")]

    def check_snapshot(self, vid):
        """A dirty image that was prepared, and not written to since, is of the clean image's state: a
        link of the source's, or a marked copy.  (Where a start was killed, that needn't be.)"""
        with self.locked(os.path.dirname(vid)) as fd:
            clean, dirty = (os.path.join(self.pool, vid + end) for end in (".img", "-dirty.img"))
            if fd is None or not os.path.exists(clean) or not os.path.exists(dirty):
                return
            prepared_from = mark.get(dirty).removesuffix(" source")
            if mark.mtime(prepared_from) != os.stat(dirty).st_mtime_ns:
                return
            if prepared_from not in (mark.of(clean), mark.get(clean).removesuffix(" state")):
                self.complain(f"{vid}: dirty is of {prepared_from}, clean is {mark.of(clean)}")
            self.prepared += 1

    def check_vm(self, vm):
        numbers = set()
        with self.locked(vm) as fd:
            for name in names(fd) if fd is not None else ():
                status = os.stat(name, dir_fd=fd, follow_symlinks=False)
                if not stat.S_ISREG(status.st_mode):
                    self.complain(f"{vm}/{name} is no regular file")
                elif not TEMPORARY.fullmatch(name):
                    self.unit_of(fd, vm, name)
                match = REVISION.fullmatch(name)
                if match and match.group("volume", "number") in numbers:
                    self.complain(f"{vm}/{name}: a number twice")
                if match:
                    numbers.add(match.group("volume", "number"))
        self.checks += 1
