# SPDX-License-Identifier: MIT
"""Ten pools in which something went wrong, each made by the tool and then by what went wrong.

A Broken pool has a ledger: the contents that must not be lost, each the text that a file begins
with, and what it is: "clean", "revision", "dirty" or "file" (somebody's, no volume's).  And it knows
what a volume is to hold when it has been put right, and which files are to be where they were.
"""
import os
import subprocess

MIB = 1 << 20
PRIVATE, ROOT, TEMPLATE = "appvms/mail/private", "appvms/mail/root", "vm-templates/fedora/root"
NOON = "@2018-01-02T12:00:00Z"


class Broken:
    def __init__(self, binary, pool, name, make):
        self.binary, self.pool, self.name = binary, pool, name
        self.ledger, self.vids = {}, [PRIVATE]
        self.kinds = {}      # options of the volumes that are no origins
        self.holds = {}      # volume: text
        self.stays = []      # names of files
        self.size = MIB
        subprocess.run([binary, "-q", "setup", "--setup-check=no", pool], check=True)
        make(self)

    def run(self, *words):
        subprocess.run([self.binary, "-q", "-C", self.pool, *words], check=True, stdout=subprocess.DEVNULL)

    def path(self, name):
        return os.path.join(self.pool, name)

    def write(self, name, text, what):
        """At the beginning of a file, which may be new."""
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        fd = os.open(self.path(name), os.O_WRONLY | os.O_CREAT, 0o600)
        with open(fd, "wb") as file:
            file.write(text.encode().ljust(32, b"\0"))
            file.truncate(max(self.size, os.fstat(fd).st_size))
            os.fsync(fd)
        if what:
            self.ledger[text] = what

    def session(self, vid, text, *kind):
        self.run("start", *kind, vid)
        self.write(f"{vid}-dirty.img", text, "clean")
        self.run("stop", *kind, vid)

    def volume(self, vid, *texts):
        """Each TEXT a committed state, the last one the clean image."""
        self.run("create", f"--size={self.size}", vid)
        for text in texts:
            self.session(vid, text)
        for text in texts[:-1]:
            self.ledger[text] = "revision"

    def crash(self, vid, text, *kind):
        self.run("start", *kind, vid)
        self.write(f"{vid}-dirty.img", text, "dirty")

    def revision(self, vid, number):
        folder = self.path(os.path.dirname(vid))
        start = f"{os.path.basename(vid)}.img.{number}@"
        return next(os.path.join(folder, name) for name in os.listdir(folder) if name.startswith(start))

    def drop_precache(self, vid):
        if os.path.exists(self.path(f"{vid}-precache.img")):
            os.unlink(self.path(f"{vid}-precache.img"))


def crash_to_keep(broken):
    broken.volume(PRIVATE, "draft", "chapter one")
    broken.crash(PRIVATE, "chapter two, not saved")
    broken.holds[PRIVATE] = "chapter two, not saved"


def crash_to_drop(broken):
    broken.volume(PRIVATE, "before the virus", "good")
    broken.run("pin", PRIVATE, "clean", "good")
    broken.crash(PRIVATE, "encrypted by a virus")
    broken.kinds["appvms/mail/volatile"] = "--volatile --size=1M"
    broken.run("start", "--volatile", "--size=1M", "appvms/mail/volatile")


def dirty_only(broken):
    broken.volume(PRIVATE, "old", "less old")
    broken.crash(PRIVATE, "newest")
    os.unlink(broken.path(f"{PRIVATE}.img"))
    broken.ledger.pop("less old")
    broken.holds[PRIVATE] = "newest"


def interrupted_commit(broken):
    broken.volume(PRIVATE, "one", "two")
    broken.crash(PRIVATE, "three")
    clean = broken.path(f"{PRIVATE}.img")
    os.link(clean, f"{clean}.3{NOON}")
    for name in ("private.img~abcdefgh", "private-dirty.img~k3x_2b9q"):
        broken.write(f"appvms/mail/{name}", "half", None)
    for name in ("private.img~20180102", "private-old.img.bak", "thesis.odt"):
        broken.write(f"appvms/mail/{name}", f"mine, {name}", "file")
        broken.stays.append(f"appvms/mail/{name}")
    broken.holds[PRIVATE] = "three"


def half_import(broken):
    broken.volume(PRIVATE, "one", "two")
    broken.write("appvms/mail/private-import.img", "half a backup", None)
    broken.holds[PRIVATE] = "two"
    broken.kinds["appvms/mail/volatile"] = "--volatile --size=1M"
    for name in ("private-cow.img", "private-cow.img.old", "root-cow.img", "volatile.img"):
        broken.write(f"appvms/mail/{name}", f"of the driver file, {name}", "file")
    for name in (f"private.img{NOON}", "private.img@2017-01-02T03:04:05Z", f"private.img.x{NOON}"):
        broken.write(f"appvms/mail/{name}", f"older, {name}", "revision")


def full_disk(broken):
    broken.size = 4 * MIB
    broken.holds[PRIVATE] = "three"
    broken.volume(PRIVATE, "one", "two")
    broken.crash(PRIVATE, "three")
    with open(broken.path("fill"), "wb") as file:
        try:
            while True:
                file.write(bytes(MIB))
                file.flush()
        except OSError:
            pass


def among_revisions(broken):
    broken.volume(PRIVATE, *(f"state {i}" for i in range(8)))
    broken.holds[PRIVATE] = "state 7"
    broken.run("pin", PRIVATE, "3", "may")
    broken.write(broken.revision(PRIVATE, 5), "state 3, written to when it was mounted", "revision")
    broken.ledger.pop("state 3")
    os.rename(broken.revision(PRIVATE, 2), broken.path(f"{PRIVATE}.img.007{NOON}"))
    os.rename(broken.revision(PRIVATE, 4), broken.path(f"{PRIVATE}.img.6{NOON}"))
    os.rename(broken.revision(PRIVATE, 8), broken.path(f"{PRIVATE}.img.8@2018-02-30T12:00:00Z"))


def lost_template(broken):
    broken.vids += [TEMPLATE, ROOT]
    broken.volume(PRIVATE, "mine")
    broken.volume(TEMPLATE, "f40", "f41")
    for vid, newer in (("appvms/old/root", "f42"), (ROOT, None)):
        broken.run("start", f"--snap-on-start={TEMPLATE}", vid)
        broken.kinds[vid] = f"--snap-on-start={TEMPLATE}"
        if newer:
            broken.session(TEMPLATE, newer)
    broken.ledger["f41"] = "revision"
    os.unlink(broken.path(f"{TEMPLATE}.img"))
    broken.drop_precache(TEMPLATE)
    broken.holds[TEMPLATE] = "f42"


def restored(broken):
    """By cp -r, while VMs ran."""
    broken.vids += [TEMPLATE]
    broken.volume(TEMPLATE, "f40", "f41")
    broken.volume(PRIVATE, "one", "two")
    broken.crash(PRIVATE, "three")
    broken.run("start", f"--snap-on-start={TEMPLATE}", ROOT)
    broken.volume("appvms/bank/private", "money")
    broken.crash("appvms/bank/private", "more money")
    os.rename(broken.pool, f"{broken.pool}.before")
    subprocess.run(["cp", "-r", "--sparse=always", f"{broken.pool}.before", broken.pool], check=True)
    # of one, the dirty image was copied last; of the other, the clean one
    os.utime(broken.path(f"{PRIVATE}-dirty.img"))
    os.utime(broken.path(f"{ROOT}-dirty.img"))
    os.utime(broken.path("appvms/bank/private-dirty.img"), (1514894400, 1514894400))
    broken.holds = {PRIVATE: "three", "appvms/bank/private": "money", TEMPLATE: "f41"}
    subprocess.run(["rm", "-r", f"{broken.pool}.before"], check=True)


def grown_and_moved(broken):
    broken.volume(PRIVATE, "one", "two")
    broken.volume("appvms/post/private", "letters", "more letters")
    broken.vids.append("appvms/post/private")
    broken.crash("appvms/post/private", "a letter today")
    broken.run("resize", "appvms/post/private", "3M")
    os.rename(broken.path(f"{PRIVATE}.img"), broken.path("moved.img"))
    os.symlink("../../moved.img", broken.path(f"{PRIVATE}.img"))
    broken.drop_precache(PRIVATE)
    broken.holds = {PRIVATE: "two", "appvms/post/private": "a letter today"}
    os.mkdir(broken.path("appvms/left"))
    broken.write("appvms/post/private.img.1@todayZ", "renamed by hand", "revision")


POOLS = (crash_to_keep, crash_to_drop, dirty_only, interrupted_commit, half_import, full_disk,
         among_revisions, lost_template, restored, grown_and_moved)
