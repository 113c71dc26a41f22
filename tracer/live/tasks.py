"""What became of the tasks of a run in progress: counted, never joined; the tables do that at the end.

total       what was handed over, where that is known: by the job, by the executor's own count, by each
begun       what a worker has received                  queued = total - begun
done        what has returned or raised                 running = begun - done, on the lanes
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tracer.record import schema
from tracer.tables.growing import Growing, Part, Place, Words, pool_of

LEAST_DONE = 20
"""A rate is told from so many tasks, or from all there were."""
_WINDOW_NS, _KEPT_NS = 5_000_000_000, 60_000_000_000


class Task(NamedTuple):
    """A task that runs: its pool, its job and chunk there, and when its function was entered."""

    pool: Pool
    job: int
    chunk: int
    start: int


class Rate:
    """How many tasks are done by when: told over the last seconds, longer where they are few."""

    def __init__(self) -> None:
        self._known: deque[tuple[int, int]] = deque()

    def note(self, now: int, done: int) -> None:
        """Take in how many are done now."""
        self._known.append((now, done))
        while len(self._known) > 2 and now - self._known[1][0] > _KEPT_NS:
            self._known.popleft()

    def per_second(self) -> float:
        """Return tasks done a second; 0 where not even one has been seen to end."""
        if len(self._known) < 2:
            return 0.0
        now, done = self._known[-1]
        at, before = self._known[0]
        for time, number in reversed(self._known):
            if now - time >= _WINDOW_NS and done - number >= LEAST_DONE:
                at, before = time, number
                break
        return (done - before) / max((now - at) / 1e9, 1e-9)


def distinct(values: Words) -> list[int]:
    """Return each value once; there is at least one value, and mostly all are the same."""
    first = int(values[0])
    return [first] if (values == first).all() else np.unique(values).tolist()


@dataclass(eq=False)
class Pool:
    """The tasks of one pool, counted. `place` is where its own record is, which counts what is submitted.

    `told` are those of jobs that said how many they have, `sent` those of others, whose numbers are `unknown`
    as long as more may come; `never` will not run.
    """

    kind: str = ""
    place: Place | None = None
    submitted: int = 0
    sent: int = 0
    jobs: int = 0
    told: int = 0
    unknown: set[int] = field(default_factory=set)
    begun: int = 0
    ended: int = 0
    done: int = 0
    failed: int = 0
    never: int = 0
    broken: bool = False
    run_ns: float = 0.0
    functions: set[str] = field(default_factory=set)
    rate: Rate = field(default_factory=Rate)

    @property
    def total(self) -> int:
        """How many tasks are known of."""
        return max(self.submitted, self.told + self.sent, self.begun)

    @property
    def queued(self) -> int:
        """How many of these no worker has received."""
        return 0 if self.broken else max(self.total - self.begun - self.never, 0)

    @property
    def is_counted(self) -> bool:
        """Whether all that was handed over so far is known: else more may be on its way at any time."""
        if self.unknown:
            return False
        return self.submitted > 0 or self.jobs > 0


class Tasks:
    """The pools of a run, and the names of their tasks; `first` is when any was handed over first, or 0."""

    def __init__(self, growing: Growing) -> None:
        self._growing = growing
        self.pools: dict[tuple[str, int], Pool] = {}
        self.first = 0
        self._jobs: dict[Pool, list[tuple[Words, Words, int]]] = {}
        self._labels: dict[Pool, list[tuple[Words, int]]] = {}

    def pool(self, process: int, number: int) -> Pool:
        """Return the pool of a record, by who wrote it: 0 is the one that this process works for."""
        person = self._growing.people[process]
        key = (pool_of(person) or (person["process"], 0)) if number == 0 else (person["process"], number)
        return self.pools.setdefault(key, Pool())

    def opened(self, part: Part, row: int) -> None:
        """Take in that a pool was made."""
        pool = self.pool(part.process, int(part.pools[row]))
        pool.kind, pool.place = self._growing.name(part.process, int(part.words[row, 1])), part.place(row)

    def handed(self, part: Part, kinds: Words) -> None:
        """Take in what the owners of pools have written of handing tasks over."""
        for kind in (schema.SUBMIT, schema.HAND_OVER, schema.DISPATCH, schema.EXHAUSTED, schema.LABEL):
            rows = np.flatnonzero(kinds == kind)
            if not len(rows):
                continue
            pools = part.pools[rows]
            for number in distinct(pools):
                mine = part.words[rows[pools == number]]
                self._handed(self.pool(part.process, number), kind, mine, part.process)

    def _handed(self, pool: Pool, kind: int, words: Words, process: int) -> None:
        jobs = words[:, 0]
        if kind in (schema.SUBMIT, schema.HAND_OVER):
            self.first = min(self.first or int(words[0, 1]), int(words[:, 1].min()))
        if kind == schema.SUBMIT:
            pool.jobs += len(words)
            pool.told += int(words[:, schema.SUBMIT_TASKS].clip(0).sum())
            pool.unknown.update(jobs[words[:, schema.SUBMIT_TASKS] <= 0].tolist())
            self._jobs.setdefault(pool, []).append((jobs, words[:, 2], process))
            pool.functions |= {self._growing.name(process, name) for name in distinct(words[:, 2])}
        elif kind == schema.HAND_OVER:
            pool.sent += len(words)
            names = words[:, 6] >> schema.NAME_SHIFT
            self._jobs.setdefault(pool, []).append((jobs, names, process))
            pool.functions |= {self._growing.name(process, name) for name in distinct(names)}
        elif kind == schema.DISPATCH:
            unpicklable = (words[:, schema.COMMIT] >> schema.STATUS_SHIFT) & 0xFF == schema.UNPICKLABLE
            pool.never += int(unpicklable.sum())
            pool.failed += int(unpicklable.sum())
            pool.sent += int(np.isin(jobs, list(pool.unknown)).sum()) if pool.unknown else 0
        elif kind == schema.EXHAUSTED:
            pool.unknown.difference_update(jobs.tolist())
        else:
            self._labels.setdefault(pool, []).append((words[words[:, 2] == 0], process))

    def cancelled(self, pool: Pool) -> None:
        """Take in that a task was cancelled before it ran."""
        pool.never += 1

    def look(self, now: int) -> None:
        """Ask the executors how much was submitted by now, and note how much is done."""
        for pool in self.pools.values():
            words = None if pool.place is None else self._growing.again(pool.place)
            if words is not None:
                pool.submitted = max(words[schema.POOL_SUBMITTED], 0)
            pool.rate.note(now, pool.ended)

    def name(self, task: Task) -> str:
        """Return what a task is called: its label, or its function, "task" where neither is known."""
        for words, process in reversed(self._labels.get(task.pool, [])):
            found = np.flatnonzero((words[:, 0] == task.job) & (words[:, 1] == task.chunk))
            if len(found):
                return self._growing.name(process, int(words[found[-1], 3])) or "task"
        for jobs, names, process in reversed(self._jobs.get(task.pool, [])):
            found = np.flatnonzero(jobs == task.job)
            if len(found):
                return self._growing.name(process, int(names[found[-1]])) or "task"
        return "task"

    @property
    def queued(self) -> int:
        """How many tasks no worker has received."""
        return sum(pool.queued for pool in self.pools.values())

    def seconds_left(self, workers: int) -> float | None:
        """Return how long what is handed over will take, by how fast the last tasks were done.

        None where nothing is left, or it cannot be known: while a program's iterable may hold more, before
        each worker has done some, and where tasks of several functions are still to come.
        """
        left = [(pool, pool.total - pool.never - pool.ended) for pool in self.pools.values()]
        left = [(pool, number) for pool, number in left if number > 0 and not pool.broken]
        if not left:
            return None
        seconds = 0.0
        for pool, number in left:
            enough = pool.done >= max(LEAST_DONE // 2, 2 * workers)
            rate = pool.rate.per_second()
            if not (pool.is_counted and enough and rate > 0 and len(pool.functions) == 1):
                return None
            seconds = max(seconds, number / rate)
        return seconds
