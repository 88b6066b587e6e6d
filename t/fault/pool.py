# SPDX-License-Identifier: MIT
"""Pools for the sweep: made from a description, and read back into one.

A description is a dict, path -> content: "A" (a letter, whose time the file has), "A:SIZE",
"0:SIZE" (a hole), with "&" behind it if the file shares its inode with the others of that content;
"dir" for a directory, whose path ends with a slash.
"""

import hashlib
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import mark
import stream

BLOCK, SIZE = 4096, 20480
FIXED = ("appvms/", "vm-templates/")
TEMP = re.compile(r"~[a-zA-Z0-9_]{8}$")


def time_of(letter):
    """The modification time of all files with this content, in seconds."""
    return 1500000000 + ord(letter[0]) * 86400


def stamp(letter):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_of(letter)))


def content(token):
    """Data, a hole of two blocks, data, and a hole to the end."""
    letter, _, size = token.rstrip("&").partition(":")
    size = int(size or SIZE)
    if letter == "0":
        return bytes(size)
    block = letter.encode() * BLOCK
    return (block + bytes(2 * BLOCK) + block).ljust(size, b"\0")[:size]


def make(top, files):
    """Make the pool; what was there before is gone."""
    clear(top)
    os.makedirs(top, exist_ok=True)
    for path in FIXED:
        os.mkdir(f"{top}/{path}")
    inodes = {}
    for path, token in files.items():
        full = f"{top}/{path}"
        if token == "dir":
            os.makedirs(full, exist_ok=True)
            continue
        parent = os.path.dirname(full)
        if not os.path.isdir(parent):
            os.makedirs(parent)
        if token.endswith("&") and token in inodes:
            os.link(inodes[token], full)
            continue
        inodes[token] = full
        write(full, token)
    mark_precaches(top, files)


def mark_precaches(top, files):
    """A precache is marked as a copy of the clean image beside it, or of the template's, that has the
    same content; or, but for Z, which is of another driver, as of an image that is gone."""
    for path, token in files.items():
        if not path.endswith("-precache.img"):
            continue
        for image, role in (("vm-templates/t/root.img", " source"),
                            (path.replace("-precache", ""), "")):
            if files.get(image, "").rstrip("&") == token.rstrip("&"):
                mark.put(f"{top}/{path}", f"{top}/{image}", role)
                break
        else:
            if path.replace("-precache", "") in files and token != "Z":
                mark.put(f"{top}/{path}", f"{top}/{path}", "")


def state_of(letter):
    """What the state of this content is called in a stream, and its id."""
    ident = hashlib.sha256(letter.encode()).hexdigest()[:32]
    return f"1@{stamp(letter)[:-1]}.000000000Z {ident}", ident


def identify(top, path, token):
    """Write the id of the content on a file that has it."""
    st = os.stat(f"{top}/{path}")
    value = f"{state_of(token)[1]} {st.st_mtime_ns // 10**9}.{st.st_mtime_ns % 10**9:09} {st.st_size}"
    os.setxattr(f"{top}/{path}", "user.reflinkctl.state", value.encode())


def stream_of(token, base=None):
    """What send writes of this content, or of what has changed since BASE."""
    data = content(token)
    records = [f"f:{state_of(base)[0]}"] if base else []
    records += [f"t:{state_of(token)[0]}", f"s:{len(data)}"]
    for start in range(0, len(data), BLOCK):
        block = data[start:start + BLOCK]
        if block.strip(b"\0"):
            records.append(f"w:{start}:{block.hex()}")
        elif base:
            records.append(f"z:{start}:{len(block)}")
    return stream.make([*records, "e"])


def input_of(text):
    """What a scenario has for the standard input."""
    words = text.split()
    return stream_of(*words[1:]) if words[0] == "stream" else content(text)


def is_any_lost(top):
    """Has a failed fsync been remembered on any file?"""
    return any(mark.get(f"{top}/{path}", mark.LOST) for path, _ in walk(top) if path[-1] != "/")


def write(full, token):
    data = content(token)
    fd = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.ftruncate(fd, len(data))
    for start in range(0, len(data), BLOCK):
        block = data[start:start + BLOCK]
        if block.strip(b"\0"):
            os.pwrite(fd, block, start)
    os.utime(fd, (time_of(token), time_of(token)))
    os.close(fd)


def clear(top):
    if not os.path.isdir(top):
        return
    for entry in list(os.scandir(top)):
        if entry.is_dir(follow_symlinks=False):
            clear(entry.path)
        else:
            os.unlink(entry.path)
    os.rmdir(top)


def walk(top, below=""):
    with os.scandir(f"{top}/{below}") as entries:
        for entry in entries:
            path = below + entry.name
            if entry.is_dir(follow_symlinks=False):
                yield path + "/", entry.stat(follow_symlinks=False)
                yield from walk(top, path + "/")
            else:
                yield path, entry.stat(follow_symlinks=False)


def fingerprint(top):
    """Changes with anything that is done to the pool: the sweep then need not read it."""
    return sorted((path, st.st_ino, st.st_nlink, st.st_size, st.st_mtime_ns, st.st_ctime_ns)
                  for path, st in walk(top))


class Reader:
    """Reads pools into descriptions, by the contents that may be in them."""

    def __init__(self, tokens):
        self.names = {content(token): token.rstrip("&") for token in tokens}

    def read(self, top):
        files, inodes = {}, {}
        for path, st in walk(top):
            if path.endswith("/"):
                files[path] = "dir"
                continue
            with open(f"{top}/{path}", "rb") as file:
                data = file.read()
            files[path] = self.names.get(data) or f"?{len(data)}:{data[:8]!r}"
            inodes.setdefault(st.st_ino, []).append(path)
        for paths in inodes.values():
            for path in paths if len(paths) > 1 else ():
                files[path] += "&"
        return files


def complete(files):
    """The description with the directories that its paths imply."""
    whole = {path: "dir" for path in FIXED}
    for path in files:
        parts = path.rstrip("/").split("/")
        for n in range(1, len(parts)):
            whole["/".join(parts[:n]) + "/"] = "dir"
    whole.update(files)
    return whole


def without_temps(files):
    return {path: token for path, token in files.items() if not TEMP.search(path)}


def temps(files):
    return [path for path in files if TEMP.search(path)]
