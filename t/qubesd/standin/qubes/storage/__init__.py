# SPDX-License-Identifier: MIT
"""The base classes of storage drivers: what a driver inherits, and what it is made with."""

import asyncio
import functools
from types import SimpleNamespace


class Pool:
    def __init__(self, *, name, revisions_to_keep=1, ephemeral_volatile=False):
        self.name = name
        self.revisions_to_keep = revisions_to_keep
        self.ephemeral_volatile = str(ephemeral_volatile) in ("True", "1", "on")


class Volume:
    def __init__(self, name, pool, vid, *, revisions_to_keep=0, rw=False, save_on_stop=False,
                 size=0, snap_on_start=False, source=None, ephemeral=None):
        assert isinstance(pool, Pool)
        assert bool(source) == snap_on_start
        assert not source or source.pool is pool
        self.name, self.pool, self.vid, self.source = name, pool, vid, source
        self.revisions_to_keep = int(revisions_to_keep)
        self.rw, self.save_on_stop, self.snap_on_start = rw, save_on_stop, snap_on_start
        self.ephemeral = bool(ephemeral)
        self._size = int(size)
        self._lock = asyncio.Lock()

    @staticmethod
    def locked(method):
        """One such method of a volume at a time."""
        @functools.wraps(method)
        async def in_turn(self, *args, **kwargs):
            async with self._lock:
                return await method(self, *args, **kwargs)
        return in_turn

    async def export_end(self, path):
        """Nothing, unless a driver does something."""

    def block_device(self):
        """What libvirt gives to the VM."""
        return SimpleNamespace(path=self.path, name=self.name, rw=self.rw)

    @property
    def config(self):
        """The attributes in qubes.xml."""
        config = {name: getattr(self, name) for name in (
            "name", "vid", "revisions_to_keep", "rw", "save_on_stop", "snap_on_start")}
        config["pool"] = self.pool.name
        if self.size:
            config["size"] = self.size
        if self.source:
            config["source"] = self.source.vid
        return config

    @property
    def snapshots_disabled(self):
        return self.revisions_to_keep == -1 and self.save_on_stop and not self.snap_on_start
