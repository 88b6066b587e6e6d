# SPDX-License-Identifier: MIT
"""What the driver file-reflink does to the files of a pool, and in what order; nothing more.

reflinkctl(5) describes the files; t/qubesd/core-admin has the real driver in its
place.
"""

import contextlib
import glob
import os
import subprocess
import time

from qubes.storage import Pool, Volume


class ReflinkPool(Pool):
    driver = "file-reflink"

    def __init__(self, *, name, revisions_to_keep=1, dir_path, setup_check=True,
                 ephemeral_volatile=False):
        super().__init__(name=name, revisions_to_keep=revisions_to_keep,
                         ephemeral_volatile=ephemeral_volatile)
        self.dir_path = dir_path

    @property
    def config(self):
        return {"driver": self.driver, **{name: getattr(self, name) for name in (
            "name", "dir_path", "revisions_to_keep", "ephemeral_volatile")}}

    def init_volume(self, vm, config):
        vid = f"{vm.dir_path_prefix}/{vm.name}/{config['name']}"
        return ReflinkVolume(**{"revisions_to_keep": self.revisions_to_keep, "vid": vid, **config,
                                "pool": self})


def copy(source, target, dated=False):
    """TARGET appears whole; it has the time of SOURCE if it is to be DATED."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    temp = target + "~12345678"
    subprocess.run(["cp", "--reflink=auto", "--sparse=always", source, temp], check=True)
    if dated:
        time_ns = os.stat(source).st_mtime_ns
        os.utime(temp, ns=(time_ns, time_ns))
    os.rename(temp, target)


def make(target, size):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as image:
        image.truncate(size)


def remove(path):
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)


class ReflinkVolume(Volume):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        stem = f"{self.pool.dir_path}/{self.vid}"
        self.stem, self.clean, self.path = stem, stem + ".img", stem + "-dirty.img"
        self.precache, self.imported = stem + "-precache.img", stem + "-import.img"

    @property
    def revisions(self):
        names = (path[len(self.clean) + 1:-1].split("@")
                 for path in glob.glob(self.clean + ".*@*Z"))
        return dict(sorted(names, key=lambda name: int(name[0])))

    @property
    def size(self):
        for path in self.path, self.clean:
            if os.path.exists(path):
                return os.path.getsize(path)
        return self._size

    def name_of(self, number):
        return f"{self.clean}.{number}@{self.revisions[number]}Z"

    def prune(self, keep):
        for number in list(self.revisions)[:-keep or None]:
            remove(self.name_of(number))

    def keep(self):
        if self.revisions_to_keep:
            number = max(map(int, self.revisions), default=0) + 1
            when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(os.stat(self.clean).st_mtime))
            copy(self.clean, f"{self.clean}.{number}@{when}Z")

    def become_clean(self, path):
        remove(self.precache)
        os.rename(path, self.clean)
        if not self.snapshots_disabled:
            copy(self.clean, self.precache, dated=True)

    def tidy(self):
        for path in glob.glob(self.stem + "*.img*~*") + [self.imported]:
            remove(path)

    def is_dirty(self):
        return self.save_on_stop and os.path.exists(self.path)

    def is_outdated(self):
        return self.snap_on_start and not os.path.samefile(self.clean, self.source.clean)

    async def create(self):
        if self.save_on_stop and not self.snap_on_start:
            make(self.clean, self._size)
            copy(self.clean, self.precache, dated=True)
        return self

    async def remove(self):
        self.tidy()
        self.prune(0)
        for path in self.clean, self.precache, self.path:
            remove(path)
        with contextlib.suppress(OSError):  # other volumes are there
            os.rmdir(os.path.dirname(self.path))
        return self

    async def start(self):
        self.tidy()
        if self.snapshots_disabled:
            self.prune(0)
            remove(self.precache)
            if not self.is_dirty():
                os.rename(self.clean, self.path)
        elif self.snap_on_start:
            remove(self.clean)
            os.makedirs(os.path.dirname(self.clean), exist_ok=True)
            os.link(self.source.clean, self.clean)
            copy(self.clean, self.path)
        elif not self.save_on_stop:
            make(self.path, self._size)
        elif not self.is_dirty():
            self.start_saved()
        return self

    def start_saved(self):
        """The precache is taken if it looks like the clean image."""
        looks = [(os.stat(path).st_mtime_ns, os.stat(path).st_size)
                 for path in (self.clean, self.precache) if os.path.exists(path)]
        if len(looks) == 2 and looks[0] == looks[1]:
            os.rename(self.precache, self.path)
        else:
            remove(self.precache)
            copy(self.clean, self.path)

    async def stop(self):
        if self.is_dirty() and self.snapshots_disabled:
            os.rename(self.path, self.clean)
        elif self.is_dirty():
            self.commit(self.path)
        elif not self.save_on_stop:
            remove(self.path)
            remove(self.clean)
        return self

    def commit(self, path):
        self.keep()
        self.prune(self.revisions_to_keep)
        self.become_clean(path)

    async def revert(self, revision=None):
        path = self.name_of(revision or list(self.revisions)[-1])
        self.keep()
        self.become_clean(path)
        return self

    async def resize(self, size):
        if self.is_dirty():
            os.truncate(self.path, size)
        else:
            copy(self.clean, self.imported)
            os.truncate(self.imported, size)
            self.become_clean(self.imported)
        self._size = size
        return self

    async def import_data(self, size):
        make(self.imported, size)
        return self.imported

    async def import_data_end(self, success):
        if success:
            self.commit(self.imported)
        else:
            remove(self.imported)
        return self
