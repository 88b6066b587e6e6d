# SPDX-License-Identifier: MIT
"""What must hold after a run of the tool, however it ended.  Each function returns complaints."""

import os
import re

import pool
from scenario import IMAGES, main_of

DEED = re.compile(r"reflinkctl: (reflinked|copied|linked|renamed|removed|created|resized|loop device"
                  r"|writing|waiting)\b|reflinkctl: .* is what a power cut would have left now$")
WARNING = re.compile(r"reflinkctl: warning: ")
REVISION = re.compile(r"\.img\.(\d+)@")

# musl's and glibc's words
REASONS = {
    "EIO": "I/O error|Input/output error", "ENOSPC": "No space left on device",
    "EDQUOT": "Quota exceeded|Disk quota exceeded", "EINTR": "Interrupted system call",
    "EMFILE": "No file descriptors available|Too many open files",
    "ENOMEM": "Out of memory|Cannot allocate memory", "EROFS": "Read-only file system",
    "EPERM": "Operation not permitted",
}

# Calls that may fail without a word, and why.
HARMLESS = {
    "brk": "libc then takes mmap", "mmap": "libc then takes brk, or has enough already",
    "munmap": "nothing to be done about it", "madvise": "advice", "fadvise64": "advice",
    "sync_file_range": "early writeback only makes the fsync shorter",
    "close": "nothing was written that was not synced before",
    "getrandom": "names of tempfiles only have to differ",
    "faccessat": "is it there? if not, making it says why",
    "faccessat2": "is it there? if not, making it says why",
    "access": "is /proc there? if not, there is another way",
    "lseek": "holes aren't told: all is read", "fstatfs": "holes aren't asked for",
    "nanosleep": "a shorter pause",
    "prlimit64": "then no descriptor is held, which only is slower",
    "fgetxattr": "what bears no mark that can be read is no copy, and no lost image",
    "fcntl": "no lease: the loop devices are looked at",
}

# Calls that cannot fail, or only for want of memory in the kernel.
INFALLIBLE = {"exit_group", "rt_sigaction", "rt_sigprocmask", "clock_gettime", "geteuid", "getpid",
              "poll"}
F_SETLEASE = 1024

# errnos of fsetxattr that say that there can be no mark, and so no precache.
NO_MARK = ("ENOSPC", "EDQUOT", "EPERM")

# Verbs that ask for a file's state and go on to something that says what is wrong with it.
QUESTIONS = ("export", "import", "send", "setup", "clone", "copy", "is-outdated")

# Those that go on, with or without a warning, when it isn't known whether somebody writes to an image.
USERS = ("list", "info", "start", "stop", "snapshot", "receive", "import", "import-end", "precache")

# What a signal interrupts is called again.
REPEATED = ("fsync", "pwrite64", "pread64", "read", "flock")
FICLONE = 0x40049409

# Verbs that walk a tree, and go on after what they could not read.
WALKERS = ("cleanup", "list", "info", "fsck")

READDIR = 2048 # bytes of a directory that musl reads at a time
TCGETS, TIOCGWINSZ, LOOP_GET_STATUS64 = 0x5401, 0x5413, 0x4c05
# FS_INFO and TREE_SEARCH_V2 of btrfs, FSGETXATTR
EXTENT_QUESTIONS = 0x8400941F, 0xC0709411, 0x801C581F


def kept_and_dropped(scenario):
    """The letters that hold somebody's work, before; those that must stay, and the others."""
    held, stays = carried(scenario.before), carried(scenario.after)
    return held & stays, held - stays


def carried(files):
    return {token.rstrip("&") for path, token in files.items()
            if token != "dir" and not pool.TEMP.search(path)
            and path not in (IMAGES["precache"], IMAGES["import"])}


def state(scenario, files):
    """The old state or the new one, or one that the scenario allows in between; nothing lost."""
    complaints = []
    main = main_of(files)
    if main not in scenario.mains:
        complaints.append(f"neither old nor new: {main}")
    kept, dropped = kept_and_dropped(scenario)
    present = carried(files)
    if kept - present:
        complaints.append(f"lost: {' '.join(sorted(kept - present))}")
    if dropped - present and not scenario.destroys and main != main_of(scenario.after):
        complaints.append(f"gone before the new state is there: {' '.join(dropped - present)}")
    for path in {*scenario.before, *scenario.after, *files}:
        complaints += entry(scenario, path, files.get(path))
    return complaints


def entry(scenario, path, token):
    allowed = [files.get(path) for files in (scenario.before, scenario.after, scenario.extra)]
    bare = [text and text.rstrip("&") for text in allowed]
    if pool.TEMP.search(path):
        base = path[:-9]
        known = base in scenario.before or base in scenario.after or base in scenario.extra
        return [] if known or path in scenario.before else [f"odd tempfile: {path}"]
    if token is None:
        excused = path in (IMAGES["precache"], IMAGES["clean"], IMAGES["dirty"], IMAGES["import"])
        return [] if None in bare[:2] or excused else [f"missing: {path}"]
    if token.rstrip("&") not in bare:
        return [f"unexpected: {path} is {token}, not {' or '.join(map(str, allowed))}"]
    return []


def final(scenario, files, has_links=True, has_marks=True):
    """Exactly the new state; with clones for links where those failed, and no precache without marks."""
    after = scenario.after
    if not has_marks:
        after = {path: token for path, token in after.items() if path != IMAGES["precache"]}
    if not has_links:
        files, after = ({path: token.rstrip("&") for path, token in each.items()}
                        for each in (files, after))
    return [f"not the new state: {path} is {files.get(path)}, not {after.get(path)}"
            for path in sorted({*files, *after}) if files.get(path) != after.get(path)]


def without(files, old):
    """FILES but for those in OLD; what was linked with one of these alone has no other name then."""
    rest = {path: token for path, token in files.items() if path not in old}
    tokens = list(rest.values())
    return {path: token if tokens.count(token) > 1 else token.rstrip("&") for path, token in rest.items()}


def settled(scenario, files, has_links=True):
    """The new state, but for what the same command again does not make up for."""
    if not scenario.tidies:
        return final(scenario, files, has_links)
    old = {path for path in scenario.before if path not in scenario.after} | {IMAGES["precache"]}
    files, after = without(files, old), without(scenario.after, old)
    if not has_links:
        files, after = ({path: token.rstrip("&") for path, token in each.items()} for each in (files, after))
    return [] if files == after else [f"not settled: {files}, not {after}"]


def ending(run):
    """No signal, no hang, a documented exit code."""
    if run.end[0] == "exit" and 0 <= run.end[1] <= 6:
        return []
    return ["ended by " + " ".join(map(str, run.end))]


def errors_of(run):
    return [line for line in run.err.splitlines() if not DEED.match(line) and not WARNING.match(line)]


def fault(scenario, run, files, name):
    """After one call failed with the errno NAME."""
    complaints = ending(run) + state(scenario, files)
    call = run.hit
    errors = errors_of(run)
    stderr_is_hit = call[0] == "write" and (call[1] == 2 or run.persists) # nobody is left to tell
    if pool.temps(files) and not set(pool.temps(files)) <= set(scenario.before) \
            and call[0] != "unlinkat":
        complaints.append(f"a tempfile is left: {pool.temps(files)}")
    if run.end == ("exit", scenario.exit):
        if errors and not scenario.exit and not stderr_is_hit:
            complaints.append("success with an error")
        if WARNING.search(run.err):
            if main_of(files) != main_of(scenario.after):
                complaints.append("success without the new state")
        elif not scenario.exit:
            complaints += final(scenario, files, may_link(call, name),
                                call[0] != "fsetxattr" or name not in NO_MARK)
            if name not in ("EINTR", "short") and call[0] not in HARMLESS and not stderr_is_hit \
                    and not may_fail(scenario, call, name) and not is_aside(run):
                complaints.append("the failure was ignored")
    elif not complaints and not stderr_is_hit and not is_verdict(scenario, call):
        complaints += error(scenario, run, errors, name)
        if name == "EINTR" and (call[0] in REPEATED or call[2] == FICLONE):
            complaints.append("the call was not repeated")
    return complaints


def may_link(call, name):
    """May there be a hard link, or can none be made, or does somebody seem to write to
    the image (be it we, by a descriptor that close() failed on)?"""
    return call[0] not in ("fcntl", "close") and (call[0], name) != ("linkat", "EPERM")


def is_verdict(scenario, call):
    """Is this the reflink that finds out whether reflinks work, or the question whether anybody uses
    an image?  Then any failure is an answer."""
    if call[0] == "fcntl" or (call[0] == "fsetxattr" and scenario.verb == "precache"):
        return True
    if call[0] == "fstatfs" and scenario.verb == "reclaim": # can it be told what files share here?
        return True
    return scenario.verb in ("check", "setup") and call[0] in ("ioctl", "pwrite64", "faccessat")


def error(scenario, run, errors, name):
    may_repeat = scenario.verb in WALKERS or run.persists # then undoing fails as well
    if len(errors) != 1 and (not errors or not may_repeat):
        return [f"{len(errors)} lines of error"]
    if not re.fullmatch(r"reflinkctl: cannot .*", errors[0]):
        return ["not an error line of ours"]
    if run.hit and run.hit[0] in ("mmap", "mremap"): # no memory, for which no file is to blame
        return []
    if not re.search(r"'|standard output", errors[0]) and name != "ENOMEM": # about no file
        return ["no file's name in the error"]
    if errors[0].endswith("cannot write to standard output"): # of what was found out late
        return []
    if name in REASONS and not re.search(f": ({REASONS[name]})$", errors[0]):
        return [f"the reason is not {name}"]
    return []


def is_aside(run):
    """Behind fstatfs: is this 9p, which tells its server's type?  Behind ftruncate: is a hole allocated here?"""
    kinds = {"fstatfs": ("fstat", "ioctl"), "ftruncate": ("fstat",)}
    return run.before and run.before[1] == run.hit[1] and run.hit[0] in kinds.get(run.before[0], ())


def may_fail(scenario, call, name):
    """Is this a question that the program can do without, or is there another way by DESIGN?"""
    kind, first, second, third = call
    if kind == "linkat" and name == "EPERM": # then a clone
        return True
    if kind == "fsetxattr" and name in NO_MARK:
        return True
    if kind == "openat" and third & os.O_PATH: # durable_hold() only makes things faster
        return True
    # info looks for loop devices, in /dev and /sys; those that can't be looked at are unknown.
    if kind == "openat" and third & os.O_NONBLOCK and not third & os.O_NOFOLLOW:
        return name == "EPERM" or scenario.verb == "info"
    # Is there a loop device on a file that was removed?  It may go meanwhile: what can't be read is none, and
    # what /proc doesn't tell, where the volume's directory really is, is as it was called.  No other directory is
    # read by readdir(3).
    if scenario.verb in ("fsck", "stop") and (
            kind in ("read", "readlink") or (kind == "getdents64" and third == READDIR) or
            (kind == "openat" and not third & (os.O_NOFOLLOW | os.O_DIRECTORY | os.O_NOCTTY))):
        return True
    if kind == "ioctl" and second == LOOP_GET_STATUS64:
        return name == "EPERM" or scenario.verb == "info"
    if scenario.verb == "info" and (kind in ("read", "stat", "open", "getdents64", "malloc") or
                                    (kind == "openat" and not third & os.O_NOFOLLOW)):
        return True
    # Is a dirty image in use?  Is the precache good?  It isn't known, then.
    if kind == "openat" and scenario.verb in USERS and third & os.O_NOCTTY:
        return True
    if kind == "ioctl" and second in (TCGETS, TIOCGWINSZ): # stdio asks: is it a terminal?
        return True
    if scenario.verb == "diff" and (kind == "451" or kind == "ioctl" and second & 0xFFFFFFFF in EXTENT_QUESTIONS):
        return True # where are the bytes, how many in memory? all can be compared instead
    if kind == "statx" and scenario.verb in ("remove", "create"): # is it immutable?
        return True
    if kind == "syncfs": # whether what was removed is free is looked at after it
        return True
    # What is free, and what kind of file system is this?  If extents can't be told: which directory?
    if kind == "fstatfs" and scenario.verb in ("prune", "reclaim") or kind == "fstat" and scenario.verb == "prune":
        return True
    if kind == "fstat" and first == 1: # glibc's asks which buffer would be best
        return True
    if kind == "fstat" and scenario.verb == "info": # which directory is this? it is open
        return True
    if kind in ("fstat", "flistxattr", "fgetxattr", "ioctl") and scenario.verb in ("remove", "fsck"):
        return True # was the directory made ready for something?
    if kind == "ioctl" and scenario.verb == "diff": # extents that can't be told: bytes are compared
        return True
    if kind == "newfstatat" and any(word.startswith(("--snap-on-start", "--like")) for word in scenario.words):
        return True # is there an image of that name, and a dirty one beside it?
    return kind == "newfstatat" and scenario.verb in QUESTIONS


def life(scenario, crashed, files, saves):
    """After start and stop, with all revisions kept."""
    complaints = []
    main = dict(zip(("clean", "dirty"), main_of(crashed)))
    if saves:
        expected = main["dirty"] if main["dirty"] != "-" else main["clean"]
        got = main_of(files)[:2]
        if got != (expected, "-"):
            complaints.append(f"after start and stop: {got}, not {expected}")
    left = [path for path in pool.temps(files) if path.startswith(IMAGES["clean"][:-4])]
    if left:
        complaints.append(f"left over: {left}")
    clean = IMAGES["clean"]
    revisions = [path for path in files if REVISION.search(path)]
    numbers = [REVISION.search(path).group(1) for path in revisions
               if path.startswith(clean) and "+" not in path]
    if len(set(numbers)) != len(numbers):
        complaints.append(f"two revisions of one number: {numbers}")
    pinned = {files[path] for path in revisions if "+" in path} # revert to a pin leaves its revision
    unpinned = [path for path in revisions if "+" not in path and files[path] not in pinned]
    linked = [path for path in unpinned if files[path].endswith("&")
              and files[path] in (files.get(clean), *(files[p] for p in unpinned if p != path))]
    if linked:
        complaints.append(f"a revision twice: {linked}")
    for path in revisions:
        if path in crashed and crashed[path].rstrip("&") != files[path].rstrip("&"):
            complaints.append(f"changed: {path}")
    before = {path for path in crashed if REVISION.search(path)}
    if "--revisions-to-keep=-1" in scenario.kind: # then stop drops them all
        before = set()
    complaints += [f"a revision is gone: {path}" for path in before - set(revisions)]
    return complaints
