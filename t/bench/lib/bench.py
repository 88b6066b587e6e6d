# SPDX-License-Identifier: MIT
"""What the benches share: tools, file systems, processes measured from outside, and the table."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

LIB = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(LIB)))
BIN = os.environ.get("BIN", TOP + "/reflinkctl")
MKFS = {"btrfs": ["mkfs.btrfs", "-q"], "xfs": ["mkfs.xfs", "-q", "-m", "reflink=1"],
        "ext4": ["mkfs.ext4", "-q"]}
# A loop device says that it rotates.  btrfs then lets whoever logs beside others wait for a tick of
# the kernel, 4 ms of HZ=250, as it doesn't on the disks of today.
MOUNT = {"btrfs": "loop,ssd"}
MIB = 1 << 20
FIFREEZE, FITHAW = 0xC0045877, 0xC0045878  # linux/fs.h
ENDING = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


def run(*words, **options):
    return subprocess.run(words, check=True, **{"stdin": subprocess.DEVNULL, **options})


@contextlib.contextmanager
def scratch():
    """A directory with the tools in it, that goes in the end whatever happens."""
    for number in ENDING:
        signal.signal(number, end)
    path = tempfile.mkdtemp(prefix="reflinkctl-bench.")
    try:
        for tool in "spawn", "crowd", "limit", "walk":
            run(compiler(), "-static", "-Os", "-o", f"{path}/{tool}", f"{LIB}/{tool}.c")
        yield path
    finally:
        shutil.rmtree(path)


def end(number, _):
    """Leave by the way that cleans up, and don't hear of it twice."""
    for other in ENDING:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


def compiler():
    return shutil.which("musl-gcc") or "cc"


@contextlib.contextmanager
def mounted(directory, kind, size="8G"):
    """A file system of its own; yields where it is mounted."""
    disk, path = f"{directory}/{kind}.disk", f"{directory}/{kind}"
    os.mkdir(path)
    run("truncate", "-s", size, disk)
    run(*MKFS[kind], disk, stdout=subprocess.DEVNULL)
    try:
        run("mount", "-o", MOUNT.get(kind, "loop"), disk, path)
        yield path
    finally:
        # What was interrupted may still be inside a system call.
        if subprocess.run(["umount", path], stderr=subprocess.DEVNULL, check=False).returncode:
            subprocess.run(["umount", "-l", path], check=False)
        os.remove(disk)
        os.rmdir(path)


def spawned(directory, *words, codes=(0,), **options):
    """Run it, which is to end with one of CODES; returns the milliseconds from spawn to exit, its peak memory in KiB, its page faults."""
    result = run(f"{directory}/spawn", *words, text=True, stdout=subprocess.PIPE, **options)
    elapsed, memory, faults, status = map(int, result.stdout.split())
    if status not in codes:
        sys.exit(f"exit code {status}: {' '.join(words)}")
    return elapsed / 1e6, memory, faults


def settle(path):
    """Wait until the file system has nothing left to write, nor (XFS, after an unlink) to free."""
    fd = os.open(path, os.O_RDONLY)
    try:
        fcntl.ioctl(fd, FIFREEZE, 0)
    finally:
        with contextlib.suppress(OSError):  # it wasn't frozen
            fcntl.ioctl(fd, FITHAW, 0)
        os.close(fd)


def rounds(most, seconds):
    """As many rounds as there is time for, but one."""
    begun = time.monotonic()
    for i in range(most):
        if i and time.monotonic() - begun > seconds:
            return
        yield i


def ratio(ours, theirs):
    """The median of the rounds' ratios: the machine's mood changes slower than a round lasts."""
    return statistics.median(a / b for a, b in zip(ours, theirs))


class Report:
    """A table for people on stdout; for machines one JSON object a row in build/bench/NAME.jsonl."""

    def __init__(self, name, *columns):
        os.makedirs(f"{TOP}/build/bench", exist_ok=True)
        self.file = open(f"{TOP}/build/bench/{name}.jsonl", "w", encoding="utf-8")
        self.columns = columns
        print("  ".join(f"{column:>{max(8, len(column))}}" for column in columns))

    def row(self, *values):
        cells = []
        for column, value in zip(self.columns, values):
            text = "-" if value is None else f"{value:.2f}" if isinstance(value, float) else value
            cells.append(f"{text:>{max(8, len(column))}}")
        print("  ".join(cells), flush=True)
        self.file.write(json.dumps(dict(zip(map(str.strip, self.columns), values))) + "\n")
        self.file.flush()
