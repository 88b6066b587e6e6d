# SPDX-License-Identifier: MIT
"""What a service that keeps the volumes of many VMs can rely on (storage.py)."""

import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import unittest

from storage import BusyError, MissingError, Pool, RefusedError, UsageError, Volume

HERE = os.path.dirname(os.path.abspath(__file__))
MIB = 1 << 20


def write(path, text):
    """What a VM does."""
    with open(path, "r+b") as image:
        image.write(text.encode().ljust(512, b"\0"))


def read(path):
    with open(path, "rb") as image:
        return image.read(512).rstrip(b"\0").decode()


class Volumes(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.log = []
        self.pool = Pool(os.environ["POOL"], self.log.append)

    def path(self, name):
        return os.path.join(self.pool.path, name)

    def private(self, vm="a", **properties):
        return Volume(self.pool, f"appvms/{vm}/private", size=MIB, save_on_stop=True, **properties)

    async def template(self):
        volume = Volume(self.pool, "vm-templates/t/root", size=MIB, save_on_stop=True)
        await self.install(volume, "installed")
        return volume

    async def install(self, volume, text):
        if not os.path.exists(self.path(volume.vid + ".img")):
            await volume.create()
        write(await volume.start(), text)
        await volume.stop()


class Life(Volumes):
    async def test_saved(self):
        volume = await self.private(revisions_to_keep=2).create()
        await volume.verify()
        for text in "one", "two", "three":
            self.assertFalse(await volume.is_dirty())
            path = await volume.start()
            self.assertEqual(path, self.path("appvms/a/private-dirty.img"))
            self.assertTrue(await volume.is_dirty())
            self.assertEqual(await volume.start(), path)
            write(path, text)
            with self.assertRaisesRegex(RefusedError, "stop"):
                await volume.revert()
            await volume.stop()
        self.assertEqual(list(await volume.revisions()), ["2", "3"])
        self.assertFalse(await volume.is_outdated())
        await volume.revert("2")
        self.assertEqual(read(self.path("appvms/a/private.img")), "one")
        await volume.revert()
        self.assertEqual(read(self.path("appvms/a/private.img")), "three")
        await volume.resize(2 * MIB)
        with self.assertRaisesRegex(RefusedError, "shrink"):
            await volume.resize(MIB)
        self.assertEqual(os.stat(await volume.start()).st_size, 2 * MIB)
        await volume.stop()
        with open(await volume.start(), "r+b"), self.assertRaisesRegex(RefusedError, "writing"):
            await volume.remove()
        await volume.remove()
        await volume.remove()
        self.assertEqual(os.listdir(self.path("appvms")), [])

    async def test_snapshot(self):
        template = await self.template()
        root = Volume(self.pool, "appvms/a/root", source=template)
        await root.verify()
        path = await root.start()
        self.assertEqual(read(path), "installed")
        write(path, "lost")
        self.assertFalse(await root.is_outdated())
        await self.install(template, "upgraded")
        self.assertTrue(await root.is_outdated())
        await root.stop()
        self.assertEqual(read(await root.start()), "upgraded")
        self.assertFalse(await root.is_outdated())
        await root.stop()

    async def test_exceptions(self):
        volume = self.private()
        for method in volume.start, volume.stop, volume.revert, volume.verify, volume.revisions:
            with self.assertRaisesRegex(MissingError, "appvms/a"):
                await method()
        with self.assertRaises(UsageError):
            await Volume(self.pool, "appvms//private", save_on_stop=True).start()
        await volume.create()
        with self.assertRaises(RefusedError):
            await volume.create()
        self.assertIn("reflinkctl: created", self.log[-2])
        fd = os.open(self.path("appvms/a"), os.O_RDONLY)
        fcntl.flock(fd, fcntl.LOCK_EX)
        with self.assertRaisesRegex(BusyError, "another process"):
            await Volume(Pool(self.pool.path, self.log.append, wait=0), volume.vid,
                         save_on_stop=True).start()
        os.close(fd)
        with self.assertRaises(MissingError):
            await Pool(self.path("nowhere"), self.log.append).list_volumes()


class Many(Volumes):
    """50 VMs with 3 volumes each, everything at once."""

    async def test_start_and_stop(self):
        template = await self.template()
        machines = []
        for i in range(50):
            machines.append((
                self.private(f"vm{i}"),
                Volume(self.pool, f"appvms/vm{i}/root", source=template),
                Volume(self.pool, f"appvms/vm{i}/volatile", size=MIB)))
        volumes = [volume for machine in machines for volume in machine]
        await asyncio.gather(*(volume.create() for volume in volumes))
        paths = await asyncio.gather(*(volume.start() for volume in volumes))
        for path in paths:
            write(path, f"session of {path}")
        await asyncio.gather(*(volume.stop() for volume in volumes))
        for private, root, _ in machines:
            path = self.path(private.vid)
            self.assertEqual(read(f"{path}.img"), f"session of {path}-dirty.img")
            directory = os.path.dirname(path)
            self.assertEqual(sorted(name.partition("@")[0] for name in os.listdir(directory)),
                             ["private-precache.img", "private.img", "private.img.1"])
        self.assertEqual([line for line in self.log if not line.startswith("reflinkctl: ")], [])

    async def assert_whole(self, volumes):
        """Old or new state: if old, the same again makes it new; one revision in either case."""
        await asyncio.gather(*(volume.stop() for volume in volumes))
        for volume in volumes:
            clean = self.path(volume.vid + ".img")
            self.assertEqual(read(clean), "new")
            number, time = list((await volume.revisions()).items())[-1]
            self.assertEqual(number, "2")
            self.assertEqual(read(f"{clean}.2@{time}Z"), "old")
            self.assertEqual(read(await volume.start()), "new")

    async def prepare(self):
        volumes = await asyncio.gather(*(self.private(f"vm{i}").create() for i in range(12)))
        await asyncio.gather(*(self.install(volume, "old") for volume in volumes))
        for path in await asyncio.gather(*(volume.start() for volume in volumes)):
            write(path, "new")
        return volumes

    async def test_cancellation(self):
        volumes = await self.prepare()
        tasks = [asyncio.create_task(volume.stop()) for volume in volumes]
        for i, task in enumerate(tasks):
            await asyncio.sleep(0.001 * (i % 4))
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        self.assertIn(asyncio.CancelledError, {type(result) for result in results})
        await self.assert_whole(volumes)

    async def test_caller_dies(self):
        volumes = await self.prepare()
        caller = await asyncio.create_subprocess_exec(
            sys.executable, os.path.join(HERE, "stop_all.py"), *(v.vid for v in volumes),
            stdout=subprocess.PIPE)
        await caller.stdout.readline()  # the first stop is done
        os.kill(caller.pid, signal.SIGKILL)
        await caller.wait()
        await self.assert_whole(volumes)


class Data(Volumes):
    async def test_import_data(self):
        volume = await self.private().create()
        await self.install(volume, "before")
        path = await volume.import_data(2 * MIB)
        write(path, "given up")
        await volume.import_data_end(False)
        self.assertFalse(os.path.exists(path))
        write(await volume.import_data(2 * MIB), "imported")
        await volume.import_data_end(True)
        path = await volume.start()
        self.assertEqual(read(path), "imported")
        self.assertEqual(os.stat(path).st_size, 2 * MIB)
        # What is imported meanwhile is a revision after the next stop; whoever reads the log knows.
        write(await volume.import_data(MIB), "meanwhile")
        await volume.import_data_end(True)
        self.assertIn("the next start goes on with that", " ".join(self.log[-3:]))
        self.assertEqual(len(await volume.revisions()), 1)
        await volume.stop()
        await volume.revert()
        self.assertEqual(read(await volume.export()), "meanwhile")

    async def test_import_volume_and_export(self):
        source = await self.private("source").create()
        await self.install(source, "content")
        volume = await self.private().create()
        await volume.import_volume(source)
        self.assertEqual(read(await volume.export()), "content")
        self.assertEqual(list(await volume.revisions()), ["1"])
        # What isn't saved has nothing to import.
        self.assertEqual(await volume.import_volume(Volume(self.pool, "appvms/a/volatile")), volume)

    async def test_pool(self):
        with contextlib.suppress(RefusedError):  # no reflinks here
            await Pool(self.path("new"), self.log.append).setup()
        volume = await self.private().create()
        await self.install(volume, "content")
        self.assertEqual(await volume.size(), MIB)
        self.assertEqual(await volume.usage(), os.stat(self.path(volume.vid + ".img")).st_blocks * 512)
        self.assertEqual(await self.pool.list_volumes(), ["appvms/a/private"])
        self.assertGreater(await self.pool.size(), await self.pool.usage())
        self.assertEqual(await self.pool.included_in({"a": "/", "b": self.pool.path}), "b")
        self.assertIsNone(await self.pool.included_in({"a": "/nowhere"}))


if __name__ == "__main__":
    unittest.main()
