#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Streams of send and receive (subcmd/image/stream.h), by another hand.

usage: stream.py read <STREAM        a line for each record, and "sum" if that is right
       stream.py make RECORD...      a stream of them: f:NAME t:NAME s:SIZE w:OFFSET:LENGTH (or 64
                                     digits and more of data) z:OFFSET:LENGTH e, x:HEX of anything; a right sum follows e
       stream.py apply BASE <STREAM  what it makes of the file BASE
       stream.py hold DIR BIN ARG... <STREAM
                                     receive it cut off at each of these, at some bytes between, and
                                     with some bits turned: each must be refused, and nothing change
"""

import hashlib
import os
import random
import struct
import subprocess
import sys

MAGIC = b"rbd diff v1\n"


def records(data):
    """Tag, what it says, its data, its end."""
    assert data.startswith(MAGIC)
    at = len(MAGIC)
    while True:
        tag, at = data[at:at + 1], at + 1
        if tag in (b"f", b"t"):
            (length,) = struct.unpack_from("<I", data, at)
            at += 4 + length
            yield tag.decode(), (data[at - length:at].decode(),), b"", at
        elif tag == b"s":
            at += 8
            yield "s", struct.unpack_from("<Q", data, at - 8), b"", at
        elif tag in (b"w", b"z"):
            offset, length = struct.unpack_from("<QQ", data, at)
            at += 16 + (length if tag == b"w" else 0)
            yield tag.decode(), (offset, length), data[at - length:at] if tag == b"w" else b"", at
        else:
            assert tag == b"e", (tag, at)
            yield "e", (), b"", at
            rest = data[at:]
            assert rest == b"sha256 %s\n" % hashlib.sha256(data[:at]).hexdigest().encode(), rest
            return


def read(data):
    for tag, words, payload, _ in records(data):
        if tag == "w":
            assert words[1] == len(payload) <= 1 << 20
        print(tag, *words)
    print("sum")


def apply(data, base):
    image = bytearray(base)
    for tag, words, payload, _ in records(data):
        if tag == "s":
            image = image[:words[0]].ljust(words[0], b"\0")
        elif tag in "wz":
            image[words[0]:sum(words)] = payload or bytes(words[1])
    return bytes(image)


def make(items):
    out = MAGIC
    for item in items:
        tag, *words = item.split(":") if item[:1] not in "ft" else item.split(":", 1)
        if tag in ("f", "t"):
            out += tag.encode() + struct.pack("<I", len(words[0])) + words[0].encode()
        elif tag == "s":
            out += b"s" + struct.pack("<Q", int(words[0]))
        elif tag in ("w", "z"):
            offset = int(words[0])
            if tag == "w" and len(words[1]) >= 64: # no number, but the data
                data = bytes.fromhex(words[1])
            else:
                data = b"W" * min(int(words[1]), 2 << 20)
            length = len(data) if len(words[1]) >= 64 else int(words[1])
            out += tag.encode() + struct.pack("<QQ", offset, length)
            out += data if tag == "w" else b""
        elif tag == "x":
            out += bytes.fromhex(words[0])
        else:
            out += b"e"
            out += b"sha256 %s\n" % hashlib.sha256(out).hexdigest().encode()
    return out


def state(top):
    """All that is to be seen of a pool."""
    seen = []
    for where, _, names in os.walk(top):
        seen.append(where)
        for name in names:
            path = os.path.join(where, name)
            st = os.lstat(path)
            with open(path, "rb") as file:
                digest = hashlib.sha256(file.read()).hexdigest()
            seen.append((path, st.st_ino, st.st_nlink, st.st_size, st.st_mtime_ns, digest))
    return sorted(map(str, seen))


def hold(data, top, command):
    chance = random.Random(4)
    ends = [end for *_, end in records(data)]
    cuts = {0, 1, len(MAGIC), len(data) - 1, *ends, *(end + 1 for end in ends[:-1]),
            *(end - 1 for end in ends), *(chance.randrange(len(data)) for _ in range(40))}
    tries = [("cut at", cut, data[:cut]) for cut in sorted(cuts)]
    for _ in range(60):
        at = chance.choice((chance.randrange(len(data)), chance.randrange(min(len(data), 300)),
                            len(data) - 1 - chance.randrange(80)))
        turned = bytearray(data)
        turned[at] ^= 1 << chance.randrange(8)
        tries.append(("turned at", at, bytes(turned)))
    tries.append(("more at", len(data), data + b"\n"))
    before = state(top)
    for what, at, stream in tries:
        run = subprocess.run(command, input=stream, stderr=subprocess.PIPE, check=False)
        said = run.stderr.decode()
        assert run.returncode in (3, 4, 6), (what, at, run.returncode, said)
        # that of another base, or of a size that no file system has, may say something else
        assert ": byte " in said or what == "turned at", (what, at, said)
        assert state(top) == before, (what, at, said)
    print(len(tries))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        sys.stdout.buffer.write(make(sys.argv[2:]))
        sys.exit()
    INPUT = sys.stdin.buffer.read()
    if sys.argv[1] == "read":
        read(INPUT)
    elif sys.argv[1] == "apply":
        with open(sys.argv[2], "rb") as BASE:
            sys.stdout.buffer.write(apply(INPUT, BASE.read()))
    else:
        hold(INPUT, sys.argv[2], sys.argv[3:])
