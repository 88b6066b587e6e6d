# SPDX-License-Identifier: MIT
"""The table in t/fault/scenarios."""

import os

import pool

IMAGES = {
    "clean": "appvms/a/private.img", "dirty": "appvms/a/private-dirty.img",
    "import": "appvms/a/private-import.img", "precache": "appvms/a/private-precache.img",
    "temp": "appvms/a/private.img~abcd_123", "source": "vm-templates/t/root.img",
}
VOLUMES = {"V": "appvms/a/private", "S": "vm-templates/t/root"}
MAIN = ("clean", "dirty")


def path_of(name, token):
    number, plus, pin = name.partition("+")
    if number.isdigit():
        return f"{IMAGES['clean']}.{number}@{pool.stamp(token)}{plus}{pin}"
    return IMAGES.get(name, name)


def files_of(text):
    files = {}
    for item in text.split():
        name, equals, token = item.partition("=")
        files[path_of(name, token)] = token if equals else "dir"
    return files


def words_of(command):
    words = []
    for word in command.split():
        option, equals, value = word.partition("=")
        words.append(f"{option}={VOLUMES.get(value, value)}" if equals else VOLUMES.get(word, word))
    return words


def main_of(files):
    """What the volume is: the contents of its main images."""
    return tuple(files.get(IMAGES[image], "-").rstrip("&") for image in MAIN)


class Scenario:
    def __init__(self, command, fields):
        self.command = command
        self.words = words_of(command)
        self.verb = self.words[0]
        self.before = pool.complete(files_of(fields.get("before", "")))
        self.after = pool.complete(files_of(fields.get("after", "")))
        self.again = fields.get("again", "0")
        self.kind = fields.get("kind", "")
        self.midway = fields.get("midway")
        self.tidies = "tidies" in fields
        self.destroys = "destroys" in fields
        self.loop = fields.get("loop", "")
        self.only_on = fields.get("on", "").split()
        self.exit = 0
        self.stdin = fields.get("stdin", "")
        self.base = (self.stdin.split() + [None] * 3)[2]
        self.mains = {main_of(self.before), main_of(self.after)}
        self.extra = {}
        for item in fields.get("through", "").split():
            images = dict(part.split("=") for part in item.split(","))
            self.extra.update({path_of(name, token): token for name, token in images.items()
                               if token != "-"})
            if "," in item:
                self.mains.add(tuple(images.get(image, "-") for image in MAIN))
        self.reader = pool.Reader([*self.before.values(), *self.after.values(),
                                   *self.extra.values()])

    def __str__(self):
        held = " ".join(f"{path.split('/')[-1]}={token}" for path, token in self.before.items()
                        if token != "dir")
        return f"{self.command} [{held}]"

    def options_of_kind(self, verb):
        """What start or stop needs to know of the volume."""
        words = words_of(self.kind)
        return [word for word in words if verb == "start" or not word.startswith("--size")]


def load():
    scenarios, command, fields = [], None, {}
    table = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scenarios")
    with open(table, encoding="utf-8") as lines:
        for line in [*lines, "end\n"]:
            if not line.strip() or line.startswith("#"):
                continue
            if line[0] in "\t ":
                key, _, value = line.strip().partition("\t")
                fields[key] = value.strip()
                continue
            if command:
                scenarios.append(Scenario(command, fields))
            command, fields = line.strip(), {}
    return scenarios
