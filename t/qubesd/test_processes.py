# SPDX-License-Identifier: MIT
"""The processes of the driver: what they say, to whom, and how they end."""

import asyncio
import contextlib
import fcntl
import os
import unittest
from unittest.mock import patch

from qubes.exc import StoragePoolException
from service import ENTRY_POINT, Volumes, read, write


def children():
    with open("/proc/self/task/%d/children" % os.getpid(), encoding="ascii") as file:
        return file.read().split()


class Processes(Volumes):
    def standin(self, script):
        """What PATH has for reflinkctl becomes a shell script."""
        directory = self.path("bin")
        os.makedirs(directory, exist_ok=True)
        with open(f"{directory}/reflinkctl", "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\n{script}\n")
        os.chmod(file.name, 0o755)
        if not os.environ["PATH"].startswith(directory):
            self.set_environment(PATH=f"{directory}:{os.environ['PATH']}")

    def journal(self):
        """From now on standard error is the journal."""
        stat = os.fstat(2)
        self.set_environment(JOURNAL_STREAM=f"{stat.st_dev}:{stat.st_ino}")

    async def until(self, holds):
        for _ in range(3000):
            if holds():
                return
            await asyncio.sleep(0.01)
        self.fail("it never came true")

    async def test_exceptions(self):
        volume = self.private()
        for method in volume.start, volume.revert, volume.verify, volume.export:
            with self.assertRaisesRegex(StoragePoolException, "appvms/a") as context:
                await method()
            self.assertIs(type(context.exception), StoragePoolException)
            self.assertEqual(f"reflinkctl: {context.exception}", self.log()[-1])
        await volume.create()
        with self.assertRaises(StoragePoolException):
            await self.private().create()
        with self.assertRaises(StoragePoolException):
            volume.pool.reflinkctl.value("revisions", "appvms//x")

    async def test_words(self):
        """Whatever the last line is, qubesd's clients can take it as a format, in UTF-8."""
        for line, text in (
                (r"reflinkctl: 50% \0377 done", r"50%% \xff done"),
                ("<3>reflinkctl: cannot", "cannot"),
                ("", "reflinkctl: exit code 6")):
            self.standin(f"printf 'reflinkctl: linked\\n%b\\n' '{line}' >&2; exit 6")
            with self.assertRaises(StoragePoolException) as context:
                await self.private().verify()
            self.assertEqual(str(context.exception), text)
        self.standin("echo 'reflinkctl: linked' >&2; kill -9 $$")
        with self.assertRaisesRegex(StoragePoolException, "^reflinkctl was killed by signal 9$"):
            await self.private().verify()

    async def test_journal(self):
        """Levels, where standard error is the journal; none in exceptions, nor elsewhere."""
        volume = await self.private().create()
        self.assertEqual([line[0] for line in self.log()], ["r"] * len(self.log()))
        before = len(self.log())
        self.journal()
        await self.install(volume, "text")
        with self.assertRaisesRegex(StoragePoolException, "^cannot"):
            await volume.revert("99")
        self.assertFalse(volume.pool.reflinkctl.ask("is-dirty", "appvms/b/private")[0] == 0)
        lines = self.log()[before:]
        self.assertEqual({line[:15] for line in lines}, {"<6>reflinkctl: ", "<3>reflinkctl: "})
        self.assertEqual([line[:3] for line in lines[-2:]], ["<3>", "<3>"])

    async def test_at_once(self):
        """Lines are passed on as they come: a long copy tells how far it is."""
        self.standin(f"echo 'reflinkctl: 10%' >&2; read line <{self.path('fifo')}")
        os.mkfifo(self.path("fifo"))
        task = asyncio.create_task(self.private().verify())
        await self.until(lambda: self.log() == ["reflinkctl: 10%"])
        self.assertFalse(task.done())
        with open(self.path("fifo"), "w", encoding="ascii") as fifo:
            fifo.write("\n")
        await task

    async def test_stderr_fails(self):
        """What can't be told to anybody stops nothing."""
        volume = await self.private().create()
        full = os.open("/dev/full", os.O_WRONLY)
        saved = os.dup(2)
        for damage in (lambda: os.dup2(full, 2)), (lambda: os.close(2)):
            damage()
            try:
                with patch("threading.excepthook") as exception:
                    await self.install(volume, "text")
            finally:
                os.dup2(saved, 2)
            exception.assert_not_called()
        self.assertEqual(read(self.path("appvms/a/private.img")), "text")
        os.close(full)
        os.close(saved)

    async def test_cancelled(self):
        """Cancelled while it waits for its lock: no process is left, and nothing has changed."""
        volume = await self.private().create()
        await volume.start()
        write(volume.path, "new")
        lock = os.open(self.path("appvms/a"), os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = children()
        task = asyncio.create_task(volume.stop())
        await self.until(lambda: len(children()) > len(before))
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.assertEqual(children(), before)
        os.close(lock)
        self.assertTrue(volume.is_dirty())
        await volume.stop()
        self.assertEqual(read(self.path("appvms/a/private.img")), "new")

    async def test_term_then_kill(self):
        """It may tidy up, but if it won't end it is killed, also if we are cancelled once more."""
        told = self.path("told")
        self.standin(f"trap 'echo TERM >>{told}' TERM\n"
                     f"echo up >>{told}\nwhile :; do :; done")
        before = children()

        def has_got_term():
            with open(told, encoding="ascii") as file:
                return file.read() == "up\nTERM\n"

        async def wait_for(future, _):
            """It is waited for no longer than it takes to be told."""
            task = asyncio.ensure_future(future)
            await self.until(has_got_term)
            task.cancel()
            raise asyncio.TimeoutError

        for cancellations in 1, 2:
            waiting = patch.object(asyncio, "wait_for", wait_for)
            with waiting if cancellations == 1 else contextlib.nullcontext():
                task = asyncio.create_task(self.private().verify())
                await self.until(lambda: os.path.exists(told))
                task.cancel()
                if cancellations == 2:
                    await self.until(has_got_term)
                    task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
            self.assertTrue(has_got_term())
            self.assertEqual(children(), before)
            os.remove(told)

    async def test_entry_point(self):
        self.assertEqual(ENTRY_POINT.value, "reflinkctl_qubesd.pool:ReflinkctlPool")
        self.assertEqual(ENTRY_POINT.dist.name, "reflinkctl-qubesd")
        self.assertEqual(self.pool.driver, ENTRY_POINT.name)


if __name__ == "__main__":
    unittest.main()
