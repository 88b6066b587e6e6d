# SPDX-License-Identifier: MIT
"""Doing the steps of a scenario, and remembering what has been promised when."""

import bisect
import os
import subprocess

import scenario
import state as states


class Loss(Exception):
    pass


class Trial:
    """Steps done on a rig, with the states before and after each of them."""

    KILLING = ["strace", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e"]

    def __init__(self, rig, tool, mode="none", step_program=None, loose=(),
                 is_right=True):
        self.rig, self.pool = rig, os.path.join(rig.where, "pool")
        self.done = []  # (step, state before, state after, loose files during, and after)
        self.loose = frozenset(loose)
        self.is_right = is_right  # a wrong program may lack the fsync that it is to be killed at
        self.command = [tool, "-q", "-C", self.pool]
        self.prefix = [step_program, mode, rig.where] if mode != "none" else []

    def tool(self, arguments, killed_at=None, sent=None):
        """Run it; its standard input is what send writes with the arguments SENT."""
        prefix, given = self.prefix, {}
        if sent:
            given["input"] = subprocess.run([*self.command, "send", *sent], check=True,
                                            stdout=subprocess.PIPE).stdout
        if killed_at:
            prefix = [*self.KILLING, f"inject=fsync:signal=KILL:when={killed_at}"]
        result = subprocess.run([*prefix, *self.command, *arguments], stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, **given)
        if killed_at and result.returncode >= 0 and self.is_right:
            raise Loss(f"{arguments} was not killed: {result.returncode}")
        self.said = result.stderr.decode("utf-8", "replace").strip()
        return result.returncode

    def perform(self, step, before):
        during, after = step.loose(self.loose)
        self.said = ""
        self.rig.mark(f"begin {len(self.done)}")
        status = step.run(self.pool, self.tool)
        self.rig.mark(f"done {len(self.done)}")
        if status not in step.statuses:
            raise Loss(f"{step} returned {status}: {self.said}")
        state = states.read(self.pool)
        wrong = list(scenario.ends_right(step, before, state))
        if wrong:
            raise Loss(f"{step} ended wrong: " + "; ".join(wrong))
        self.done.append((step, before, state, during, after))
        self.loose = after
        return state

    def judge(self, phase, now):
        """Hold the state NOW to what was promised in PHASE: (index of a step, has it returned?)"""
        index, has_returned = phase
        step, old, new, during, after = self.done[index]
        if step.verb in ("copy", "export"):  # its tempfile may be anywhere, so nothing looks for it later
            now, old, new = ({path: file for path, file in state.items()
                              if not path.startswith(step.vid + "~")} for state in (now, old, new))
        if has_returned:
            return list(states.exact(now, new, after))
        if step.verb in ("copy", "export"):
            return list(states.exact(now, new)) and list(states.exact(now, old))
        wrong = list(states.exact(now, old, during, without=step.vid))
        return wrong + list(states.between(now, old, new, step, during))


class Phases:
    """Which step a moment in a log belongs to."""

    def __init__(self, log):
        self.at = [index for index, _ in log.marks]
        self.phase = [(int(text.split()[1]), text.startswith("done")) for _, text in log.marks]
        self.end = log.length

    def of(self, cut):
        """A mark counts if it arrived before the cut."""
        i = bisect.bisect_left(self.at, cut) - 1
        return self.phase[i] if i >= 0 else None

    def spans(self):
        """[(first cut, last cut, index of the step)] for each step, and for the time after it."""
        ends = self.at[1:] + [self.end]
        return [(start + 1, end, phase) for start, end, phase in zip(self.at, ends, self.phase)]
