"""A run in progress, kept up to date from its journals, and what a view asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracer.live.cover import Cover
from tracer.live.people import Lane, People
from tracer.live.tasks import Rate, Task, Tasks, distinct
from tracer.record import schema
from tracer.tables.growing import Growing, Part, Words

Marks = NDArray[np.bool_]


def _table(*kinds: int) -> Marks:
    """Return which of all kinds of records these are: what is asked of each record is looked up."""
    table = np.zeros(256, np.bool_)
    table[list(kinds)] = True
    return table


_HANDED = _table(schema.SUBMIT, schema.HAND_OVER, schema.DISPATCH, schema.EXHAUSTED, schema.LABEL)
_RARE = _table(schema.STAGE, schema.CHILD, schema.POOL, schema.CANCEL, schema.BROKEN)
_THREADS = _table(schema.THREAD, schema.THREAD_END)
_RUNS = _table(schema.BEGIN, schema.DONE)
_LOOK_NS = 1_000_000_000
"""Whether processes are alive is looked up so often."""


@dataclass(frozen=True)
class Counts:
    """The tasks of a run by what became of them; `failed` raised (done, too), or were not picklable."""

    done: int
    running: int
    queued: int
    lost: int
    failed: int


@dataclass(eq=False)
class _Writer:
    """Who writes a journal just now, and the task it is in."""

    tid: int | None = None
    task: Task | None = None


class LiveRun:
    """What is known of the run whose journals are in a folder; `origin_ns` is on their clock."""

    def __init__(self, journals: Path, origin_ns: int) -> None:
        self.origin_ns, self.now = origin_ns, origin_ns
        self.growing = Growing(journals)
        self.cover = Cover()
        self.people = People(self.growing, self.cover.new_row)
        self.tasks = Tasks(self.growing)
        self.rate = Rate()
        self.lost = 0
        self._writers: dict[int, _Writer] = {}
        self._looked = self._first_span = 0
        self._ended: set[Lane] = set()

    def look(self, now: int) -> None:
        """Take in what was written by `now`, on the journals' clock."""
        self.now = now
        parts = self.growing.more()
        self.people.meet()
        kinds = [part.kinds for part in parts]
        for part, of in zip(parts, kinds, strict=True):
            self._take_rare(part, of)
            if (spans := of == schema.SPAN).any():
                begun = int(part.words[spans, 0].min())
                self._first_span = min(self._first_span or begun, max(begun, self.origin_ns))
        for part, of in zip(parts, kinds, strict=True):
            if _HANDED[of].any():
                self.tasks.handed(part, of)
        for part, of in zip(parts, kinds, strict=True):
            self._take_runs(part, of)
        self._lose()
        if now - self._looked >= _LOOK_NS:
            self._looked = now
            self.people.look(now)
        self._ended = {lane for lane in self.people.lanes.values() if lane.ended}
        self.tasks.look(now)
        self.rate.note(now, self.counts().done)

    @property
    def is_over(self) -> bool:
        """Whether the program's first process has gone, or the journals have."""
        main = self.people.main
        return self.growing.gone or (main is not None and self.people.is_gone(main))

    def counts(self) -> Counts:
        """Return what became of the tasks so far."""
        pools = self.tasks.pools.values()
        running = sum(writer.task is not None for writer in self._writers.values())
        return Counts(
            sum(pool.done for pool in pools),
            running,
            self.tasks.queued,
            self.lost,
            sum(pool.failed for pool in pools),
        )

    def slowest(self) -> tuple[Task, Lane] | None:
        """Return the task that has run for longest of those that run now, and where it runs."""
        found = [
            (writer.task, self.people.lane(self.growing.processes[journal], writer.tid))
            for journal, writer in self._writers.items()
            if writer.task is not None
        ]
        return min(found, key=lambda one: one[0].start, default=None)

    @property
    def zero_ns(self) -> int:
        """The instant from which the axis counts, as `tracer.analysis.structure.zero` has it."""
        found = [one for one in (self._first_span, self.people.first, self.tasks.first) if one]
        return min(found, default=self.origin_ns)

    @property
    def start_ns(self) -> int:
        """When the first lane began, on the journals' clock; now where there is none."""
        lanes = self.people.lanes.values()
        return min((lane.born or lane.ready or self.now for lane in lanes), default=self.now)

    def busy_ns(self, lane: Lane) -> float:
        """Return how long a lane ran tasks so far."""
        return lane.run_ns + sum(max(self.now - at, 0) for at in lane.running.values())

    def task_on(self, lane: Lane) -> Task | None:
        """Return the task that runs on a lane, the one that began first."""
        journals = sorted(lane.running, key=lane.running.__getitem__)
        found = (self._writers[key].task for key in journals if isinstance(key, int))
        return next(found, None)

    def close(self) -> None:
        """Close the journals."""
        self.growing.close()

    def _take_rare(self, part: Part, kinds: Words) -> None:
        """Take in what happens to processes and pools, record by record."""
        process = part.process
        for row in np.flatnonzero(_RARE[kinds]).tolist():
            words, kind = part.words[row].tolist(), int(kinds[row])
            if kind == schema.STAGE:
                self.people.stage(process, words)
                if words[0] in (schema.TARGET_END, schema.EXITING):
                    self._end_target(process, None, words[1])
            elif kind == schema.CHILD:
                self.people.child(process, words)
            elif kind == schema.POOL:
                self.tasks.opened(part, row)
            elif kind == schema.CANCEL:
                self.tasks.cancelled(self.tasks.pool(process, int(part.pools[row])))
            elif kind == schema.BROKEN:
                self.tasks.pool(process, int(part.pools[row])).broken = True

    def _end_target(self, process: int, tid: int | None, at: int) -> None:
        lane = self.people.lanes.get((process, tid))
        since = None if lane is None else lane.running.pop("target", None)
        if lane is not None and since is not None:
            self._ran(lane, np.array([since], np.int64), np.array([at], np.int64))

    def _ran(self, lane: Lane, start: Words, end: Words) -> None:
        """Take in runs that are over; what cannot have been is left out."""
        fine = (start >= self.origin_ns) & (end >= start) & (end <= self.now + _LOOK_NS)
        start, end = start[fine], end[fine]
        lane.run_ns += float((end - start).sum())
        self.cover.add(
            lane.row, (start - self.origin_ns).astype(np.float64), (end - self.origin_ns).astype(np.float64)
        )

    def _take_runs(self, part: Part, kinds: Words) -> None:
        """Take in the tasks that the threads of a journal began and ended, thread by thread."""
        marks = np.flatnonzero(_THREADS[kinds]).tolist()
        writer = self._writers.setdefault(part.journal, _Writer())
        for first, last in zip([0, *marks], [*marks, len(kinds)], strict=True):
            words = part.words[first:last]
            if not len(words):
                continue
            if kinds[first] == schema.THREAD:
                writer.tid = self.people.thread(part.process, words[0].tolist())
            elif kinds[first] == schema.THREAD_END and writer.tid is not None:
                self.people.thread_end(part.process, writer.tid, int(words[0, 0]))
                self._end_target(part.process, writer.tid, int(words[0, 0]))
            self._runs(part, writer, words, kinds[first:last], part.pools[first:last])

    def _runs(self, part: Part, writer: _Writer, words: Words, kinds: Words, pools: Words) -> None:
        rows = np.flatnonzero(_RUNS[kinds])
        if not len(rows):
            return
        lane = self.people.lane(part.process, writer.tid)
        if not lane.ready:
            lane.ready = int(words[rows[0], 2])
        begins = kinds[rows] == schema.BEGIN
        numbered = begins & (words[rows, 0] >= 0)
        start = np.where(begins, words[rows, 5], 0)
        pool_of = pools[rows]
        if writer.task is not None:  # the one that was begun before these
            begins, numbered = np.append(True, begins), np.append(False, numbered)
            start, rows = np.append(writer.task.start, start), np.append(-1, rows)
            pool_of = np.append(pool_of[0], pool_of)
        over = np.flatnonzero(begins[:-1] & ~begins[1:])
        done = rows[over + 1]
        for number in distinct(pool_of):
            pool = self.tasks.pool(part.process, number)
            mine = done[pools[done] == number]
            pool.begun += int((numbered & (pool_of == number)).sum())
            status = (words[mine, schema.COMMIT] >> schema.STATUS_SHIFT) & 0xFF
            pool.ended += len(mine)
            pool.done += int((status != schema.UNPICKLABLE).sum())
            pool.failed += int((status != schema.OK).sum())
        unread = int((begins & ~numbered & (rows >= 0)).sum())
        if unread:  # nobody can tell which task it was: it is one of those that were sent
            pool = self.tasks.pool(part.process, int(pool_of[-1]))
            pool.begun, pool.ended, pool.failed = (
                pool.begun + unread,
                pool.ended + unread,
                pool.failed + unread,
            )
        lane.tasks += int(numbered.sum())
        lane.targets = False
        lane.running.pop("target", None)
        self._ran(lane, start[over], words[done, 0])
        lane.running.pop(part.journal, None)
        writer.task = None
        if begins[-1] and (numbered[-1] or rows[-1] < 0):
            last = words[rows[-1]]
            pool = self.tasks.pool(part.process, int(pool_of[-1]))
            writer.task = Task(pool, int(last[0]), int(last[1]), int(last[5]))
            lane.running[part.journal] = writer.task.start

    def _lose(self) -> None:
        """Count the tasks whose process, or thread, was seen to end before the last look, and not they.

        What else ran there ended with it, too.
        """
        for journal, writer in self._writers.items():
            if writer.task is None:
                continue
            lane = self.people.lane(self.growing.processes[journal], writer.tid)
            if lane in self._ended:
                lane.lost.append(lane.ended)
                lane.running.pop(journal, None)
                self._ran(lane, np.array([writer.task.start]), np.array([lane.ended]))
                writer.task.pool.ended += 1
                self.lost += 1
                writer.task = None
        for lane in self._ended:
            if "target" in lane.running:
                self._end_target(lane.process, lane.tid, lane.ended)
