# SPDX-License-Identifier: MIT
"""A service with VMs, as qubesd is one: what the tests of the driver have in common.

The driver is found by its entry point, as qubesd finds it.  The modules qubes.* are those that
PYTHONPATH leads to: stand-ins (standin/), or the real ones.
"""

import importlib.metadata
import logging
import os
import tempfile
import unittest
from types import SimpleNamespace
from unittest.mock import patch

MIB = 1 << 20

ENTRY_POINT, = importlib.metadata.entry_points(group="qubes.storage", name="file-reflinkctl")
ReflinkctlPool = ENTRY_POINT.load()


def write(path, text):
    """What a VM does."""
    with open(path, "r+b") as image:
        image.write(text.encode().ljust(512, b"\0"))


def read(path):
    with open(path, "rb") as image:
        return image.read(512).rstrip(b"\0").decode()


def make_pool(**options):
    return ReflinkctlPool(name="tested", dir_path=os.environ["POOL"], **options)


def make_volume(pool, vid, **properties):
    prefix, vm, name = vid.split("/")
    return pool.init_volume(
        SimpleNamespace(name=vm, dir_path_prefix=prefix),
        {"name": name, "rw": True, "size": MIB, **properties})


class Volumes(unittest.IsolatedAsyncioTestCase):
    """A pool for each test, in POOL.  Standard error goes to a file: log() is its lines."""

    def setUp(self):
        self._log = tempfile.TemporaryFile()
        stderr = os.dup(2)
        os.dup2(self._log.fileno(), 2)
        self.addCleanup(self._log.close)
        self.addCleanup(os.close, stderr)
        self.addCleanup(os.dup2, stderr, 2)
        logging.getLogger("asyncio").setLevel(logging.ERROR)  # its warnings are of a slow machine
        pool = tempfile.mkdtemp(dir=os.environ["POOL"])
        for name in "appvms", "vm-templates":
            os.mkdir(f"{pool}/{name}")
        self.set_environment(POOL=pool)
        self.pool = make_pool()

    def set_environment(self, **variables):
        """Until the end of the test."""
        patched = patch.dict(os.environ, variables)
        patched.start()
        self.addCleanup(patched.stop)

    def log(self):
        self._log.seek(0)
        return self._log.read().decode().splitlines()

    def path(self, name):
        return os.path.join(self.pool.dir_path, name)

    def private(self, vm="a", pool=None, **properties):
        return make_volume(pool or self.pool, f"appvms/{vm}/private",
                           **{"save_on_stop": True, **properties})

    def root(self, template, vm="a", **properties):
        return make_volume(self.pool, f"appvms/{vm}/root", snap_on_start=True, source=template,
                           **properties)

    async def template(self):
        volume = make_volume(self.pool, "vm-templates/t/root", save_on_stop=True)
        await self.install(volume, "installed")
        return volume

    async def install(self, volume, text):
        if not os.path.exists(self.path(volume.vid + ".img")):
            await volume.create()
        await volume.start()
        write(volume.block_device().path, text)
        await volume.stop()
