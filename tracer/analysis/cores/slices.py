"""Slices: which thread held which core and when, its slices in order, with the gap that follows each.

    thread  ███ core 0 ███┄┄ preempted ┄┄███ core 1 ███┄┄┄ blocked ┄┄┄███ …
            start       end = gap start   ▲ start of the next slice: the gap's end

All threads lie behind one another on one axis of `key`s, each with room for the whole run, so that one sorted
search answers a question about any thread at any time: no loop over threads, slices or tasks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.cache import cached
from tracer.analysis.columns import Booleans, Floats, Integers, floats, integers
from tracer.analysis.intervals import Cover, thread_key
from tracer.tables.tables import Tables

SOURCES = ("kernel", "sampled")
"""The values of `core_source` with which there are slices."""
OTHER, PREEMPTED, BLOCKED = 0, 1, 2
"""Why a thread left its core; OTHER is any reason after which nothing is known of it."""
_REASONS = {"preempted": PREEMPTED, "blocked": BLOCKED}


@dataclass(frozen=True)
class HeldCores:
    """The slices of a trace by thread, then time: arrays of one length.

    `thread` is the place in `process` and `tid`, the threads that have slices; `left` says why a slice ended;
    `source` is one of `SOURCES`; `cut` tells whether a loss of events cut any slice. `origin` is the least
    time on the axis of keys, `room` the length of each thread's part of it.
    """

    process: Integers
    tid: Integers
    thread: Integers
    core: Integers
    start: Integers
    end: Integers
    left: Integers
    source: str
    cut: bool
    origin: int
    room: int

    @property
    def exact(self) -> bool:
        """Whether every switch was recorded, not sampled."""
        return self.source == "kernel"

    @property
    def is_first(self) -> Booleans:
        """Which slices are the first of their thread."""
        return np.append(True, self.thread[1:] != self.thread[:-1])

    @property
    def moved(self) -> Booleans:
        """Which slices began on another core than the one before of the same thread: a migration each."""
        return np.asarray(~self.is_first & np.append(False, self.core[1:] != self.core[:-1]))

    @property
    def slices(self) -> Cover[np.int64]:
        """The slices on the axis of keys."""
        return Cover(self.key(self.thread, self.start), self.key(self.thread, self.end))

    def gaps(self, left: int) -> Cover[np.int64]:
        """Return the gaps that follow slices left for this reason; a last one lasts as long as any run."""
        ends = np.append(np.where(self.is_first[1:], self.origin + self.room - 1, self.start[1:]), 0)
        ends[-1] = self.origin + self.room - 1
        which = (self.left == left) & (ends > self.end)
        thread = self.thread[which]
        gaps = Cover(self.key(thread, self.end[which]), self.key(thread, ends[which]))
        if left != OTHER:
            return gaps
        firsts = np.flatnonzero(self.is_first)  # what was before the first slice is not known either
        opening = self.key(self.thread[firsts], np.full(firsts.size, self.origin))
        start = np.concatenate([gaps.start, opening])
        end = np.concatenate([gaps.end, self.key(self.thread[firsts], self.start[firsts])])
        order = np.argsort(start, kind="stable")
        return Cover(start[order], end[order])

    def find(self, process: Integers, tid: Integers) -> Integers:
        """Return the place of each thread, -1 where it has no slices."""
        known, wanted = pd.Index(thread_key(self.process, self.tid)), pd.Index(thread_key(process, tid))
        return np.asarray(known.get_indexer(wanted), np.int64)

    def key(self, thread: Integers, time: Integers | Floats) -> Integers:
        """Return the place of a thread's time on the axis that all threads share."""
        since = np.asarray(time).astype(np.int64) - self.origin
        return thread * self.room + np.clip(since, 0, self.room - 1)

    def apart(self, key: Integers) -> tuple[Integers, Integers]:
        """Return the thread and the time of each key."""
        return key // self.room, key % self.room + self.origin


@cached
def held_cores(trace: Tables) -> HeldCores | None:
    """Return who held the cores, the tracer's own processes left out; None where the trace has no slices."""
    source, frame = str(trace.meta.get("core_source") or "stamps"), trace.slices
    if source not in SOURCES or not len(frame):
        return None
    frame = frame[known_slices(trace)]
    if not len(frame):
        return None
    process, tid = integers(frame, "process"), integers(frame, "tid")
    start, end = integers(frame, "start"), integers(frame, "end")
    thread, _ = pd.factorize(thread_key(process, tid))
    order = _order(np.asarray(thread), start)
    first = np.unique(thread, return_index=True)[1]
    reason, names = pd.factorize(frame["reason"])
    codes = np.array([_REASONS.get(str(name), OTHER) for name in names] + [OTHER])
    thread, start, end = np.asarray(thread, np.int64)[order], start[order], end[order]
    follows = np.append(thread[1:] == thread[:-1], False)
    end[follows] = np.minimum(end[:-1], start[1:])[follows[:-1]]  # samples may overlap, a thread may not
    origin = min(int(start.min()), 0)
    room = max(int(end.max()), trace.end_ns) - origin + 2  # 10,000 threads for 10 days fit in 64 bits
    return HeldCores(
        process[first],
        tid[first],
        thread,
        integers(frame, "core")[order],
        start,
        np.maximum(start, end),
        codes[reason][order],
        source,
        source == "kernel" and "unknown" in set(map(str, names)),
        origin,
        room,
    )


def known_slices(trace: Tables) -> Booleans:
    """Tell which slices are the program's: all that have a core and are not of the tracer's collector."""
    frame = trace.slices
    ours = trace.processes["process"][(trace.processes["role"] == "tracer").fillna(False)]
    mine = ~frame["process"].isin(ours).fillna(False).to_numpy(dtype=bool)
    return np.asarray(mine & ~np.isnan(floats(frame, "core")), dtype=np.bool_)


def _order(thread: Integers, start: Integers) -> Integers:
    """Sort by thread, then start; the table is in the order of `start`, which leaves one quick pass."""
    if (start[1:] >= start[:-1]).all():
        small = thread.astype(np.int16) if thread.max() < 2**15 else thread
        return np.asarray(np.argsort(small, kind="stable"))
    return np.asarray(np.lexsort((start, thread)))
