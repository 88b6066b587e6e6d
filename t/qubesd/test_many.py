# SPDX-License-Identifier: MIT
"""Many volumes at once, and whoever changes his mind, or dies."""

import asyncio
import os
import signal
import subprocess
import sys
import unittest

from service import Volumes, make_volume, read, write

HERE = os.path.dirname(os.path.abspath(__file__))


class Many(Volumes):
    """50 VMs with 3 volumes each, everything at once."""

    async def test_start_and_stop(self):
        template = await self.template()
        machines = []
        for i in range(50):
            machines.append((
                self.private(f"vm{i}"), self.root(template, f"vm{i}"),
                make_volume(self.pool, f"appvms/vm{i}/volatile")))
        volumes = [volume for machine in machines for volume in machine]
        await asyncio.gather(*(volume.create() for volume in volumes))
        await asyncio.gather(*(volume.start() for volume in volumes))
        for volume in volumes:
            write(volume.path, f"session of {volume.path}")
        await asyncio.gather(*(volume.stop() for volume in volumes))
        for private, _, _ in machines:
            path = self.path(private.vid)
            self.assertEqual(read(f"{path}.img"), f"session of {path}-dirty.img")
            directory = os.path.dirname(path)
            self.assertEqual(sorted(name.partition("@")[0] for name in os.listdir(directory)),
                             ["private-precache.img", "private.img", "private.img.1"])
        self.assertEqual(
            [line for line in self.log() if not line.startswith("reflinkctl: ")], [])
        await asyncio.gather(*(volume.remove() for volume in volumes))
        self.assertEqual(os.listdir(self.path("appvms")), [])

    async def assert_whole(self, volumes):
        """Old or new state: if old, the same again makes it new; one revision in either case."""
        await asyncio.gather(*(volume.stop() for volume in volumes))
        for volume in volumes:
            clean = self.path(volume.vid + ".img")
            self.assertEqual(read(clean), "new")
            number, when = list(volume.revisions.items())[-1]
            self.assertEqual(number, "2")
            self.assertEqual(read(f"{clean}.2@{when}Z"), "old")
            await volume.start()
            self.assertEqual(read(volume.path), "new")

    async def prepare(self):
        volumes = [self.private(f"vm{i}") for i in range(12)]
        await asyncio.gather(*(self.install(volume, "old") for volume in volumes))
        await asyncio.gather(*(volume.start() for volume in volumes))
        for volume in volumes:
            write(volume.path, "new")
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


if __name__ == "__main__":
    unittest.main()
