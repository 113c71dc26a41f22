"""Steps done in a child of the command's: what kills it, or keeps it for ever, is one step that failed.

    command ──fork──► child: does step after step
       ◄──pipe: "begun", "failed"──┤            a library aborts, the kernel kills: the child is gone
       ──fork──► another child: what comes after the step at which the first one died

Under a limit on memory a library ends in a segmentation fault, by exit(1) or waits for ever (`ulimit -v`, in
steps of 7 MB from 150 to 610: one each, and 60 exceptions), and the kernel kills who takes most memory.
The command itself loads none of those libraries, so the program's exit code outlives them.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from tracer.cli import own_process
from tracer.cli.terminal import streams
from tracer.steps import Failure, Step, attempt, run

LONGEST_SECONDS = 900.0
"""A step that takes longer is ended: ten million tasks are drawn in a minute."""
IDLE_SECONDS = 20.0
"""A child that neither computes nor waits for a disk for so long waits for ever: a thread that never came."""
IDLE_AGAIN_SECONDS = 2.0
"""Once one has, what made it do so is still there: the others are given this."""
_LOOK_SECONDS = 1.0


def run_apart(
    steps: Sequence[Step], meanwhile: Callable[[], AbstractContextManager[object]], debug: bool = False
) -> list[Failure]:
    """Do what can be done of the steps, in their order; return what failed.

    `meanwhile` is entered while a child works. With `debug`, tracebacks and what libraries say go to stderr.
    """
    failures: list[Failure] = []
    undone: set[str] = set()
    at, patience = 0, IDLE_SECONDS
    while at < len(steps):
        try:
            child = _Child(steps[at:], undone, debug)
        except OSError:  # no process or descriptor is to be had: as well as it goes in this one
            own_process.settle()
            return failures + run(step for step in steps[at:] if not undone.intersection(step.needs))
        with meanwhile():
            failed, done = child.follow(patience)
        patience = min(patience, IDLE_AGAIN_SECONDS) if child.idled else patience
        failures += failed
        undone |= {failure.step for failure in failed}
        at += done
    return failures


class _Child:
    """A child that does `steps`, except those that need what is `undone`."""

    def __init__(self, steps: Sequence[Step], undone: set[str], debug: bool) -> None:
        self._steps, self.idled = steps, False
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()  # else the child has it to write, too
        self._told, tell = os.pipe()
        try:
            life, self._life = os.pipe()
        except OSError:
            os.close(self._told)
            os.close(tell)
            raise
        try:
            self._pid = own_process.fork()
        except OSError:
            for descriptor in (self._told, tell, life, self._life):
                os.close(descriptor)
            raise
        if self._pid == 0:
            try:
                os.close(self._told)
                os.close(self._life)
                _work(steps, set(undone), tell, life, debug)
            finally:
                os._exit(70)
        os.close(tell)
        os.close(life)

    def follow(self, idle_seconds: float) -> tuple[list[Failure], int]:
        """Wait for the child's end, not for ever; return what failed and how many steps are over."""
        failures: list[Failure] = []
        begun, why, rest, over = -1, "", b"", False
        patience = _Patience(self._pid, idle_seconds)
        try:
            while not why:
                if select.select([self._told], [], [], _LOOK_SECONDS)[0]:
                    part = os.read(self._told, 65536)
                    if over := not part:
                        break
                    *messages, rest = (rest + part).split(b"\n")
                    for message in map(json.loads, messages):
                        begun = message["step"]
                        if "what" in message:
                            failures.append(Failure(self._steps[begun].name, message["what"]))
                    patience.renew()
                else:
                    why = patience.ended()
        finally:
            if not over:  # too long, or interrupted
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._pid, signal.SIGKILL)
            os.close(self._told)
            os.close(self._life)
            code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        self.idled = patience.idled
        if code == 0:
            return failures, len(self._steps)
        at = max(begun, 0)
        failures.append(Failure(self._steps[at].name, why or ended_by(code)))
        return failures, at + 1


def ended_by(code: int) -> str:
    """Say how a child of ours ended that should not have, by its exit code (-N: by signal N)."""
    if code >= 0:
        return f"a library ended the process that did it (exit code {code}): not enough memory?"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"the process that did it was ended by {name}: not enough memory?"


class _Patience:
    """How long a child has been at one step, and whether it does anything."""

    def __init__(self, pid: int, idle_seconds: float) -> None:
        self._pid, self._idle_seconds, self.idled = pid, idle_seconds, False
        self.renew()

    def renew(self) -> None:
        self._begun = self._moved = time.monotonic()
        self._spent = self._ticks()

    def ended(self) -> str:
        """Return why the child is to be ended, empty where it is to go on."""
        now, spent = time.monotonic(), self._ticks()
        if spent is None or spent != self._spent:
            self._moved, self._spent = now, spent
        if now - self._begun > LONGEST_SECONDS:
            return f"took more than {LONGEST_SECONDS / 60:.0f} min"
        if now - self._moved > self._idle_seconds:
            self.idled = True
            return f"made no progress for {self._idle_seconds:.0f} s"
        return ""

    def _ticks(self) -> tuple[bytes, ...] | None:
        """Return the CPU time of a child that waits; None where it does not, or that is not known."""
        try:
            with open(f"/proc/{self._pid}/stat", "rb") as file:
                words = file.read().rpartition(b")")[2].split()
        except OSError:
            return None
        return (words[11], words[12]) if words[0] == b"S" else None


# The other end: what runs in the child's process.


def _work(steps: Sequence[Step], undone: set[str], tell: int, life: int, debug: bool) -> None:
    own_process.die_with(life)
    own_process.settle()
    if not debug:
        import faulthandler

        faulthandler.disable()  # of a crash there is a line

    def say(step: int, **more: Any) -> None:
        os.write(tell, json.dumps({"step": step, **more}).encode() + b"\n")

    for number, step in enumerate(steps):
        say(number)
        if undone.intersection(step.needs):
            undone.add(step.name)
            continue
        with contextlib.nullcontext() if debug else _quiet():
            failed = attempt(step)
        if failed is not None:
            undone.add(step.name)
            say(number, what=failed[0].what)
            if debug:
                with streams.tell():
                    traceback.print_exception(failed[1])
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()  # matplotlib's temporary folder
    os._exit(0)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Let nothing that a C library, a warning or a logger says come to stderr; `speaking` undoes it."""
    global _stderr
    null = os.open(os.devnull, os.O_WRONLY)
    _stderr = os.dup(2)
    os.dup2(null, 2)
    os.close(null)
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
        os.dup2(_stderr, 2)
        os.close(_stderr)
        _stderr = None


_stderr: int | None = None


@contextlib.contextmanager
def speaking() -> Iterator[None]:
    """Within a step, let the body write to the command's own stderr; that it cannot changes nothing else."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    silent = None if _stderr is None else os.dup(2)
    if _stderr is not None:
        os.dup2(_stderr, 2)
    try:
        with streams.tell():
            yield
    finally:
        if silent is not None:
            os.dup2(silent, 2)
            os.close(silent)
