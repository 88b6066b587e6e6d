# SPDX-License-Identifier: MIT
"""The driver in the real qubesd: its own tests of file-reflink, its API, its qubes.xml.

t/qubesd/core-admin runs this; it needs a checkout of qubes-core-admin.
"""

import os
import unittest
from unittest.mock import patch

import lxml.etree
import qubes.app
import qubes.exc
import qubes.ext
import qubes.storage
import qubes.tests.api_admin
import qubes.tests.storage_reflink
from qubes.storage import reflink
from reflinkctl_qubesd.volume import ReflinkctlVolume
from service import MIB, ReflinkctlPool, read, write

POOL = os.environ["POOL"]
# They need other parts of Qubes OS, and none is about storage.
qubes.ext.get_extensions = set


class Offline(qubes.app.VMMConnection):
    """No Xen here."""

    def __init__(self, offline_mode=None, **options):
        super().__init__(offline_mode=True, **options)


qubes.app.VMMConnection = Offline


class Upstream(qubes.tests.storage_reflink.TC_10_ReflinkPool):
    """Its tests of pools and volumes, with this driver in the place of file-reflink.

    Those of them that call functions of the other driver's module have nothing to call here.
    """

    def setUp(self):
        by_name = qubes.utils.get_entry_point_one
        for patched in (
                patch("qubes.utils.get_entry_point_one", lambda group, name: ReflinkctlPool
                      if name == "file-reflink" else by_name(group, name)),
                patch.object(reflink, "ReflinkVolume", ReflinkctlVolume),
                *(patch.object(ReflinkctlVolume, f"_path_{image}",
                               property(lambda self, suffix=suffix: os.path.join(
                                   self.pool.dir_path, self.vid + suffix)), create=True)
                  for image, suffix in (("clean", ".img"), ("dirty", "-dirty.img"),
                                        ("precache", "-precache.img")))):
            patched.start()
            self.addCleanup(patched.stop)
        super().setUp()
        self.assertIsInstance(self.pool, ReflinkctlPool)


class Service(qubes.tests.api_admin.AdminAPITestCase):
    """VMs, by what qubesd does for its clients."""

    def setUp(self):
        super().setUp()
        state = patch("qubes.storage.VOLUME_STATE_DIR", POOL + "/")
        state.start()
        self.addCleanup(state.stop)
        self.run_now = self.loop.run_until_complete
        self.pool = self.run_now(self.app.add_pool(
            "rc", driver="file-reflinkctl", dir_path=f"{POOL}/{self._testMethodName}",
            setup_check="False", revisions_to_keep="2", keep_older_than="1d"))
        self.addCleanup(self.__dict__.pop, "pool")
        self.addCleanup(self.__dict__.pop, "run_now")

    def make(self, name, kind="StandaloneVM", **properties):
        vm = self.app.add_new_vm(kind, name=name, label="red", **properties)
        self.run_now(vm.create_on_disk(pool=self.pool))
        return vm

    def session(self, vm, volume, text):
        self.run_now(vm.storage.start())
        write(vm.volumes[volume].block_device().path, text)
        self.run_now(vm.storage.stop())

    def ask(self, vm, method, *args):
        return self.call_mgmt_func(f"admin.vm.volume.{method}".encode(), vm.name.encode(), *args)

    def test_life(self):
        vm = self.make("life")
        private = vm.volumes["private"]
        self.assertIsInstance(private, ReflinkctlVolume)
        for text in "one", "two", "three":
            self.session(vm, "private", text)
        self.assertEqual(self.ask(vm, "ListSnapshots", b"private").split(), ["2", "3"])
        self.ask(vm, "Revert", b"private", b"2")
        clean = self.run_now(private.export())
        self.assertEqual(read(clean), "one")
        with self.assertRaises(qubes.exc.QubesVolumeRevisionNotFoundError):
            self.ask(vm, "Revert", b"private", b"99")
        self.ask(vm, "Resize", b"private", str(private.size + MIB).encode())
        info = self.ask(vm, "Info", b"private")
        self.assertIn(f"size={os.stat(clean).st_size}\n", info)
        self.assertIn("is_outdated=False", info)
        self.assertIn("driver=file-reflinkctl", self.call_mgmt_func(
            b"admin.pool.Info", b"dom0", b"rc"))
        self.ask(vm, "Set.revisions_to_keep", b"private", b"-1")
        self.assertTrue(private.snapshots_disabled)
        self.session(vm, "private", "without snapshots")
        self.assertEqual(private.revisions, {})
        self.ask(vm, "Clear", b"private")
        self.assertEqual(read(clean), "")
        self.run_now(vm.remove_from_disk())
        self.assertEqual(os.listdir(f"{self.pool.dir_path}/appvms"), [])

    def test_import(self):
        vm = self.make("import")
        path = self.run_now(vm.storage.import_data("private", 3 * MIB))
        with open(path, "wb") as out:
            out.truncate(3 * MIB)
        write(path, "imported")
        self.run_now(vm.storage.import_data_end("private", True))
        private = vm.volumes["private"]
        self.assertEqual((read(self.run_now(private.export())), private.size),
                         ("imported", 3 * MIB))

    def test_clone(self):
        """Within the pool, and out of file-reflink."""
        source = self.make("source")
        self.session(source, "private", "content")
        token = self.ask(source, "CloneFrom", b"private")
        target = self.make("target")
        self.ask(target, "CloneTo", b"private", token.encode())
        clean = self.run_now(target.volumes["private"].export())
        self.assertEqual(read(clean), "content")
        other = self.run_now(self.app.add_pool("other", driver="file-reflink", setup_check="False",
                                               dir_path=f"{POOL}/other"))
        vm = self.app.add_new_vm("StandaloneVM", name="other", label="red")
        self.run_now(vm.create_on_disk(pool=other))
        self.session(vm, "private", "of the other driver")
        self.run_now(target.volumes["private"].import_volume(vm.volumes["private"]))
        self.assertEqual(read(clean), "of the other driver")
        self.run_now(vm.volumes["private"].import_volume(source.volumes["private"]))
        self.assertEqual(read(self.run_now(vm.volumes["private"].export())), "content")

    def test_template(self):
        template = self.make("fedora", "TemplateVM")
        self.session(template, "root", "installed")
        vm = self.make("app", "AppVM", template=template)
        self.run_now(vm.storage.start())
        self.assertEqual(read(vm.volumes["root"].path), "installed")
        self.session(template, "root", "upgraded")
        self.assertTrue(vm.volumes["root"].is_outdated())
        self.run_now(vm.storage.stop())
        for name in "root", "private", "volatile":
            self.assertTrue(self.run_now(vm.volumes[name].verify()))

    def test_creation_fails(self):
        """What create() refused isn't removed by the clean-up that follows in create_on_disk()."""
        vm = self.make("twice")
        self.session(vm, "private", "precious")
        clean = self.run_now(vm.volumes["private"].export())
        files = sorted(os.listdir(os.path.dirname(clean)))
        del self.app.domains["twice"]
        with self.assertRaisesRegex(qubes.exc.StoragePoolException, "cannot"):
            self.make("twice")
        self.assertEqual(sorted(os.listdir(os.path.dirname(clean))), files)
        self.assertEqual(read(clean), "precious")

    def test_qubes_xml(self):
        """driver= alone is changed, and back; what is run over is loaded."""
        vm = self.make("turns")
        self.session(vm, "private", "session 0")
        del self.app.pools["test"]  # a mock of theirs
        self.pool.keep_older_than = ""  # file-reflink has no such option
        xml = lxml.etree.tostring(self.app.__xml__(), encoding="unicode")
        del vm
        drivers = "file-reflinkctl", "file-reflink"
        for i in range(1, 5):
            old, new = drivers if i % 2 else drivers[::-1]
            self.assertEqual(xml.count(f'driver="{old}"'), 1)
            store = f"{POOL}/qubes.xml"
            with open(store, "w", encoding="utf-8") as file:
                file.write(xml.replace(f'driver="{old}"', f'driver="{new}"'))
            app = qubes.Qubes(store, offline_mode=True)
            vm = app.domains["turns"]
            self.assertEqual(vm.volumes["private"].pool.driver, new)
            self.run_now(vm.storage.start())
            self.assertEqual(read(vm.volumes["private"].path), f"session {i - 1}")
            write(vm.volumes["private"].path, f"session {i}")
            self.run_now(vm.storage.stop())
            self.assertEqual(len(vm.volumes["private"].revisions), min(i + 1, 2))
            xml = lxml.etree.tostring(app.__xml__(), encoding="unicode")
            app.close()
            del vm, app


def load_tests(loader, _tests, _pattern):
    suite = loader.loadTestsFromTestCase(Service)
    for name in "test_012_import_data_empty", "test_120_private_snapshots_disabled":
        suite.addTest(Upstream(name))
    return suite


if __name__ == "__main__":
    unittest.main()
