"""Tracks: the slices of a trace, thread by thread, as a viewer with a stack for each track can show them.

    thread   ┌ process or thread runs ─────────────────────────────────────┐     level 0: lives
             │ ┌ wait ┐┌ task ──────────────────────────────┐ ┌ wait ┐ …   │     level 1: units
             │         │ pipe │ unpickle │ run │ pickle │ pipe             │     level 2: phases
             │                           │ ┌ lock ┐                        │     level 3: spans
    beside   what overlaps one of those in part: tracks of their own below the thread's

One thread is worked out at a time: all of a million tasks at once would take gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracer.analysis.columns import Booleans, Integers
from tracer.analysis.structure.pools import pools
from tracer.export.names import Names
from tracer.export.nesting import closed, events, inside_or_apart, overlaps, rows
from tracer.export.people import People
from tracer.export.pieces import TASK, PieceMaker, Pieces, together
from tracer.export.task_facts import Fact, task_facts
from tracer.tables.definitions import TABLES
from tracer.tables.tables import Tables
from tracer.timeline.counters import Counter, counters
from tracer.timeline.task_columns import TaskColumns
from tracer.timeline.wakeups import Wakeups, wakeups

_PART = 1 << 16
INSTANTS = ("submitted", "delivered")
"""Instants of a task that are shown as such: columns of its table."""


@dataclass(frozen=True)
class Track:
    """A row of a viewer: `thread` is a place in `People`; `beside` is 0 for the thread's own, else 1, 2, …"""

    thread: int
    beside: int


@dataclass(frozen=True)
class TrackSlices:
    """The slices of a track, each within another or apart from it.

    `events` has the order in which they begin and end, `depth` how many are around each: see `nesting`.
    `level` is 0 for lives, 1 for units, 2 for phases, 3 for spans; `whole` marks the tasks among the units,
    to which all facts on them belong.
    """

    track: Track
    slices: Pieces
    level: Integers
    whole: Booleans
    events: Integers
    depth: Integers


@dataclass(frozen=True)
class Instants:
    """Instants of one kind in a process, in the order of time: each of all tasks to which it happened then.

    One call hands over many tasks: as an instant each they would lie upon one another. `process` is the place
    of the process in `People`; `task` has the rows of the tasks, those of instant i from `first[i]` on, and
    `count[i]` of them.
    """

    name: str
    process: int
    time: Integers
    task: Integers
    first: Integers
    count: Integers

    def tasks(self, instant: int) -> Integers:
        """Return the rows of the tasks of an instant."""
        return self.task[self.first[instant] : self.first[instant] + self.count[instant]]


class Exported:
    """All of a trace that an export shows; `names` has every name that slices and facts have, at once."""

    def __init__(self, trace: Tables) -> None:
        self.trace, self.names, self.people = trace, Names(), People(trace)
        self.columns = TaskColumns(trace)
        self.maker = PieceMaker(self.columns, self.people, self.names)
        self._whole = self._lives, self._fed, self._spans = (
            self.maker.lives(),
            self.maker.fed(),
            self.maker.spans(),
        )
        self.facts: list[Fact] = task_facts(self.columns, self.names)
        for kind in INSTANTS:
            self.names.number(kind)
        self.span_data = self.names.numbers(trace.spans["data"])

    @cached_property
    def shift(self) -> int:
        """What is added to all times, in ns: 0, or more where one of them lies before the trace began."""
        tables = [(getattr(self.trace, table.name), table.times) for table in TABLES]
        least = [frame[column].min() for frame, columns in tables for column in columns]
        return -min([0, *(int(each) for each in least if pd.notna(each))])

    def counters(self) -> tuple[Counter, ...]:
        """Return what is counted over time."""
        return counters(self.columns)

    @cached_property
    def wakeups(self) -> Wakeups:
        """What was woken by whose message, as far as that is implied."""
        process, tid = (np.append(each, -1) for each in self.people.original)
        sender, receiver = self.maker.sender, self.maker.receiver
        return wakeups(self.columns, (process[sender], tid[sender]), (process[receiver], tid[receiver]))

    def tracks(self) -> Iterator[TrackSlices]:
        """Yield every track that has slices, thread by thread; a thread's own track comes first.

        A track with many comes in several parts, one after the other in time.
        """
        maker, task = self.maker, self.names.number(TASK)
        on = [maker.worker, maker.sender, maker.receiver]
        of = [_ByThread(at) for at in (*on, self._lives.thread, self._fed.thread, self._spans.thread)]
        for thread in range(len(self.people.threads)):
            groups = [each(thread) for each in of]
            for worked, sent, received, lives, fed, spans in self._parts(groups):
                pieces = (
                    self._lives.of(lives),
                    together([maker.units(worked, sent, received), self._fed.of(fed)]),
                    maker.phases(worked),
                    self._spans.of(spans),
                )
                if any(map(len, pieces)):
                    yield from _tracks(thread, *pieces, task)

    def _parts(self, groups: Sequence[Integers]) -> Iterator[Sequence[Integers]]:
        """Divide what is of a thread, rows of each kind, where nothing goes on from one part to the next."""
        if sum(group.size for group in groups) <= _PART:
            yield groups
            return
        extents = [
            *self.maker.extents(*groups[:3]),
            *((of.start[rows], of.end[rows]) for of, rows in zip(self._whole, groups[3:], strict=True)),
        ]
        cuts = [*_cuts(extents), np.inf]
        places = [np.searchsorted(cuts, start, side="right") for start, _ in extents]
        for part in range(len(cuts)):
            yield [rows[place == part] for rows, place in zip(groups, places, strict=True)]

    def instants(self) -> Iterator[Instants]:
        """Yield when each process handed tasks over, and when it got results of which no slice tells."""
        code, numbers = pd.factorize(self.columns.number("pool"))
        owner = {pool.number: self.people.process(pool.owner) for pool in pools(self.trace)}
        process = np.array([*(owner.get(number, -1) for number in numbers.tolist()), -1], np.int64)[code]
        every = np.ones(code.size, np.bool_)
        for name, which in zip(INSTANTS, (every, self.maker.delivered_apart()), strict=True):
            time = self.columns.time(name)
            known = which & ~np.isnan(time) & (process >= 0)
            for place in np.unique(process[known]).tolist():
                task = np.flatnonzero(known & (process == place))
                task = task[np.argsort(time[task], kind="stable")]
                times, first, count = np.unique(
                    time[task].astype(np.int64), return_index=True, return_counts=True
                )
                yield Instants(name, place, times, task, first, count)


def _cuts(extents: Sequence[tuple[NDArray[Any], NDArray[Any]]]) -> Iterator[float]:
    """Yield instants, about `_PART` intervals apart, over which none of the intervals goes on."""
    start, end = (np.concatenate(each).astype(np.float64) for each in zip(*extents, strict=True))
    known = ~np.isnan(start)
    order = np.argsort(start[known], kind="stable")
    start, latest = start[known][order], np.maximum.accumulate(end[known][order])
    free = np.flatnonzero(start[1:] >= latest[:-1]) + 1
    place = int(np.searchsorted(free, _PART))
    while place < free.size:
        yield float(start[free[place]])
        place = int(np.searchsorted(free, free[place] + _PART))


class _ByThread:
    """Rows by the thread that they are of, a place in `People`; in their order."""

    def __init__(self, thread: Integers) -> None:
        self._order = np.argsort(thread, kind="stable")
        self._bounds = np.cumsum(np.bincount(thread + 1, minlength=1))

    def __call__(self, thread: int) -> Integers:
        if thread + 1 >= self._bounds.size:
            return self._order[:0]
        return self._order[self._bounds[thread] : self._bounds[thread + 1]]


def _tracks(
    thread: int, lives: Pieces, units: Pieces, phases: Pieces, spans: Pieces, task: int
) -> Iterator[TrackSlices]:
    """Lay the pieces of a thread on as few tracks as it takes, the lower levels first.

    `task` is the category of a task as a whole.
    """
    lives = _sorted(lives)
    lives = replace(lives, end=closed(lives.start, lives.end))
    life_row = rows(lives.start, lives.end, np.zeros(len(lives), np.int64), nested=False)
    own = [_of_row(lives, life_row)]

    units = _sorted(units)
    units = replace(units, end=closed(units.start, units.end, own))
    beside = ~inside_or_apart(units.start, units.end, *own[0])
    unit_row = rows(units.start, units.end, beside.astype(np.int64), nested=False)
    own.append(_of_row(units, unit_row))

    whole = np.flatnonzero(units.category == task)
    place = whole[np.argsort(units.task[whole])]
    place = place[np.searchsorted(units.task[place], phases.task)]
    phases = replace(phases, end=np.minimum(phases.end, units.end[place]))
    phase_row = unit_row[place]
    own.append(_of_row(_sorted(phases.of(phase_row == 0))))

    apart = np.logical_or.reduce([overlaps(spans.start, spans.end, *level) for level in own])
    span_row = rows(spans.start, spans.end, apart.astype(np.int64))
    below = max(int(life_row.max(initial=0)), int(unit_row.max(initial=0)))
    span_row = np.where(span_row > 0, span_row + below, 0)

    levels = (lives, units, phases, spans)
    every, row = together(list(levels)), np.concatenate([life_row, unit_row, phase_row, span_row])
    level = np.repeat(np.arange(len(levels)), [len(part) for part in levels])
    for number in np.unique(row).tolist():
        which = np.flatnonzero(row == number)
        slices = every if which.size == len(every) else every.of(which)
        order, depth = events(slices.start, slices.end, level[which])
        yield TrackSlices(Track(thread, number), slices, level[which], slices.category == task, order, depth)


def _sorted(pieces: Pieces) -> Pieces:
    return pieces.of(np.lexsort((pieces.end, pieces.start)))


def _of_row(pieces: Pieces, row: Integers | None = None) -> tuple[Integers, Integers]:
    """Return starts and ends of what lies on a thread's own track."""
    if row is None:
        return pieces.start, pieces.end
    return pieces.start[row == 0], pieces.end[row == 0]
