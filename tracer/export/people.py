"""Processes and threads for a viewer that knows them by PID and TID alone.

The kernel may use a PID again, and a trace tells its processes apart by their numbers: what comes second gets
a PID beyond those that Linux gives out.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.columns import Integers, integers
from tracer.analysis.intervals import thread_key
from tracer.tables.tables import Tables
from tracer.timeline.lanes import shown_lanes

BEYOND = 1 << 22
"""The least number that is no PID on Linux."""
TIDS = (1 << 28) - 1
"""The largest number that is written for a thread: none has more processes and threads than that."""


@dataclass(frozen=True)
class Process:
    """A process: its number in the trace, the PID to write, its parent's; `label` is "W1", as in figures."""

    number: int
    pid: int
    ppid: int
    name: str
    role: str
    label: str


@dataclass(frozen=True)
class Thread:
    """A thread: the place of its process among the processes, the TID to write, its name and role."""

    process: int
    tid: int
    name: str
    role: str


class People:
    """All processes and threads that a trace names; called with (process, TID) it gives a thread's place.

    A TID of -1 is the process's first thread. `roles` has the places of hidden threads by process and role;
    `original` has the process's number and the TID of each thread as the tables have them.
    """

    def __init__(self, trace: Tables) -> None:
        frame = trace.processes
        self._numbers = integers(frame, "process")
        lanes = [lane for lane in shown_lanes(trace) if lane.number and lane.tid is None]
        labels = {lane.process: f"W{lane.number}" for lane in lanes}
        columns = (
            self._numbers.tolist(),
            _apart(integers(frame, "pid").tolist(), set()),
            integers(frame, "ppid", 0).tolist(),
            *(_texts(frame, column) for column in ("name", "role")),
        )
        self.processes = tuple(
            Process(number, pid, ppid, name or role, role, labels.get(number, ""))
            for number, pid, ppid, name, role in zip(*columns, strict=True)
        )
        self._place = pd.Index(self._numbers)
        self.threads, self._thread, self.original = self._all_threads(trace)
        self.roles = {
            (self.processes[thread.process].number, thread.role): place
            for place, thread in reversed(list(enumerate(self.threads)))
        }

    def __call__(self, process: Integers, tid: Integers) -> Integers:
        """Return the place of each thread, -1 where it is not known."""
        first = np.asarray(self._place.get_indexer(pd.Index(process)), np.int64)
        known = np.asarray(self._thread.get_indexer(pd.Index(thread_key(process, tid))), np.int64)
        return np.where(tid < 0, first, known)

    def process(self, number: int) -> int:
        """Return the place of a process, by its number in the trace; -1 where it is not known."""
        return int(self._place.get_indexer(pd.Index([number]))[0])

    def _all_threads(self, trace: Tables) -> tuple[tuple[Thread, ...], pd.Index, tuple[Integers, Integers]]:
        """Return the first threads of all processes in their order, then the others; where each is."""
        frame = trace.processes
        pids = integers(frame, "pid")
        first = pd.DataFrame({"process": self._numbers, "tid": pids, "name": "MainThread", "role": "main"})
        tasks = trace.tasks[["process", "worker_tid"]].set_axis(["process", "tid"], axis=1)
        parts = [trace.threads[["process", "tid", "name", "role"]], tasks, trace.spans, trace.slices]
        named = [first, *(part.drop_duplicates(["process", "tid"], keep="last") for part in parts)]
        every = pd.concat(
            [part.reindex(columns=list(first.columns)).astype(object) for part in named], ignore_index=True
        )
        every = every.dropna(subset=["process", "tid"])
        every = every[every["process"].isin(self._numbers) & (every["tid"] >= 0).astype(bool)]
        every = every.drop_duplicates(["process", "tid"])
        process, tid = (every[column].to_numpy(np.int64) for column in ("process", "tid"))
        own = [each.pid for each in self.processes]
        unique = own + _apart(tid[len(own) :].tolist(), set(own))
        place = self._place.get_indexer(pd.Index(process)).tolist()
        columns = (place, unique, *(_texts(every, column) for column in ("name", "role")))
        threads = tuple(
            Thread(process, tid, name or role.replace("_", " ") or "thread", role or "native")
            for process, tid, name, role in zip(*columns, strict=True)
        )
        return threads, pd.Index(thread_key(process, tid)), (process, tid)


def _texts(frame: pd.DataFrame, column: str) -> list[str]:
    return [str(text) for text in frame[column].astype(object).fillna("").tolist()]


def _apart(numbers: list[int], taken: set[int]) -> list[int]:
    """Return the numbers, but others for those that are taken, by an earlier one too, or that are no PID."""
    spare = itertools.count(BEYOND)
    result = []
    for number in numbers:
        if number in taken or not 0 < number < BEYOND:
            number = next(each for each in spare if each not in taken)
        taken.add(number)
        result.append(number)
    return result
