#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random small pools, whose files share blocks at random: is what reclaim chooses the best, or at
most one revision worse?  And what it says that frees is what it is, by the blocks.

t/lib/fewest.py REFLINKCTL POOL COUNT
"""
import fcntl
import itertools
import json
import os
import random
import struct
import subprocess
import sys

BLOCK = 64 << 10
FICLONERANGE = 0x4020940D
BIN, POOL, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
SEED = random.randrange(10 ** 9)
chance = random.Random(SEED)


def make(vms):
    """Volumes with some revisions; returns those that may go, and of each part its size and owners
    (None: who stays)."""
    units, stay = [], []
    for vm in range(vms):
        os.makedirs(f"{POOL}/appvms/r{vm}", exist_ok=True)
        count = chance.randint(1, 4)
        for number in range(1, count + 1):
            name = f"appvms/r{vm}/private.img.{number}@2018-01-{chance.randint(10, 28)}T00:00:00Z"
            (units if number < count else stay).append(name)
        stay.append(f"appvms/r{vm}/private.img")
    for name in units + stay:
        with open(f"{POOL}/{name}", "wb") as image: # so large that nothing is set aside behind its end
            image.truncate(72 * BLOCK)
    parts = []
    for at in range(chance.randint(3, 12)):
        owners = chance.sample(units, min(len(units), 1 + int(chance.expovariate(0.7))))
        if chance.random() < 0.2 or not owners:
            owners.append(chance.choice(stay))
        blocks = chance.randint(1, 6)
        with open(f"{POOL}/{owners[0]}", "r+b") as first:
            first.seek(at * 6 * BLOCK)
            first.write(os.urandom(blocks * BLOCK))
            first.flush()
            os.fsync(first.fileno())
            for name in owners[1:]:
                with open(f"{POOL}/{name}", "r+b") as image:
                    fcntl.ioctl(image.fileno(), FICLONERANGE,
                                struct.pack("qQQQ", first.fileno(), at * 6 * BLOCK, blocks * BLOCK,
                                            at * 6 * BLOCK))
        parts.append((blocks * BLOCK, frozenset(name if name in units else None for name in owners)))
    for day, name in enumerate(units + stay): # no two look like copies
        os.utime(f"{POOL}/{name}", (day * 86400, day * 86400))
    return units, parts


def freed(parts, gone):
    return sum(size for size, owners in parts if owners <= gone)


def best(units, parts, size):
    for count in range(len(units) + 1):
        for gone in itertools.combinations(units, count):
            if freed(parts, set(gone)) >= size:
                return count
    return None


def main():
    worse = 0
    for _ in range(COUNT):
        subprocess.run(["rm", "-rf", f"{POOL}/appvms", f"{POOL}/vm-templates"], check=True)
        os.makedirs(f"{POOL}/appvms")
        units, parts = make(chance.randint(1, 3))
        total = freed(parts, set(units))
        for size in {chance.randint(1, total or 1), total}:
            ran = subprocess.run([BIN, "-C", POOL, "-n", "--json", "reclaim", str(size)],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            wanted = best(units, parts, size)
            if wanted is None:
                assert ran.returncode == 3, f"seed {SEED}: {ran}"
                continue
            assert ran.returncode == 0, f"seed {SEED}: {ran}"
            told = json.loads(ran.stdout)
            gone = {row["path"][len(os.path.abspath(POOL)) + 1:] for row in told["revisions"]}
            assert gone <= set(units), f"seed {SEED}: {gone}"
            assert told["freed"] == freed(parts, gone) >= size, f"seed {SEED}: {told} {parts}"
            assert len(gone) <= wanted + 1, f"seed {SEED}: {len(gone)} instead of {wanted}"
            worse += len(gone) - wanted
    print(f"{COUNT} pools, {worse} times one revision too many")


if __name__ == "__main__":
    main()
