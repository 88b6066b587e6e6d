# SPDX-License-Identifier: MIT
"""The transitions that are cut, one after the other in one pool.

	Step		a command on one volume, or what its VM does: write to the dirty image
	steps()		the life of volumes of each kind
	next_steps()	what one would do naturally after a power cut during a step
"""

import os

import state as states

KINDS = {
    "appvms/s/root": ["--snap-on-start=vm-templates/t/root"],
    "appvms/x/root": ["--snap-on-start=vm-templates/t/root", "--save-on-stop"],
    "appvms/v/volatile": ["--volatile"],
}


class Step:
    """VERB of volume VID.  VERB may also be "write": CONTENT goes to the beginning of the dirty
    (or import) IMAGE, and is fsynced if is_synced.  KILLED_AT: it was tried before, and killed at
    so manieth fsync."""

    def __init__(self, verb, vid, *args, content=None, is_synced=False, image="dirty",
                 statuses=(0,), killed_at=None):
        self.killed_at = killed_at
        self.verb, self.vid, self.args, self.statuses = verb, vid, args, statuses
        self.content, self.is_synced, self.image = content, is_synced, f"{vid}-{image}.img"

    def __str__(self):
        return " ".join([self.verb, *self.args, self.vid])

    def command(self):
        kind = KINDS.get(self.vid, []) if self.verb in ("start", "stop") else []
        if self.verb == "precache":
            kind = KINDS.get(self.vid, [])[:1]
        before = [arg for arg in self.args if arg.startswith("-")]
        after = [arg for arg in self.args if not arg.startswith("-")]
        if self.verb in ("stop", "import", "import-end") and not set(KINDS) & {self.vid} and \
                not any(arg.startswith(("--revisions", "--abort")) for arg in before):
            before.append("--revisions-to-keep=1")
        if self.verb == "receive":
            return [self.verb, "--revisions-to-keep=1", self.vid]
        if self.verb in ("copy", "clone", "reclaim"):
            return [self.verb, *before, *after, self.vid]
        if self.verb == "export":
            return [self.verb, f"--output={self.vid}", *self.args]
        return [self.verb, *kind, *before, self.vid, *after]

    def run(self, pool, tool):
        """Do it with the TOOL, a list to put before the arguments; returns its exit code."""
        if self.killed_at:
            tool(self.command(), self.killed_at)
        if self.verb == "receive":
            return tool(self.command(), sent=self.args)
        if self.verb != "write":
            return tool(self.command())
        with open(os.path.join(pool, self.image), "r+b") as image:
            image.write(self.content)
            if self.is_synced:
                image.flush()
                os.fsync(image.fileno())
        return 0

    def loose(self, before):
        """Of which images is the content open to chance while this is being done, and after it,
        if it was of those BEFORE?"""
        if self.verb == "write":
            during = before | {self.image}
            return during, before - {self.image} if self.is_synced else during
        if self.verb in ("create", "stop", "discard", "revert", "remove", "import-end"):
            return before, frozenset(path for path in before if not path.startswith(self.vid))
        return before, before

    def halfway(self, old, new):
        """Pairs of clean and dirty between the OLD and the NEW volume that the headers of the
        verbs admit."""
        if self.verb in ("start", "precache") and self.vid in KINDS:
            return [(new.clean, old.dirty), (old.clean, None), (new.clean, None)]
        if self.verb == "stop" and self.vid == "appvms/s/root":
            return [(old.clean, None)]
        if self.verb == "revert":
            return [(new.clean, old.dirty)]
        if self.verb == "remove" or "--force" in self.args:
            return [(None, old.dirty), (None, None)]
        return []


def text(word, size=96 << 10):
    """SIZE bytes that tell which version they are of, in every block."""
    return b"".join(f"{word}, block {i}\n".encode().ljust(4096, b".")
                    for i in range(size // 4096))


def written(vid, word, is_synced=False, image="dirty"):
    return Step("write", vid, content=text(word), is_synced=is_synced, image=image)


def origin(vid):
    yield Step("create", vid, "--size=128K")
    yield Step("start", vid)
    yield written(vid, "first")
    yield Step("stop", vid)
    yield Step("start", vid)
    yield written(vid, "second", is_synced=True)
    yield Step("resize", vid, "160K")
    yield Step("stop", vid, "--revisions-to-keep=3")
    yield Step("start", vid)
    yield written(vid, "third")
    yield Step("stop", vid, "--revisions-to-keep=3", "--no-precache")
    yield Step("start", vid)
    yield written(vid, "fourth")
    yield Step("stop", vid, "--revisions-to-keep=1")
    yield Step("start", vid)
    yield written(vid, "regretted", is_synced=True)
    yield Step("revert", vid, "--discard")
    yield Step("resize", vid, "192K")
    yield Step("precache", vid)
    yield Step("start", vid)
    yield written(vid, "fifth", is_synced=True)
    yield Step("stop", vid, "--revisions-to-keep=0")
    yield Step("start", vid, "--revisions-to-keep=-1")
    yield written(vid, "sixth", is_synced=True)
    yield Step("stop", vid, "--revisions-to-keep=-1")
    yield Step("start", vid)
    yield written(vid, "seventh")
    yield Step("stop", vid, "--revisions-to-keep=2")
    yield Step("start", vid)
    yield written(vid, "eighth")
    yield Step("stop", vid, "--revisions-to-keep=2")
    yield from pins(vid)
    yield Step("revert", vid, "1")
    yield Step("start", vid)
    yield Step("discard", vid)
    yield Step("reclaim", vid, "--keep=0", "4096")
    yield Step("prune", vid, "--revisions-to-keep=0")
    yield Step("start", vid)
    yield written(vid, "ninth")
    yield Step("stop", vid, killed_at=2)
    yield Step("resize", vid, "224K", killed_at=2)
    yield Step("start", vid, killed_at=2)
    yield written(vid, "tenth", is_synced=True)
    yield Step("resize", vid, "256K", killed_at=1)
    yield Step("discard", vid, killed_at=1)


def pins(vid):
    """Where there are no reflinks, snapshot refuses."""
    yield Step("pin", vid, "1", "old")
    yield Step("pin", vid, "clean", "kept")
    yield Step("start", vid)
    yield written(vid, "in the midst")
    yield Step("snapshot", vid, statuses=(0, 3))
    yield written(vid, "a moment", is_synced=True)
    yield Step("snapshot", vid, "--pin=moment", statuses=(0, 3))
    yield written(vid, "after it")
    yield Step("stop", vid, "--revisions-to-keep=2")
    yield Step("revert", vid, "kept")
    yield Step("unpin", vid, "kept")
    yield Step("revert", vid, "moment", statuses=(0, 4))
    yield Step("unpin", vid, "moment", statuses=(0, 4))
    yield Step("unpin", vid, "old")


def snapshots(template):
    s, x, v = KINDS
    yield Step("create", template, "--size=128K")
    yield Step("start", template)
    yield written(template, "template 1")
    yield Step("stop", template)
    yield Step("start", s)
    yield written(s, "scratch")
    yield Step("start", template)
    yield written(template, "template 2")
    yield Step("start", x)
    yield written(x, "saved 1")
    yield Step("stop", template)
    yield Step("stop", x)
    yield Step("stop", s)
    yield Step("precache", s)
    yield Step("start", s)
    yield Step("start", x)
    yield written(x, "saved 2")
    yield Step("stop", x, "--revisions-to-keep=2")
    yield Step("stop", s, "--precache")
    yield Step("start", s)
    yield Step("stop", s, "--precache")
    yield Step("start", x)
    yield written(x, "saved 3", is_synced=True)
    yield Step("stop", x, "--revisions-to-keep=2", "--precache")
    yield Step("start", template)
    yield written(template, "template 3")
    yield Step("stop", template, "--revisions-to-keep=3")
    yield Step("start", s)
    yield Step("precache", s)
    yield Step("stop", s)
    yield Step("start", s)
    yield Step("stop", s, "--no-precache")
    yield Step("start", x)
    yield Step("stop", x, "--revisions-to-keep=2", "--precache")
    yield Step("start", x)
    yield Step("stop", x, "--no-precache")
    yield Step("start", v, "--size=128K")
    yield Step("stop", v)
    yield Step("remove", x)
    yield Step("copy", "copies/image", template + ".img")
    yield Step("copy", "copies/image", "appvms/o/private.img")


def data(template):
    yield Step("clone", "appvms/c/private", template)
    yield Step("import", "appvms/c/private", "copies/image")
    yield Step("import", "appvms/c/private", template)
    yield Step("import-begin", "appvms/c/private", "--size=96K")
    yield written("appvms/c/private", "imported", image="import")
    yield Step("import-end", "appvms/c/private")
    yield Step("import-begin", "appvms/c/private", "--size=64K")
    yield Step("import-end", "appvms/c/private", "--abort")
    yield Step("receive", "appvms/r/private", template, "2")
    yield Step("receive", "appvms/r/private", "--from=2", template)
    yield Step("pin", template, "2", "kept")
    yield Step("clone", "appvms/q/private", "--revisions", template)
    yield Step("unpin", template, "kept")
    yield Step("export", "copies/exported", template)
    yield Step("export", "copies/exported", "appvms/c/private", "3")


def litter(vid):
    """What interrupted copies leave, and a precache of another image."""
    for name in (".img~abcdefgh", "-dirty.img~ijklmnop", "-precache.img"):
        yield Step("copy", vid + name, "copies/image")


def mending(vid):
    yield Step("import-begin", vid, "--size=64K")
    yield from litter(vid)
    yield Step("cleanup", vid)
    yield from litter(vid)
    yield Step("fsck", vid, "--repair")
    yield Step("prune", vid, "3")
    yield Step("start", vid)
    yield written(vid, "to be forgotten")
    yield Step("create", vid, "--size=64K", "--force")


def steps():
    yield Step("setup", "another", "--setup-check=no")
    yield from origin("appvms/o/private")
    yield from snapshots("vm-templates/t/root")
    yield from data("vm-templates/t/root")
    yield from mending("appvms/c/private")
    yield Step("start", "appvms/o/private")
    yield Step("remove", "appvms/o/private", "--discard")


def next_steps(step, now):
    """After a cut during or after STEP that left the state NOW."""
    volume = states.Volume(now, step.vid)
    is_prepared = volume.precache and step.vid in KINDS
    has_any = volume.clean or volume.dirty or volume.revisions or volume.pins or is_prepared
    if step.verb in ("setup", "copy", "export", "remove") or not has_any:
        yield Step(step.verb, step.vid, *step.args, statuses=(0, 4))
        return
    if step.verb == "clone" and not volume.clean:  # some revisions have names
        yield Step("clone", step.vid, *step.args, statuses=(3,))
        yield Step("remove", step.vid, "--force")
        yield Step("clone", step.vid, *step.args)
        return
    size = ["--size=128K"] if step.vid == "appvms/v/volatile" else []
    yield Step("start", step.vid, *size)
    yield written(step.vid, "after the cut")
    yield Step("stop", step.vid, "--revisions-to-keep=9")
    if step.vid not in KINDS:  # those of other kinds leave nothing
        yield Step("fsck", step.vid)


def ends_right(step, old, new):
    """Yield what is wrong after STEP has led from state OLD to NEW."""
    before, after = states.Volume(old, step.vid), states.Volume(new, step.vid)
    is_saved = step.vid not in KINDS or step.vid == "appvms/x/root"
    template = states.Volume(new, "vm-templates/t/root")
    is_prepared = after.has_precache_of(template.clean, " source")
    if step.verb in ("start", "stop", "remove", "copy", "cleanup", "fsck") and after.leftovers:
        yield f"leftovers {after.leftovers}"
    if bool(after.imported) != (step.verb == "import-begin" or step.image.endswith("-import.img")):
        yield "an import image" if after.imported else "no import image"
    if step.verb == "start":
        source = before.clean if step.vid not in KINDS else template.clean
        if is_saved and before.dirty:
            source = before.dirty
        if step.vid != "appvms/v/volatile" and (
                not after.dirty or source.digest != after.dirty.digest):
            yield f"dirty is {states.tell(after.dirty)}, not {states.tell(source)}"
    elif step.verb == "stop" and is_saved:
        if after.dirty or not states.same_content(after.clean, before.dirty):
            yield f"clean is {states.tell(after.clean)}, not {states.tell(before.dirty)}"
        files = [after.clean, *after.revisions.values()]
        if len({file.inode for file in files}) != len(files):
            yield "a revision is there twice"
        if "--revisions-to-keep=9" in step.args:
            digests = [file.digest for file in after.revisions.values()]
            if step.vid in KINDS:  # what it started from is for the template to keep
                digests += [file.digest for file in [template.clean, *template.revisions.values()]]
            for file in [*before.revisions.values(), *([before.clean] if before.clean else [])]:
                if file.digest not in digests:
                    yield f"{states.tell(file)} is no revision any more"
        if after.precache and not after.has_good_precache() and not is_prepared:
            yield "a stale precache"
    elif step.verb in ("stop", "remove"):
        stays = step.verb == "stop" and "--no-precache" not in step.args and (
            before.precache or "--precache" in step.args)
        if any(path.startswith(step.vid) for path in new
               if not stays or not path.endswith("-precache.img")):
            yield "something is left over"
        if "--precache" in step.args and not is_prepared:
            yield "the next start isn't prepared"
    elif step.verb == "snapshot" and old != new:
        kept = [after.pins.get(arg[6:]) for arg in step.args if arg.startswith("--pin=")]
        if not all(states.same_content(file, before.dirty) for file in [after.clean, *kept]):
            yield f"clean is {states.tell(after.clean)}, not {states.tell(before.dirty)}"
    elif step.verb in ("pin", "unpin"):
        if (step.args[-1] in after.pins) != (step.verb == "pin"):
            yield f"pins {list(after.pins)}"
    elif step.verb == "setup":
        if not {"another/appvms/", "another/vm-templates/"} <= new.keys():
            yield "directories are missing"
    elif step.statuses == (3,):
        if old != new:
            yield "what was refused has changed something"
    elif step.verb in ("import", "clone"):
        source = new.get(step.args[-1]) or new[step.args[-1] + ".img"]
        if not states.same_content(after.clean, source):
            yield f"clean is {states.tell(after.clean)}, not {states.tell(source)}"
        if "--revisions" in step.args:
            yield from states.same_history(after, states.Volume(new, step.args[-1]))
    elif step.verb == "receive":
        source = states.Volume(new, "vm-templates/t/root")
        source = source.revisions[2] if "2" in step.args else source.clean
        if not states.same_content(after.clean, source):
            yield f"clean is {states.tell(after.clean)}, not {states.tell(source)}"
    elif step.verb == "import-end" and "--abort" not in step.args:
        if not states.same_content(after.clean, before.imported):
            yield f"clean is {states.tell(after.clean)}, not {states.tell(before.imported)}"
    elif step.verb == "create":
        if after.dirty or after.revisions or states.same_content(after.clean, before.clean):
            yield "something of before is left"
    elif step.verb in ("copy", "export"):
        source = new.get(step.args[0]) or new[step.args[0] + ".img"]
        if step.args[1:]:
            source = states.Volume(new, step.args[0]).revisions[int(step.args[1])]
        if not states.same_content(new.get(step.vid), source):
            yield f"the copy is {states.tell(new.get(step.vid))}"
