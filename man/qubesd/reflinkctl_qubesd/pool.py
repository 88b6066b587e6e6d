# SPDX-License-Identifier: MIT
"""A pool: a directory with appvms/ and vm-templates/."""

import os
import re

import qubes
import qubes.exc
import qubes.storage

from reflinkctl_qubesd.process import DONE, Reflinkctl
from reflinkctl_qubesd.volume import ReflinkctlVolume

ANYWHERE = Reflinkctl("/")  # for what takes a directory that may be absent


class ReflinkctlPool(qubes.storage.Pool):
    """qubesd makes one of each element <pool> of qubes.xml, with its attributes as options."""

    driver = "file-reflinkctl"

    def __init__(
        self,
        *,
        name,
        revisions_to_keep=1,
        dir_path,
        setup_check=True,
        ephemeral_volatile=False,
        keep_older_than="",
        precache_snapshots=False,
    ):
        super().__init__(
            name=name,
            revisions_to_keep=revisions_to_keep,
            ephemeral_volatile=ephemeral_volatile,
        )
        if not re.fullmatch(r"([0-9]+[smhdw])?", keep_older_than):
            raise qubes.exc.StoragePoolException(
                f"invalid keep_older_than {keep_older_than!r} of pool {name}: write 12h, 1d, 2w"
            )
        self.dir_path = os.path.abspath(dir_path)
        self.reflinkctl = Reflinkctl(self.dir_path)
        self.keep_older_than = keep_older_than
        self.precache_snapshots = qubes.property.bool(None, None, precache_snapshots)
        self._setup_check = qubes.property.bool(None, None, setup_check)
        self._volumes = {}

    async def setup(self):
        check = [] if self._setup_check else ["--setup-check=no"]
        await ANYWHERE.run("setup", *check, self.dir_path)
        return self

    async def destroy(self):
        """The files stay."""

    def init_volume(self, vm, volume_config):
        assert vm.dir_path_prefix in ("appvms", "vm-templates"), vm.dir_path_prefix
        config = {
            "revisions_to_keep": self.revisions_to_keep,
            "vid": os.path.join(vm.dir_path_prefix, vm.name, volume_config["name"]),
            **volume_config,
            "pool": self,
        }
        volume = ReflinkctlVolume(**config)
        self._volumes[volume.vid] = volume
        return volume

    def list_volumes(self):
        return list(self._volumes.values())

    def get_volume(self, vid):
        return self._volumes[vid]

    def forget_volume(self, volume):
        """It was removed."""
        self._volumes.pop(volume.vid, None)

    @property
    def config(self):
        """The attributes in qubes.xml: those of file-reflink, and of ours those that are set."""
        config = {
            "name": self.name,
            "dir_path": self.dir_path,
            "driver": self.driver,
            "revisions_to_keep": self.revisions_to_keep,
            "ephemeral_volatile": self.ephemeral_volatile,
        }
        if self.keep_older_than:
            config["keep_older_than"] = self.keep_older_than
        if self.precache_snapshots:
            config["precache_snapshots"] = True
        return config

    @property
    def usage_details(self):
        """Of the file system; nothing where the pool is absent."""
        found = self.reflinkctl.value("df")
        if found["size"] is None:
            return {}
        return {"data_size": found["size"], "data_usage": found["usage"]}

    @property
    def size(self):
        return self.usage_details.get("data_size")

    @property
    def usage(self):
        return self.usage_details.get("data_usage")

    def included_in(self, app):
        """The pool, directory or thin pool, whose space this one's is."""
        pools = []
        for pool in app.pools.values():
            if pool is self:
                continue
            if hasattr(pool, "dir_path"):
                pools.append((pool, os.path.abspath(pool.dir_path)))
            elif hasattr(pool, "thin_pool") and hasattr(pool, "volume_group"):
                pools.append((pool, f"{pool.volume_group}/{pool.thin_pool}"))
        if not pools:
            return None
        words = (f"{number}={where}" for number, (_, where) in enumerate(pools))
        status, out = ANYWHERE.ask("included-in", self.dir_path, *words)
        return pools[int(out)][0] if status == DONE else None
