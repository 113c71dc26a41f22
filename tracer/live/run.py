"""A run in progress, kept up to date from its journals, and what a view asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracer.live.cover import Cover, Floats, covered
from tracer.live.people import Lane, People
from tracer.live.tasks import Rate, Task, Tasks
from tracer.record import schema
from tracer.tables.growing import Growing, Part, Words

_HANDED = (schema.SUBMIT, schema.HAND_OVER, schema.DISPATCH, schema.EXHAUSTED, schema.LABEL)
_LOOK_NS = 1_000_000_000
"""Whether processes are alive is looked up so often."""


@dataclass(frozen=True)
class Counts:
    """The tasks of a run by what became of them; `failed` are among the `done`, or never ran."""

    done: int
    running: int
    queued: int
    lost: int
    failed: int


@dataclass(frozen=True)
class Grid:
    """The lanes of a view, lanes × columns, between `start_ns` and `end_ns` on the journals' clock.

    The shares are those of `tracer.timeline.activity.Activity`. `rest` are the lanes that the last row stands
    for, where it stands for several.
    """

    lanes: tuple[Lane, ...]
    rest: tuple[Lane, ...]
    start_ns: float
    end_ns: float
    busy: Floats
    starting: Floats
    alive: Floats
    lost: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


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
        self._cover = Cover()
        self.people = People(self.growing, self._cover.new_row)
        self.tasks = Tasks(self.growing)
        self.rate = Rate()
        self.lost = 0
        self._writers: dict[int, _Writer] = {}
        self._looked = 0
        self._ended: set[Lane] = set()

    def look(self, now: int) -> None:
        """Take in what was written by `now`, on the journals' clock."""
        self.now = now
        parts = self.growing.more()
        self.people.meet()
        kinds = [part.kinds for part in parts]
        for part, of in zip(parts, kinds, strict=True):
            self._take_rare(part, of)
        for part, of in zip(parts, kinds, strict=True):
            if np.isin(of, _HANDED).any():
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

    def grid(self, columns: int, most: int, end_ns: float | None = None) -> Grid | None:
        """Return at most so many lanes in so many columns, up to `end_ns` or now; None where there is none.

        Where there are more, those that are alive go first, and the last row stands for the rest.
        """
        every = sorted(
            self.people.lanes.values(),
            key=lambda lane: (lane.tid is not None, lane.born or lane.ready or self.now, lane.row),
        )
        begun = [at for lane in every for at in (lane.born, lane.ready, *lane.running.values()) if at]
        if not every:
            return None
        start = min([*begun, self.now])
        end = max(end_ns or 0, self.now, start + 1)
        shown, rest = every, list[Lane]()
        if len(every) > most:
            first = set(sorted(every, key=lambda lane: bool(lane.ended))[: most - 1])
            shown = [lane for lane in every if lane in first]
            rest = [lane for lane in every if lane not in first]
        parts = [self._shares(lanes, start, end, columns) for lanes in (shown, rest) if lanes]
        busy, starting, alive, lost = parts[0]
        if rest:
            last = [np.asarray(value).mean(axis=0, keepdims=True) for value in parts[1][:3]]
            busy, starting, alive = (
                np.concatenate([above, below])
                for above, below in zip((busy, starting, alive), last, strict=True)
            )
            lost = np.concatenate([lost, parts[1][3].any(axis=0, keepdims=True)])
        return Grid(tuple(shown), tuple(rest), start, end, busy, starting, alive, lost)

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

    def _shares(
        self, lanes: list[Lane], start: float, end: float, columns: int
    ) -> tuple[Floats, Floats, Floats, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
        edges = np.linspace(start, end, columns + 1)
        size = (len(lanes), columns)
        busy = self._cover.shares([lane.row for lane in lanes], edges - self.origin_ns)
        starting, alive, lost = np.zeros(size), np.zeros(size), np.zeros(size, np.bool_)
        for row, lane in enumerate(lanes):
            for since in lane.running.values():
                busy[row] += covered(edges, since, self.now)
            ready = lane.ready or lane.ended or self.now
            born = lane.born or ready
            starting[row] = covered(edges, born, ready)
            alive[row] = covered(edges, born, lane.ended or self.now)
            for at in lane.lost:
                lost[row, min(int((at - start) / (end - start) * columns), columns - 1)] = True
        return np.clip(busy, 0, 1), starting, alive, lost

    def _take_rare(self, part: Part, kinds: Words) -> None:
        """Take in what happens to processes and pools, record by record."""
        process = part.process
        for row in np.flatnonzero(np.isin(kinds, _RARE)).tolist():
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
        self._cover.add(
            lane.row, (start - self.origin_ns).astype(np.float64), (end - self.origin_ns).astype(np.float64)
        )

    def _take_runs(self, part: Part, kinds: Words) -> None:
        """Take in the tasks that the threads of a journal began and ended, thread by thread."""
        marks = np.flatnonzero((kinds == schema.THREAD) | (kinds == schema.THREAD_END)).tolist()
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
        rows = np.flatnonzero((kinds == schema.BEGIN) | (kinds == schema.DONE))
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
        for number in np.unique(pool_of).tolist():
            pool = self.tasks.pool(part.process, number)
            mine = done[pools[done] == number]
            pool.begun += int((numbered & (pool_of == number)).sum())
            pool.done += len(mine)
            status = (words[mine, schema.COMMIT] >> schema.STATUS_SHIFT) & 0xFF
            pool.failed += int((status != schema.OK).sum())
        unread = int((begins & ~numbered & (rows >= 0)).sum())
        if unread:  # nobody can tell which task it was: it is one of those that were sent
            pool = self.tasks.pool(part.process, int(pool_of[-1]))
            pool.begun, pool.done, pool.failed = pool.begun + unread, pool.done + unread, pool.failed + unread
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
        """Count the tasks whose process, or thread, was seen to end before the last look, and not they."""
        for journal, writer in self._writers.items():
            if writer.task is None:
                continue
            lane = self.people.lane(self.growing.processes[journal], writer.tid)
            if lane in self._ended:
                lane.lost.append(lane.ended)
                lane.running.pop(journal, None)
                self._ran(lane, np.array([writer.task.start]), np.array([lane.ended]))
                self.lost += 1
                writer.task = None


_RARE = (schema.STAGE, schema.CHILD, schema.POOL, schema.CANCEL, schema.BROKEN)
