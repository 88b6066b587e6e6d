# SPDX-License-Identifier: MIT
"""A volume whose revisions all stay, so that it is known exactly what must be there.

Promised is what a VM has written into the dirty image, unless a later one has written over it
before it was committed; and what an import has brought in that said so.  Each unit promised is in
the dirty image, the clean one or a revision (or, after fsck, in lost/), at every moment in which the
VM's lock can be had, whoever was killed before.
"""

import os

MANY = 60  # revisions; then the test itself removes the older half


class Ledger:
    def __init__(self, tree, vid, complain):
        self.tree, self.vid, self.complain = tree, vid, complain
        self.vm, self.name = os.path.split(vid)
        self.promised = set()

    def held(self, fd, when):
        """Names and units; complains if one isn't there that was promised."""
        found = self.tree.units(fd, self.vid)
        for unit in self.promised.difference(found.values(), self.tree.put_aside(self.vid)):
            self.complain(f"{when}: {self.vid} lost {unit.decode()}")
            self.promised.discard(unit)
        return found

    def write(self, content):
        with self.tree.locked(self.vm) as fd:
            found = self.held(fd, "at a write")
            if not self.tree.write_locked(fd, self.vid, content):
                return False
            dirty = found.pop(f"{self.name}-dirty.img")
            if dirty not in found.values():
                self.promised.discard(dirty)
            self.promised.add(content[:20])
            self.thin_out(fd, found)
            return True

    def thin_out(self, fd, found):
        """Some revisions go, or looking would take ever longer."""
        revisions = sorted((name for name in found if ".img." in name),
                           key=lambda name: int(name.split(".img.")[1].split("@")[0]))
        if len(revisions) > MANY:
            for name in revisions[:MANY // 2]:
                os.unlink(name, dir_fd=fd)
            self.promised.intersection_update(self.tree.units(fd, self.vid).values())

    def promise(self, content):
        """An import has said that it is done."""
        with self.tree.locked(self.vm) as fd:
            self.promised.add(content[:20])
            self.held(fd, "after an import")

    def check(self, when):
        with self.tree.locked(self.vm) as fd:
            self.held(fd, when)
