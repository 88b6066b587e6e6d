# SPDX-License-Identifier: MIT
"""Either driver carries on where the other stopped: file-reflink, or this one, by driver= alone."""

import os
import unittest

from qubes.storage.reflink import ReflinkPool
from service import MIB, ReflinkctlPool, Volumes, make_volume, read, write

OTHER = {ReflinkPool: ReflinkctlPool, ReflinkctlPool: ReflinkPool}


class Turns(Volumes):
    def other(self, volume):
        """The volume after a change of driver= in qubes.xml, with its other attributes."""
        options = volume.pool.config
        self.assertEqual(options.pop("driver"), type(volume.pool).driver)
        properties = {name: value for name, value in volume.config.items()
                      if name not in ("pool", "source", "vid", "name")}
        source = volume.source and self.other(volume.source)
        pool = source.pool if source else OTHER[type(volume.pool)](**options)
        return make_volume(pool, volume.vid, source=source, **properties)

    def each_first(self, vid, **properties):
        """A volume of the one driver, then one of the other."""
        for number, driver in enumerate(OTHER):
            pool = driver(name="tested", dir_path=self.pool.dir_path)
            prefix, vm, name = vid.split("/")
            yield make_volume(pool, f"{prefix}/{vm}{number}/{name}", rw=True, **properties)

    def files(self, volume):
        """Without the times of revisions."""
        directory = os.path.dirname(volume.path)
        return sorted(name.partition("@")[0] for name in os.listdir(directory))

    def clean(self, volume):
        return self.path(volume.vid + ".img")

    async def test_sessions(self):
        """Started by one, stopped by the other: nothing is missing, and revisions count on."""
        for volume in self.each_first("appvms/a/private", save_on_stop=True, revisions_to_keep=2):
            await volume.create()
            for i in range(6):
                await volume.start()
                if i:
                    self.assertEqual(read(volume.path), f"session {i - 1}")
                write(volume.path, f"session {i}")
                if i % 2:  # not each time: a precache is used by who made it, and by the other
                    volume = self.other(volume)
                    self.assertTrue(volume.is_dirty())
                    await volume.start()
                    self.assertEqual(read(volume.path), f"session {i}")
                await volume.stop()
                if i % 3 == 0:
                    volume = self.other(volume)
                self.assertEqual(read(self.clean(volume)), f"session {i}")
                self.assertEqual(list(volume.revisions), [str(n + 1) for n in (i - 1, i) if n >= 0])
                self.assertEqual(
                    [read(f"{self.clean(volume)}.{number}@{when}Z")
                     for number, when in volume.revisions.items()],
                    [f"session {n}" if n >= 0 else "" for n in (i - 2, i - 1) if n >= -1])
                self.assertEqual(volume.revisions, self.other(volume).revisions)
            self.assertEqual(self.files(volume), [
                "private-precache.img", "private.img", "private.img.5", "private.img.6"])

    async def test_transitions(self):
        """Reverted, resized, imported, removed by the one that didn't do what was before."""
        for volume in self.each_first("appvms/a/private", save_on_stop=True, revisions_to_keep=3):
            await self.install(volume, "one")
            volume = self.other(volume)
            await self.install(volume, "two")
            volume = self.other(volume)
            await volume.revert()
            self.assertEqual(read(self.clean(volume)), "one")
            volume = self.other(volume)
            await volume.revert("3")
            self.assertEqual(read(self.clean(volume)), "two")
            volume = self.other(volume)
            await volume.resize(2 * MIB)
            volume = self.other(volume)
            await volume.start()
            self.assertEqual(os.stat(volume.path).st_size, 2 * MIB)
            self.assertEqual(read(volume.path), "two")
            await volume.stop()
            write(await volume.import_data(MIB), "imported")
            volume = self.other(volume)
            await volume.import_data_end(True)
            self.assertEqual((read(self.clean(volume)), volume.size), ("imported", MIB))
            await volume.import_data(MIB)  # and given up
            volume = self.other(volume)
            await volume.start()
            self.assertFalse(os.path.exists(self.path(volume.vid + "-import.img")))
            self.assertEqual(read(volume.path), "imported")
            volume = self.other(volume)
            await volume.remove()
            self.assertFalse(os.path.exists(os.path.dirname(volume.path)))

    async def test_snapshots(self):
        """A running VM is outdated, or not, for both; and each starts from the other's template."""
        for template in self.each_first("vm-templates/t/root", save_on_stop=True):
            await self.install(template, "installed")
            vm = template.vid.split("/")[1]
            root = make_volume(template.pool, f"appvms/{vm}/root", snap_on_start=True,
                               source=template)
            await root.create()
            for text in "installed", "upgraded", "upgraded again":
                if text != "installed":
                    await self.install(template, text)
                    self.assertTrue(root.is_outdated())
                    root = self.other(root)
                    self.assertTrue(root.is_outdated())
                    await root.stop()
                    self.assertEqual(self.files(root), [])
                await root.start()
                self.assertEqual(read(root.path), text)
                write(root.path, "lost")
                self.assertFalse(root.is_outdated())
                self.assertFalse(self.other(root).is_outdated())
                template = self.other(template)
            await root.remove()

    async def test_disabled(self):
        """revisions_to_keep -1, where the dirty image may be the only one."""
        for volume in self.each_first("appvms/a/private", save_on_stop=True, revisions_to_keep=2):
            await self.install(volume, "before")
            volume.revisions_to_keep = -1
            for text in "one", "two", "three":
                volume = self.other(volume)
                await volume.start()
                # The revisions go with the start of the one, with the stop of the other.
                self.assertEqual(set(self.files(volume)) - {"private.img.1"},
                                 {"private-dirty.img"})
                write(volume.path, text)
                if text == "two":
                    volume = self.other(volume)  # after a crash
                    await volume.start()
                await volume.stop()
                self.assertEqual(self.files(volume), ["private.img"])
                self.assertEqual(read(self.clean(volume)), text)
            volume.revisions_to_keep = 1
            await self.install(self.other(volume), "after")
            self.assertEqual(list(volume.revisions), ["1"])


if __name__ == "__main__":
    unittest.main()
