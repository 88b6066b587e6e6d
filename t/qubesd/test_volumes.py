# SPDX-License-Identifier: MIT
"""What qubesd can rely on: the pools and volumes of the driver."""

import os
import time
import unittest

from qubes.exc import StoragePoolException
from service import MIB, Volumes, make_pool, make_volume, read, write

DAY = 24 * 3600


class Life(Volumes):
    def kept(self, volume):
        """What the revisions have, oldest first."""
        return [read(self.path(f"{volume.vid}.img.{number}@{when}Z"))
                for number, when in volume.revisions.items()]

    async def test_saved(self):
        volume = self.private(revisions_to_keep=2)
        self.assertIs(await volume.create(), volume)
        self.assertTrue(await volume.verify())
        path = volume.block_device().path
        self.assertEqual(path, self.path("appvms/a/private-dirty.img"))
        for text in "one", "two", "three":
            self.assertFalse(volume.is_dirty())
            self.assertIs(await volume.start(), volume)
            self.assertTrue(volume.is_dirty())
            await volume.start()
            write(path, text)
            with self.assertRaisesRegex(StoragePoolException, "stop"):
                await volume.revert()
            await volume.stop()
        await volume.stop()
        self.assertEqual(list(volume.revisions), ["2", "3"])
        self.assertRegex(volume.revisions["3"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")
        self.assertFalse(volume.is_outdated())
        await volume.revert("2")
        self.assertEqual(read(self.path("appvms/a/private.img")), "one")
        await volume.revert()
        self.assertEqual(read(self.path("appvms/a/private.img")), "three")
        with self.assertRaisesRegex(StoragePoolException, "no revision|find"):
            await volume.revert("7")
        await volume.start()
        with open(path, "r+b"), self.assertRaisesRegex(StoragePoolException, "writing"):
            await volume.remove()
        self.assertEqual(self.pool.list_volumes(), [volume])
        await volume.remove()
        await volume.stop()
        await volume.remove()
        self.assertEqual(os.listdir(self.path("appvms")), [])
        self.assertEqual((volume.revisions, volume.usage, volume.size), ({}, 0, MIB))
        self.assertFalse(volume.is_dirty())

    async def test_snapshot(self):
        template = await self.template()
        root = await self.root(template).create()
        await root.verify()
        await root.start()
        self.assertEqual(read(root.path), "installed")
        write(root.path, "lost")
        self.assertFalse(root.is_outdated())
        self.assertFalse(root.is_dirty())
        await self.install(template, "upgraded")
        self.assertTrue(root.is_outdated())
        await root.stop()
        await root.start()
        self.assertEqual(read(root.path), "upgraded")
        self.assertFalse(root.is_outdated())
        await root.stop()
        with self.assertRaises(NotImplementedError):
            await root.export()
        with self.assertRaises(NotImplementedError):
            await root.import_data(MIB)
        await template.remove()
        with self.assertRaisesRegex(StoragePoolException, "vm-templates/t/root"):
            await root.verify()

    async def test_prepared_snapshot(self):
        """It starts from what its stop made of the template, unless that has changed since."""
        template = await self.template()
        self.pool.precache_snapshots = True
        root = await self.root(template).create()
        prepared = self.path("appvms/a/root-precache.img")
        await root.start()
        await root.stop()
        number = os.stat(prepared).st_ino
        await root.start()
        self.assertEqual(os.stat(root.path).st_ino, number)
        await root.stop()
        await self.install(template, "upgraded")
        await root.start()
        self.assertEqual(read(root.path), "upgraded")
        await root.stop()
        await self.private().create()  # so that the directory stays
        await root.remove()
        await root.stop()
        self.assertEqual(os.listdir(self.path("appvms/a")), ["private.img"])

    async def test_origin_snapshot(self):
        """Both: each start is from the template, and what was saved is a revision."""
        template = await self.template()
        root = await self.root(template, save_on_stop=True, revisions_to_keep=2).create()
        await root.start()
        write(root.path, "mine")
        await root.stop()
        self.assertEqual(read(await root.export()), "mine")
        await root.start()
        self.assertEqual(read(root.path), "installed")
        self.assertTrue(root.is_dirty())
        self.assertFalse(root.is_outdated())
        self.assertEqual(self.kept(root), ["mine"])

    async def test_disabled(self):
        """revisions_to_keep -1: nothing but one image, called dirty while the VM runs."""
        volume = await self.private(revisions_to_keep=-1).create()
        self.assertTrue(volume.snapshots_disabled)
        await self.install(volume, "one")
        await volume.start()
        self.assertEqual(os.listdir(self.path("appvms/a")), ["private-dirty.img"])
        self.assertEqual(read(volume.path), "one")
        await volume.stop()
        self.assertEqual(os.listdir(self.path("appvms/a")), ["private.img"])

    async def test_resize(self):
        volume = await self.private().create()
        await volume.resize(2 * MIB)
        self.assertEqual(volume.size, 2 * MIB)
        with self.assertRaisesRegex(StoragePoolException, "shrink"):
            await volume.resize(MIB)
        await volume.start()
        await volume.resize(3 * MIB)
        self.assertEqual((os.stat(volume.path).st_size, volume.size), (3 * MIB, 3 * MIB))
        await volume.stop()
        self.assertEqual((volume.size, volume.config["size"]), (3 * MIB, 3 * MIB))
        with self.assertRaisesRegex(StoragePoolException, "read-only"):
            await self.private(rw=False).resize(4 * MIB)
        # What isn't saved keeps its size for the next start, wherever it got it.
        scratch = make_volume(self.pool, "appvms/a/volatile")
        await scratch.resize(2 * MIB)
        await scratch.start()
        self.assertEqual(scratch.size, 2 * MIB)
        await scratch.resize(3 * MIB)
        self.assertEqual(os.stat(scratch.path).st_size, 3 * MIB)
        os.truncate(scratch.path, 4 * MIB)  # by a person
        await scratch.stop()
        await scratch.start()
        self.assertEqual(os.stat(scratch.path).st_size, 4 * MIB)

    async def test_kept(self):
        """What create() refuses is left alone when qubesd stops and removes it."""
        await self.install(self.private(), "precious")
        await self.private().start()
        files = sorted(os.listdir(self.path("appvms/a")))
        for properties in {"save_on_stop": True}, {"save_on_stop": False}:
            volume = self.private(**properties)
            with self.assertRaises(StoragePoolException):
                await volume.create()
            await volume.stop()
            await volume.remove()
            self.assertEqual(sorted(os.listdir(self.path("appvms/a"))), files)
        self.assertEqual(self.pool.list_volumes(), [])

    async def test_retention(self):
        """A guest that restarts itself flushes each revision, but the one older than a day."""
        zeros = await self.private("zeros").create()
        for age, keep, expected in (
                ("", 1, ["restart 1"]),
                ("1d", 1, ["good yesterday", "restart 1"]),
                ("3d", 1, ["restart 1"]),
                ("1d", 0, [])):
            volume = self.private(pool=make_pool(keep_older_than=age), revisions_to_keep=keep)
            await self.install(volume, "good yesterday")
            os.utime(self.path("appvms/a/private.img"), (time.time() - 2 * DAY,) * 2)
            for i in range(3):
                await self.install(volume, f"restart {i}")
            self.assertEqual(self.kept(volume), expected)
            write(await volume.import_data(MIB), "imported")
            await volume.import_data_end(True)
            await volume.import_volume(zeros)
            self.assertEqual(self.kept(volume), [
                "imported" if text == "restart 1" else text for text in expected])
            await volume.remove()
        for wrong in "1", "1y", "a day", "1d ", "-1d":
            with self.assertRaisesRegex(StoragePoolException, "keep_older_than"):
                make_pool(keep_older_than=wrong)


if __name__ == "__main__":
    unittest.main()
