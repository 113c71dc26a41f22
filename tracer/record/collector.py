"""The collector: the process that holds the Manager list, and outlives the traced program by a moment.

    starter (the command, or tracer.trace())          collector                        traced main
    start() ──subprocess, detached────────────────► serve the Manager list
       ◄──ready pipe: how to reach the list────────    │
       └─────────────────────life pipe, write end──────┼─────────────────────────────────►│
                                                       │  ◄──life pipe: its PID───────────┤ at its start
                                     attach to it, ────┼──ready pipe: which source────────►
                                     drain the rings   │  ◄──extend(entries)──────────────┤ at its end
                                                       ▼  read: EOF, however main died ◄──┘
       ◄──ready pipe closes: it is gone────────────  complete the list from the journals, write roster.json

It is no child of the traced program (`active_children()`, `os.wait()` and the children's names stay as they
are), it sits in a session of its own, so that no signal of the terminal reaches it, and never imports the
user's `__main__`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tracer.record import alive, schema, session
from tracer.record.standard import ROOT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Pipes = tuple[int, int, int, int]
    """Of the life pipe the end to read from and the other (-1: elsewhere), the same of the ready pipe."""

LOOK = signal.SIGUSR1
"""Sent to the collector: the program is about to be told to end, so look where it stands."""

_START = "import sys; sys.path.append(sys.argv[1]); from tracer.record.collecting import main; main()"
_START_SECONDS = 30.0
_KILLED_SECONDS = 1.0


@dataclass
class Collector:
    """A running collector, seen from the process that started it.

    `plan` is what the traced processes must know; `life` the descriptor whose closing, in every process that
    holds it, ends the trace; `pid` and `start` say which process it is (`tracer.record.alive`).
    """

    plan: dict[str, Any]
    life: int
    ready: int
    pid: int
    start: int | None

    def hand_over_life(self) -> None:
        """Close the starter's own copy of `life`, once the traced main has it."""
        if self.life >= 0:
            os.close(self.life)
            self.life = -1

    def look(self) -> Callable[[], bool]:
        """Have it look where the program stands, before that is told to end; return at once.

        What is returned tells whether it has looked.
        """
        path = os.path.join(self.plan["folder"], schema.STANDING_FILE)
        before = _identity(path)
        alive.send(self.pid, self.start, LOOK)
        return lambda: _identity(path) != before

    def wait(self, seconds: float) -> bool:
        """Wait until the collector has gone by itself, at most `seconds`; return whether it has.

        It is gone afterwards in any case, and has left nothing. One that was stopped is let go on.
        """
        self.hand_over_life()
        if self.ready < 0:
            return True
        alive.send(self.pid, self.start, signal.SIGCONT)
        gone = await_end(self.ready, seconds)
        if not gone:
            alive.send(self.pid, self.start, signal.SIGKILL)
            await_end(self.ready, _KILLED_SECONDS)
        os.close(self.ready)
        self.ready = -1
        remove_socket(self.plan["roster"]["address"])
        return gone


def start(folder: Path, source: str, pipes: Pipes | None = None, **plan: Any) -> Collector:
    """Start a collector for journals in `folder`; `plan` is passed on to every traced process.

    `pipes` are the ends of life and ready where another process has made them, which keeps its own. `source`
    says where core data comes from: "kernel", "sampled", "stamps", or "auto", the best there is.

    Raises OSError where it cannot be started.
    """
    life_read, life, ready, ready_write = pipes or (*os.pipe(), *os.pipe())
    arguments = [ROOT, str(life_read), str(ready_write), str(folder), source]
    detaching: subprocess.Popen[bytes] | None = None
    try:
        detaching = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _START, *arguments],
            pass_fds=(life_read, ready_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(ready_write)
        ready_write = -1
        line = _read_line(ready, _START_SECONDS)
        if detaching.wait(_START_SECONDS) or not line:
            raise OSError("the collector did not start")
    except BaseException as error:
        if life >= 0:
            os.close(life)
        os.close(ready)
        if detaching is not None:
            _kill_group(detaching)
        if isinstance(error, subprocess.TimeoutExpired):
            raise OSError("the collector did not start") from error
        raise
    finally:
        os.close(life_read)
        if ready_write >= 0:
            os.close(ready_write)
    where = json.loads(line)
    plan |= {"folder": str(folder), "roster": where}
    with contextlib.suppress(OSError):  # no room: then no program that is started joins
        plan["mark"] = leave_plan(folder, plan)
    return Collector(plan, life, ready, where["pid"], where["start"])


def leave_plan(folder: Path, plan: dict[str, Any]) -> tuple[int, int] | None:
    """Write down what a program that a traced one starts must know to join; return the file's mark.

    For the user alone. It is not in the environment: programs show that to others. Raises OSError.
    """
    descriptor = os.open(
        folder / schema.PLAN_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
    )
    with open(descriptor, "w", encoding="ascii") as file:
        file.write(ascii(plan))
    return session.mark_of(str(folder))


def _kill_group(leader: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads a group of its own, and the collector that it may have left there."""
    with contextlib.suppress(OSError):
        os.killpg(leader.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        leader.wait(_KILLED_SECONDS)


def await_end(ready: int, seconds: float) -> bool:
    """Wait until the collector, which has the other end of `ready`, has gone; return whether it has.

    At most `seconds`.
    """
    deadline = time.monotonic() + seconds
    while select.select([ready], [], [], max(deadline - time.monotonic(), 0))[0]:
        with contextlib.suppress(BlockingIOError):  # the traced main, which reads here too, was quicker
            if not os.read(ready, 4096):
                return True
    return False


def _identity(path: str) -> tuple[int, int] | None:
    """Return what changes when a file is replaced."""
    with contextlib.suppress(OSError):
        status = os.stat(path)
        return status.st_ino, status.st_mtime_ns
    return None


def remove_socket(address: str) -> None:
    """Remove the socket's folder, where it has one."""
    if not address.startswith("\0"):
        shutil.rmtree(os.path.dirname(address), ignore_errors=True)


def _read_line(descriptor: int, seconds: float) -> bytes:
    line = b""
    while not line.endswith(b"\n") and select.select([descriptor], [], [], seconds)[0]:
        part = os.read(descriptor, 4096)
        if not part:
            return b""
        line += part
    return line
