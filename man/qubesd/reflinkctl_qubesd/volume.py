# SPDX-License-Identifier: MIT
"""A volume: what qubesd calls, each a process of reflinkctl."""

import contextlib
import os

import qubes.exc
import qubes.storage
import qubes.utils

from reflinkctl_qubesd.process import DONE, MISSING


class ReflinkctlVolume(qubes.storage.Volume):
    """The images of one volume, named by its vid.

    How many revisions are to be kept is always said, since without a number none is ever dropped.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._reflinkctl = self.pool.reflinkctl
        self._clean = os.path.join(self.pool.dir_path, self.vid + ".img")
        self.path = os.path.join(self.pool.dir_path, self.vid + "-dirty.img")
        # After a create() that failed: what there is may be what it found, and isn't ours.
        self._is_anothers = False

    @property
    def _kind(self):
        if self.snap_on_start:
            return [f"--snap-on-start={self.source.vid}"] + ["--save-on-stop"] * self.save_on_stop
        return [] if self.save_on_stop else ["--volatile"]

    @property
    def _retention(self):
        words = [f"--revisions-to-keep={self.revisions_to_keep}"]
        if self.pool.keep_older_than:
            words.append(f"--keep-older-than={self.pool.keep_older_than}")
        return words

    def _require_saved(self, verb):
        if not self.save_on_stop:
            raise NotImplementedError(f"Cannot {verb}: {self.vid} is not save_on_stop")

    @qubes.storage.Volume.locked
    async def create(self):
        """Refused where there are images.

        qubesd then stops and removes all volumes of the VM that it couldn't create, this one too.
        """
        self._is_anothers = True
        if self.save_on_stop and not self.snap_on_start:
            await self._reflinkctl.run("create", f"--size={self._size}", self.vid)
        else:  # there may be no image of a volume that is saved
            await self._reflinkctl.run("verify", "--volatile", self.vid)
        self._is_anothers = False
        return self

    @qubes.storage.Volume.locked
    async def remove(self):
        """With all that was written; refused while somebody writes, or a revision is pinned."""
        if not self._is_anothers:
            await self._reflinkctl.run("remove", "--discard", self.vid, answers=(DONE, MISSING))
        self.pool.forget_volume(self)
        return self

    @qubes.storage.Volume.locked
    async def start(self):
        size = [] if self.save_on_stop or self.snap_on_start else [f"--size={self._size}"]
        await self._reflinkctl.run("start", *self._kind, *size, self._retention[0], self.vid)
        return self

    @qubes.storage.Volume.locked
    async def stop(self):
        if self._is_anothers:
            return self
        if not self.save_on_stop and not self.snap_on_start:
            self._size = self.size  # the VM may have been resized
        # qubesd stops what it removes, even if that is gone; but what was written is committed.
        is_there = os.path.exists(self.path)
        answers = (DONE,) if is_there else (DONE, MISSING)
        words = [*self._kind, *self._retention]
        if self.pool.precache_snapshots and self.snap_on_start and is_there:
            words.append("--precache")
        await self._reflinkctl.run("stop", *words, self.vid, answers=answers)
        return self

    @qubes.storage.Volume.locked
    async def revert(self, revision=None):
        await self._reflinkctl.run("revert", self.vid, *([revision] if revision else []))
        return self

    @qubes.storage.Volume.locked
    async def resize(self, size):
        if not self.rw:
            raise qubes.exc.StoragePoolException(f"Cannot resize: {self.vid} is read-only")
        # What isn't saved has an image only while the VM runs; the next start makes it so large.
        if os.path.exists(self.path) or (self.save_on_stop and not self.snap_on_start):
            await self._reflinkctl.run("resize", self.vid, str(size))
        self._size = size
        return self

    async def export(self):
        self._require_saved("export")
        return (await self._reflinkctl.run("export", self.vid))[1]

    @qubes.storage.Volume.locked
    async def import_data(self, size):
        self._require_saved("import_data")
        return (await self._reflinkctl.run("import-begin", f"--size={size}", self.vid))[1]

    @qubes.storage.Volume.locked
    async def import_data_end(self, success):
        if success:
            await self._reflinkctl.run("import-end", *self._retention, self.vid)
        else:
            await self._reflinkctl.run("import-end", "--abort", self.vid, answers=(DONE, MISSING))
        return self

    @qubes.storage.Volume.locked
    async def import_volume(self, src_volume):
        """Of whatever pool, by the path that it exports."""
        if self.save_on_stop:
            path = await qubes.utils.coro_maybe(src_volume.export())
            try:
                await self._reflinkctl.run("import", *self._retention, self.vid, path)
            finally:
                await qubes.utils.coro_maybe(src_volume.export_end(path))
        return self

    async def verify(self):
        await self._reflinkctl.run("verify", *self._kind, self.vid)
        return True

    def is_dirty(self):
        return self.save_on_stop and self._reflinkctl.ask("is-dirty", self.vid)[0] == DONE

    def is_outdated(self):
        if not self.snap_on_start or self.save_on_stop:
            return False
        source = f"--snap-on-start={self.source.vid}"
        return self._reflinkctl.ask("is-outdated", source, self.vid)[0] == DONE

    @property
    def revisions(self):
        """{"7": "2018-01-02T03:04:05"}, oldest first."""
        found = self._reflinkctl.value("revisions", self.vid) or []
        return {str(item["revision"]): item["time"].rstrip("Z") for item in found}

    @property
    def size(self):
        """No process: qubesd asks twice for each volume whenever it writes qubes.xml."""
        for path in (self.path, self._clean):
            with contextlib.suppress(FileNotFoundError):
                return os.stat(path).st_size
        return self._size

    @property
    def usage(self):
        return (self._reflinkctl.value("info", self.vid) or {"usage": 0})["usage"]
