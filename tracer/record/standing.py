"""Where the threads of a run stand: what those that hold no core wait for, from /proc.

    collector ──twice a second──► /proc/PID/task/TID/schedstat of every process that writes a journal
              ──of a thread that stands──► what it waits for (`tracer.record.waiting`)
              ──nothing moves for 10 s──► its lines of Python, once (`tracer.record.stacks`)
    command   ──a signal is about to be passed on──► looks twice, shortly after each other
              ──► standing.json, replaced as a whole: it outlives the program, and the collector

Nothing of this touches the program: no signal, no thread. The looks that are kept: the last of all, the
last in the longest time in which nothing of the program moved, and the last that was asked for. Linux only.
Source: proc(5).
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path

from tracer.record import alive, kinds, stacks, waiting
from tracer.record.clock import clock
from tracer.record.proc import read
from tracer.record.schema import JOURNAL_SUFFIX, STANDING_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Look = dict[str, Any]
    """When it was (`at`), since when nothing has moved (`still_since`), and the `threads` that stand."""

EVERY_SECONDS = 0.5
"""Looks are so far apart: of a program that stands for 2 s, three find it so."""
ASKED_SECONDS = 0.06
"""The two looks that the command asks for are so far apart: it waits longer than that anyhow
(`tracer.cli.supervise`), to learn whether the program has the signal already."""
LARGEST_PART = 0.005
"""No more than this part of a core goes into looks: with thousands of threads they are farther apart."""
POLLS_SHARE = 0.01
"""A thread that holds a core for less of the time than this wakes, finds nothing, and sleeps again."""
STACKS_SECONDS = 10.0
"""Nothing must have moved for so long before lines of Python are read: what goes on is left alone."""

_FIRST = f"-0.0{JOURNAL_SUFFIX}"


class _Thread:
    """One thread: its time on cores by the last look (ns), since when it has not computed, on what it stands.

    `woke` is how many looks since have found that it had a core for a moment.
    """

    __slots__ = ("looked", "on_core", "since", "wait", "woke")

    def __init__(self, on_core: int, now: int) -> None:
        self.on_core, self.since, self.looked, self.woke = on_core, now, now, 0
        self.wait: dict[str, Any] | None = None


class Standing:
    """Looks at the processes that write journals into `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[int, int | None]] = {}
        self._threads: dict[tuple[str, int], _Thread] = {}
        self._stacks = stacks.Reading()
        self._still_since = self._next = 0
        self._last: Look | None = None
        self._longest: Look | None = None
        self._asked: Look | None = None
        self._written: tuple[Any, int] = (None, 0)

    def look(self) -> None:
        """Look at every thread, if it is time to. Where there is no /proc, or no room, nothing happens."""
        begun, on_core = clock(), time.thread_time_ns()
        if begun < self._next:
            return
        with contextlib.suppress(OSError):
            self._look(begun)
            self._write(finally_=False)
        self._next = begun + max(
            int(EVERY_SECONDS * 1e9), int((time.thread_time_ns() - on_core) / LARGEST_PART)
        )

    def look_twice(self) -> None:
        """Look whether anything moves just now, and keep it: the program is about to be told to end."""
        with contextlib.suppress(OSError):
            self._look(clock())
            time.sleep(ASKED_SECONDS)
            self._look(clock())
            if self._last is not None:
                self._asked = self._last = {**self._last, "asked": 1}
            self._replace()  # for the command waits until it sees that
        self._next = clock() + int(EVERY_SECONDS * 1e9)

    def close(self) -> None:
        """Write down the last look, whenever that was."""
        with contextlib.suppress(OSError):
            self._write(finally_=True)

    def _look(self, now: int) -> None:
        before, self._threads = self._threads, {}
        moved, processes = False, self._alive()
        for uid, pid in processes:
            try:
                tids = [int(name) for name in os.listdir(f"/proc/{pid}/task")]
            except OSError:
                continue
            for tid in tids:
                thread = before.get((uid, tid))
                with contextlib.suppress(OSError, ValueError, IndexError):  # it has ended meanwhile
                    on_core = int(read(f"/proc/{pid}/task/{tid}/schedstat").split()[0])
                    moved |= thread is None
                    thread = thread or _Thread(on_core, now)
                    moved |= _has_moved(thread, on_core, now, pid, tid)
                    self._threads[uid, tid] = thread
        if moved or before.keys() != self._threads.keys():
            if self._last is not None and _length(self._last) > _length(self._longest):
                self._longest = self._last
            self._still_since = now
        if self._threads and now - self._still_since >= STACKS_SECONDS * 1e9:
            self._stacks.begin(processes, self._still_since)
        lines = self._stacks.found.copy() if self._stacks.still_since == self._still_since else {}
        stand = [
            _told(uid, tid, thread) | ({"stack": lines[uid, tid]} if (uid, tid) in lines else {})
            for (uid, tid), thread in self._threads.items()
            if thread.wait
        ]
        if self._threads:
            self._last = {"at": now, "still_since": self._still_since, "threads": stand}

    def _alive(self) -> list[tuple[str, int]]:
        """Return the processes that have a journal and are alive, the new ones included."""
        for name in os.listdir(self._folder):
            uid = name[: -len(_FIRST)]
            if name.endswith(_FIRST) and uid not in self._known:
                pid = int(uid.partition("-")[0])
                self._known[uid] = pid, alive.started(pid)
        found = []
        for uid, (pid, start) in self._known.items():
            if start is not None and alive.started(pid) == start:
                found.append((uid, pid))
            elif start is not None:
                self._known[uid] = pid, None
        return found

    def _write(self, *, finally_: bool) -> None:
        """Replace the file where it would say something else; if nothing has changed, ever less often."""
        if self._last is None:
            return
        length = _length(self._last)
        threads = [tuple(one.items()) for one in self._last["threads"]]
        said = threads, self._longest and self._longest["at"], length and self._last["still_since"]
        known, written = self._written
        if said == known and length < 2 * max(written, 1) and not finally_:
            return
        if not self._kept() and not known:
            return
        self._written = said, length
        self._replace()

    def _kept(self) -> list[Look]:
        kept = {one["at"]: one for one in (self._longest, self._asked, self._last) if one and one["threads"]}
        return list(kept.values())

    def _replace(self) -> None:
        path = self._folder / STANDING_FILE
        partial = path.with_name(f".{path.name}")
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with open(os.open(partial, flags, 0o600), "w", encoding="ascii") as file:
            json.dump({"looks": self._kept()}, file)
        partial.replace(path)


def _has_moved(thread: _Thread, on_core: int, now: int, pid: int, tid: int) -> bool:
    """Take in how long a thread has been on cores by now; return whether it computes, or would."""
    gained, passed = on_core - thread.on_core, now - thread.looked
    thread.on_core, thread.looked = on_core, now
    if not passed:
        return True  # it is new
    if gained <= POLLS_SHARE * passed:
        if thread.wait is None or gained:
            thread.wait = waiting.of(pid, tid)
        if thread.wait["state"] != "R" and not (gained and _waits_for_others(thread.wait)):
            thread.woke += gained > 0
            return False
    thread.since, thread.woke, thread.wait = now, 0, None
    return True


def _waits_for_others(wait: dict[str, Any]) -> bool:
    """Tell whether a wait has no limit of time: who had a core in it was woken, and has gone on since."""
    if wait.get("wait") in (kinds.THREAD_LOCK, kinds.PROCESS_LOCK):
        return wait.get("limited") == 0
    return wait.get("wait") in (kinds.PIPE_READ, kinds.PIPE_WRITE, kinds.SOCKET, kinds.CHILD)


def _told(uid: str, tid: int, thread: _Thread) -> dict[str, Any]:
    return {"process": uid, "tid": tid, "since": thread.since, "woke": thread.woke, **(thread.wait or {})}


def _length(look: Look | None) -> int:
    return 0 if look is None else int(look["at"] - look["still_since"])
