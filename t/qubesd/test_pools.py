# SPDX-License-Identifier: MIT
"""What a pool is, and what goes into its volumes and out."""

import os
import unittest
from types import SimpleNamespace

from qubes.exc import StoragePoolException
from service import MIB, Volumes, make_pool, make_volume, read, write


class Data(Volumes):
    async def test_import_data(self):
        volume = self.private()
        await self.install(volume, "before")
        path = await volume.import_data(2 * MIB)
        write(path, "given up")
        await volume.import_data_end(False)
        await volume.import_data_end(False)
        self.assertFalse(os.path.exists(path))
        write(await volume.import_data(2 * MIB), "imported")
        await volume.import_data_end(True)
        await volume.start()
        self.assertEqual(read(volume.path), "imported")
        self.assertEqual(os.stat(volume.path).st_size, 2 * MIB)
        # What is imported meanwhile is a revision after the next stop; the log tells.
        write(await volume.import_data(MIB), "meanwhile")
        await volume.import_data_end(True)
        self.assertIn("the next start goes on with that", " ".join(self.log()[-3:]))
        self.assertEqual(len(volume.revisions), 1)
        await volume.stop()
        await volume.revert()
        self.assertEqual(read(await volume.export()), "meanwhile")

    async def test_import_volume_and_export(self):
        """A clone is create() and import_volume(), of whatever pool."""
        source = self.private("source")
        await self.install(source, "content")
        volume = await self.private().create()
        self.assertIs(await volume.import_volume(source), volume)
        self.assertEqual(read(await volume.export()), "content")
        self.assertEqual(list(volume.revisions), ["1"])

        class Elsewhere:
            """A volume of another driver, whose methods are no coroutines."""
            ended = []

            def __init__(self, path):
                self.path = path

            def export(self):
                return self.path

            def export_end(self, path):
                self.ended.append(path)

        file = self.path("elsewhere")
        with open(file, "wb") as out:
            out.truncate(2 * MIB)
        write(file, "of elsewhere")
        await volume.import_volume(Elsewhere(file))
        self.assertEqual((read(await volume.export()), volume.size), ("of elsewhere", 2 * MIB))
        with self.assertRaisesRegex(StoragePoolException, "nowhere"):
            await volume.import_volume(Elsewhere(self.path("nowhere")))
        self.assertEqual(Elsewhere.ended, [file, self.path("nowhere")])
        # What isn't saved has nothing to import.
        scratch = make_volume(self.pool, "appvms/a/volatile")
        self.assertIs(await scratch.import_volume(source), scratch)

    async def test_pool(self):
        new = type(self.pool)(name="new", dir_path=self.path("new"), setup_check="False")
        self.assertEqual(new.usage_details, {})
        self.assertEqual((new.size, new.usage), (None, None))
        self.assertIs(await new.setup(), new)
        await new.setup()
        strict = make_pool()
        if strict.reflinkctl.ask("check")[0] == 0:
            await strict.setup()
        else:
            with self.assertRaisesRegex(StoragePoolException, "reflink"):
                await strict.setup()
        self.assertEqual(sorted(os.listdir(new.dir_path)), ["appvms", "vm-templates"])
        volume = self.private()
        await self.install(volume, "content")
        self.assertEqual(volume.size, MIB)
        self.assertEqual(volume.usage, os.stat(self.path(volume.vid + ".img")).st_blocks * 512)
        self.assertEqual(self.pool.list_volumes(), [volume])
        self.assertIs(self.pool.get_volume(volume.vid), volume)
        self.assertGreater(self.pool.size, self.pool.usage)
        self.assertEqual(set(self.pool.usage_details), {"data_size", "data_usage"})
        with self.assertRaises(AssertionError):
            make_volume(self.pool, "servicevms/a/private")

    async def test_included_in(self):
        def included(*pools):
            return self.pool.included_in(SimpleNamespace(pools={p.name: p for p in pools}))
        root = SimpleNamespace(name="a=b", dir_path="/")
        parent = SimpleNamespace(name="x y", dir_path=os.path.dirname(self.pool.dir_path))
        thin = SimpleNamespace(name="lvm", volume_group="no-such", thin_pool="pool")
        self.assertIs(included(root, parent, self.pool, thin), parent)
        self.assertIs(included(thin, root), root)
        self.assertIsNone(included(thin, SimpleNamespace(name="c", dir_path="/nowhere")))
        self.assertIsNone(included(thin, SimpleNamespace(name="d", dir_path="nowhere/very/deep")))
        self.assertIsNone(included(self.pool, SimpleNamespace(name="kernels")))

    async def test_config(self):
        """What qubes.xml has is what the pool is made of again; file-reflink has the same names."""
        options = {"name", "dir_path", "driver", "revisions_to_keep", "ephemeral_volatile"}
        self.assertEqual(set(self.pool.config), options)
        config = make_pool(keep_older_than="2w", precache_snapshots="True",
                           revisions_to_keep=3).config
        self.assertEqual(set(config), options | {"keep_older_than", "precache_snapshots"})
        self.assertEqual(config.pop("driver"), "file-reflinkctl")
        again = type(self.pool)(**{name: str(value) for name, value in config.items()})
        self.assertEqual((again.keep_older_than, again.precache_snapshots), ("2w", True))
        volume = make_volume(again, "appvms/a/private", save_on_stop=True)
        self.assertEqual((volume.revisions_to_keep, volume.config["revisions_to_keep"]), (3, 3))


if __name__ == "__main__":
    unittest.main()
