# SPDX-License-Identifier: MIT
"""One process of reflinkctl: what it is told, what it answers, and what it tells the journal."""

import asyncio
import contextlib
import json
import os
import re
import subprocess
import threading

import qubes.exc

DONE, NO, MISSING = 0, 1, 4  # exit codes
PATIENCE = 5  # seconds that a cancelled process has to tidy up
STDERR = 2


def journal_stream(descriptor):
    """What JOURNAL_STREAM is if DESCRIPTOR is a connection to the journal."""
    stat = os.fstat(descriptor)
    return f"{stat.st_dev}:{stat.st_ino}"


class Stderr:
    """What one process writes to standard error: passed on line by line, the last one kept.

    It comes through a pipe, since the last line is the text of an exception.  If our own standard
    error is the journal, the process is told that the pipe is: so it says the level of each line,
    which is passed on as it is.
    """

    def __init__(self):
        self.environment = dict(os.environ)
        self.last = b""

    def __enter__(self):
        reader, self.pipe = os.pipe()
        if os.environ.get("JOURNAL_STREAM") == journal_stream(STDERR):
            self.environment["JOURNAL_STREAM"] = journal_stream(self.pipe)
        self._thread = threading.Thread(target=self._pass_on, args=(reader,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        """The process has ended; its lines end when our end of the pipe is closed."""
        os.close(self.pipe)
        self._thread.join()

    def _pass_on(self, reader):
        with open(reader, "rb") as lines:
            for line in lines:
                self.last = line
                with contextlib.suppress(OSError):  # what nobody can be told stops nothing
                    os.write(STDERR, line)

    def text(self, status):
        """What went wrong in a process that returned STATUS.

        qubesd's clients take the text of an exception for a format, and it must be UTF-8.
        """
        if status < 0:
            return f"reflinkctl was killed by signal {-status}"
        line = self.last.decode(errors="backslashreplace").rstrip("\n").replace("%", "%%")
        return re.sub(r"^(<\d>)?reflinkctl: ", "", line) or f"reflinkctl: exit code {status}"


async def end(process):
    """Let PROCESS tidy up, kill it if that takes long; when this returns there is none."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.communicate(), PATIENCE)
    finally:  # also if this was cancelled, too
        if process.returncode is None:
            process.kill()
            await process.communicate()


class Reflinkctl:
    """reflinkctl, told to work in DIRECTORY.

    An exit code that is no answer becomes an exception, with the last line on standard error.
    """

    def __init__(self, directory):
        self.directory = directory

    def _options(self, words):
        return {
            "args": ["reflinkctl", "-C", self.directory, *words],
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
        }

    def ask(self, *words, answers=(DONE, NO, MISSING)):
        """Answer a question: an exit code of ANSWERS, and what was printed.

        No question waits for a lock, so qubesd may ask them outside of coroutines.
        """
        with Stderr() as stderr:
            done = subprocess.run(
                **self._options(words), stderr=stderr.pipe, env=stderr.environment, check=False
            )
        return self._result(done.returncode, answers, done.stdout, stderr)

    def value(self, *words):
        """The answer as JSON, parsed; None if there is nothing of the kind."""
        status, out = self.ask("--json", *words, answers=(DONE, MISSING))
        return json.loads(out) if status == DONE else None

    async def run(self, *words, answers=(DONE,)):
        """Make a transition: an exit code of ANSWERS, and what was printed.

        If it is cancelled, it ends its process and waits for that: the volume is in its old or
        its new state then, and its lock is free.
        """
        options = self._options(words)
        with Stderr() as stderr:
            # Cancelled while it starts the process, asyncio would kill it.
            start = asyncio.create_task(
                asyncio.create_subprocess_exec(
                    *options.pop("args"), **options, stderr=stderr.pipe, env=stderr.environment
                )
            )
            try:
                process = await asyncio.shield(start)
                out, _ = await process.communicate()
            except asyncio.CancelledError:
                await end(await start)
                raise
        return self._result(process.returncode, answers, out, stderr)

    @staticmethod
    def _result(status, answers, out, stderr):
        if status not in answers:
            raise qubes.exc.StoragePoolException(stderr.text(status))
        return status, os.fsdecode(out).rstrip("\n")
