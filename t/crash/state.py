# SPDX-License-Identifier: MIT
"""What is in a pool by plain reads, and what may be there after a power cut."""

import hashlib
import os
import re
import sys
from collections import namedtuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import mark as marks

# MARK is what it is a copy of, OF what a copy of it would be marked with.
File = namedtuple("File", "size digest mtime inode links mark of")


def read(pool):
    """{path in the pool: File}.  The paths of directories end with a slash."""
    state = {}
    for directory, subdirectories, names in os.walk(pool):
        for name in subdirectories:
            path = os.path.relpath(os.path.join(directory, name), pool)
            state[path + "/"] = File(0, "a directory", 0, 0, 0, "", "")
        for name in names:
            path = os.path.join(directory, name)
            with open(path, "rb") as file:
                digest = hashlib.sha1(file.read()).hexdigest()[:10]
                st = os.fstat(file.fileno())
            state[os.path.relpath(path, pool)] = File(
                st.st_size, digest, st.st_mtime_ns, st.st_ino, st.st_nlink,
                marks.get(path), marks.of(path))
    return state


class Volume:
    """The files of volume VID in a STATE."""

    def __init__(self, state, vid):
        self.clean = state.get(vid + ".img")
        self.dirty = state.get(vid + "-dirty.img")
        self.precache = state.get(vid + "-precache.img")
        self.imported = state.get(vid + "-import.img")
        self.revisions, self.pins, self.leftovers = {}, {}, []
        for path, file in state.items():
            if not path.startswith(vid):
                continue
            rest = path[len(vid):]
            revision = re.fullmatch(r"\.img\.(\d+)@[-0-9]{10}T[0-9:]{8}Z", rest)
            pin = re.fullmatch(r"\.img\.\d+@[-0-9]{10}T[0-9:]{8}Z\+([^~]+)", rest)
            if pin:
                self.pins[pin[1]] = file
            elif revision:
                self.revisions[int(revision[1])] = file
            elif re.fullmatch(r"(-dirty|-import|-precache)?\.img(\.\d+@.*)?~.{8}", rest):
                self.leftovers.append(path)

    def has_good_precache(self):
        """Would start take the precache for a clone of clean?"""
        return self.has_precache_of(self.clean)

    def has_precache_of(self, image, role=""):
        return (self.precache and image and self.precache.links == 1
                and self.precache.mark == image.of + role
                and self.precache.size == image.size
                and self.precache.mtime == image.mtime)


def same(a, b, loosely=False):
    """Equal in content, size and time; LOOSELY: in size."""
    if a is None or b is None:
        return a is b
    return a.size == b.size and (loosely or (a.digest == b.digest and a.mtime == b.mtime))


def tell(file):
    return f"{file.digest} ({file.size} bytes)" if file else "nothing"


def exact(now, want, loose=(), without=None):
    """Yield what differs between two states.  Of LOOSE files only the size counts; the files of
    the volume WITHOUT, and its directory, don't count."""
    for path in sorted(now.keys() | want.keys()):
        if without and (path.startswith(without) or path == os.path.dirname(without) + "/"):
            continue
        if not same(now.get(path), want.get(path), path in loose):
            yield f"{path} is {tell(now.get(path))}, promised was {tell(want.get(path))}"


def between(now, old, new, step, loose):
    """Yield what is wrong with step.vid in the state NOW, where a cut happened during STEP, which
    was to lead from OLD to NEW."""
    now, old, new = (Volume(state, step.vid) for state in (now, old, new))
    loosely = step.vid + "-dirty.img" in loose

    def is_pair(clean, dirty):
        return (same_content(now.clean, clean) and
                (same_content(now.dirty, dirty) or
                 (loosely and now.dirty and dirty and now.dirty.size == dirty.size)))

    pairs = [(old.clean, old.dirty), (new.clean, new.dirty), *step.halfway(old, new)]
    if not any(is_pair(*pair) for pair in pairs):
        yield (f"clean is {tell(now.clean)} and dirty {tell(now.dirty)}, neither old"
               f" ({tell(old.clean)}, {tell(old.dirty)}) nor new"
               f" ({tell(new.clean)}, {tell(new.dirty)})")
    is_committed = is_pair(new.clean, new.dirty) or \
        (step.verb == "revert" and same_content(now.clean, new.clean))
    for number, file in now.revisions.items():
        if not same(file, old.revisions.get(number) or new.revisions.get(number)):
            yield f"revision {number} is {tell(file)}, which nobody made"
    for number in sorted(old.revisions.keys() | new.revisions.keys()):
        if number in now.revisions:
            continue
        if number not in old.revisions:
            if same_content(new.revisions[number], new.clean):
                continue  # a name of the new state, that it is pinned by
            if old.clean and not same_content(now.clean, old.clean):
                yield f"clean was replaced, and is no revision {number}"
        elif number in new.revisions:
            yield f"revision {number} is lost"
        elif not is_committed and step.verb not in ("prune", "reclaim", "remove", "create"):
            yield f"revision {number} was removed before the commit stands"
    if step.verb == "clone" and now.clean:
        yield from same_history(now, new)
    for name, file in now.pins.items():
        if not same(file, old.pins.get(name) or new.pins.get(name)):
            yield f"pin {name} is {tell(file)}, which nobody made"
    for name in (old.pins.keys() & new.pins.keys()) - now.pins.keys():
        yield f"pin {name} is lost"
    if now.precache and (new.precache or old.precache) and not now.precache.mark and \
            all(not precache or precache.mark for precache in (new.precache, old.precache)):
        yield "a precache without its mark"
    if now.has_good_precache() and now.precache.digest != now.clean.digest:
        yield f"the precache is {tell(now.precache)}, clean {tell(now.clean)}"


def same_history(clone, source):
    """Yield what the volume CLONE hasn't got of SOURCE: a revision, a pin, the time of a state."""
    for what, those, these in (("clean", {"": clone.clean}, {"": source.clean}),
                               ("revision", clone.revisions, source.revisions),
                               ("pin", clone.pins, source.pins)):
        for name in sorted(those.keys() | these.keys()):
            if not same(those.get(name), these.get(name)):
                yield f"{what} {name} is {tell(those.get(name))}, not {tell(these.get(name))}"


def same_content(a, b):
    return (a and (a.size, a.digest)) == (b and (b.size, b.digest))
