# SPDX-License-Identifier: MIT
"""How a service calls reflinkctl: every method of a pool or a volume is one process.

Names and meanings are those of the Qubes storage API (qubes.storage.Pool and Volume).  The
section "THE QUBES STORAGE API" of reflinkctl(8) is this file as a table.

Standard error is passed on line by line to LOG.  An exit code that isn't an answer becomes an
exception, whose text is the error message.  A cancelled call kills its process and waits for its
end: the volume is in its old or its new state then, and its lock is free.
"""

import asyncio
import contextlib
import json
import os
import subprocess


class StorageError(Exception):
    """A system call failed (6), or the process was killed."""


class UsageError(StorageError):
    """The command line makes no sense (2): a mistake of the caller's."""


class RefusedError(StorageError):
    """The state of the volume forbids it (3)."""


class MissingError(StorageError):
    """No such pool, volume, image or revision (4)."""


class BusyError(StorageError):
    """Another process has the lock (5)."""


ERRORS = {2: UsageError, 3: RefusedError, 4: MissingError, 5: BusyError}
PREFIX = "reflinkctl: "


class Pool:
    """A directory with appvms/ and vm-templates/."""

    def __init__(self, path, log=print, wait=None, binary=os.environ.get("REFLINKCTL", "reflinkctl")):
        self.path = path
        self.log = log
        self.options = [] if wait is None else [f"--wait={wait}"]
        self.binary = binary

    async def call(self, *words, pool=None, answers=(0,)):
        """Run one process; return its exit code, one of ANSWERS, and what it printed."""
        directory = [] if pool == "" else ["-C", self.path]
        process = await asyncio.create_subprocess_exec(
            self.binary, *directory, *self.options, *words,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = await process.communicate()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        lines = err.decode(errors="surrogateescape").splitlines()
        for line in lines:
            self.log(line)
        if process.returncode not in answers:
            text = lines[-1][len(PREFIX):] if lines else f"exit code {process.returncode}"
            raise ERRORS.get(process.returncode, StorageError)(text)
        return process.returncode, out.decode(errors="surrogateescape")

    async def value(self, *words):
        """The result as JSON, parsed."""
        return json.loads((await self.call("--json", *words))[1])

    async def yes(self, *words):
        """The answer to a question."""
        return (await self.call(*words, answers=(0, 1)))[0] == 0

    async def setup(self):
        await self.call("setup", self.path, pool="")

    async def size(self):
        return (await self.value("df"))["size"]

    async def usage(self):
        return (await self.value("df"))["usage"]

    async def list_volumes(self):
        return [volume["vid"] for volume in await self.value("list")]

    async def included_in(self, pools):
        """The name of the pool, of {NAME: PATH}, whose file system this one is in; or None."""
        status, out = await self.call("included-in", self.path, *(
            f"{name}={path}" for name, path in pools.items()), pool="", answers=(0, 1))
        return out.rstrip("\n") if status == 0 else None


class Volume:
    """One volume.  SOURCE is the Volume to take a snapshot of at each start.

    How many revisions are to be kept is always said: without a number none is ever dropped.
    """

    def __init__(self, pool, vid, *, size=None, source=None, save_on_stop=False,
                 revisions_to_keep=1):
        self.pool = pool
        self.vid = vid
        self.initial_size = size
        self.source = source
        self.save_on_stop = save_on_stop
        self.keep = f"--revisions-to-keep={revisions_to_keep}"
        self.kind = []
        if source:
            self.kind = [f"--snap-on-start={source.vid}"] + ["--save-on-stop"] * save_on_stop
        elif not save_on_stop:
            self.kind = ["--volatile"]

    async def create(self):
        if self.save_on_stop and not self.source:
            await self.pool.call("create", f"--size={self.initial_size}", self.vid)
        return self

    async def remove(self):
        """With all that was written; refused while somebody still writes."""
        with contextlib.suppress(MissingError):
            await self.pool.call("remove", "--discard", self.vid)

    async def start(self):
        """Returns the path of the block device's file."""
        size = [] if self.save_on_stop or self.source else [f"--size={self.initial_size}"]
        _, out = await self.pool.call("start", *self.kind, *size, self.keep, self.vid)
        return out[:-1]

    async def stop(self):
        await self.pool.call("stop", *self.kind, self.keep, self.vid)

    async def revert(self, revision=None):
        await self.pool.call("revert", self.vid, *([revision] if revision else []))

    async def resize(self, size):
        await self.pool.call("resize", self.vid, str(size))

    async def import_data(self, size):
        """Returns the path of a file for the caller to fill."""
        return (await self.pool.call("import-begin", f"--size={size}", self.vid))[1][:-1]

    async def import_data_end(self, success):
        await self.pool.call("import-end", *([self.keep] if success else ["--abort"]), self.vid)

    async def import_volume(self, source):
        if source.save_on_stop:
            path = os.path.join(source.pool.path, source.vid)
            await self.pool.call("import", self.keep, self.vid, path)
        return self

    async def export(self):
        """Returns the path of a file that isn't written to any more."""
        return (await self.pool.call("export", self.vid))[1][:-1]

    async def verify(self):
        await self.pool.call("verify", *self.kind, self.vid)
        return True

    async def is_dirty(self):
        return self.save_on_stop and await self.pool.yes("is-dirty", self.vid)

    async def is_outdated(self):
        if not self.source or self.save_on_stop:
            return False
        return await self.pool.yes("is-outdated", f"--snap-on-start={self.source.vid}", self.vid)

    async def revisions(self):
        """{"7": "2018-01-02T03:04:05"}, oldest first."""
        found = await self.pool.value("revisions", self.vid)
        return {str(item["revision"]): item["time"].rstrip("Z") for item in found}

    async def size(self):
        return (await self.pool.value("info", self.vid))["size"]

    async def usage(self):
        return (await self.pool.value("info", self.vid))["usage"]
