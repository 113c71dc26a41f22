"""Intervals as sorted arrays: their union, their intersection, how much of a stretch of time they cover.

    many       ███    ██████  █        may overlap, in any order
                 ████    ███
    a Cover    ██████ ██████  █        sorted and apart: one binary search answers for any instant

Threads are made comparable here too: a process and a thread's number become one number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from tracer.analysis.columns import Booleans, Floats, Integers

_Time = TypeVar("_Time", np.int64, np.float64)


@dataclass(frozen=True)
class Cover(Generic[_Time]):
    """Intervals that are sorted and apart; they may touch."""

    start: NDArray[_Time]
    end: NDArray[_Time]

    @property
    def length(self) -> float:
        """All of them together."""
        return float((self.end - self.start).sum())

    def until(self, time: NDArray[_Time]) -> NDArray[_Time]:
        """How much before each time lies within an interval, counted from the first."""
        total = np.append(np.zeros(1, self.start.dtype), np.cumsum(self.end - self.start))
        place = np.searchsorted(self.start, time, side="right")
        beyond = np.append(np.zeros(1, self.end.dtype), self.end)[place] - time
        return np.asarray(total[place] - np.where(place > 0, np.maximum(beyond, 0), 0))

    def within(self, first: NDArray[_Time], last: NDArray[_Time]) -> NDArray[_Time]:
        """How much of each stretch from `first` to `last` lies within an interval."""
        return np.asarray(self.until(last) - self.until(first))

    def holds(self, time: NDArray[_Time]) -> Booleans:
        """Tell which times lie within an interval, its ends included."""
        place = np.searchsorted(self.start, time, side="right")
        return np.asarray((place > 0) & (np.append(np.full(1, -1, self.end.dtype), self.end)[place] >= time))

    def both(self, other: Cover[_Time]) -> Cover[_Time]:
        """The parts that lie within `other` too."""
        first = np.searchsorted(other.end, self.start, side="right")
        many = np.maximum(np.searchsorted(other.start, self.end, side="left") - first, 0)
        mine = np.repeat(np.arange(many.size), many)
        begun = np.cumsum(many) - many
        theirs = np.arange(mine.size) - begun[mine] + first[mine]
        return Cover(
            np.maximum(self.start[mine], other.start[theirs]), np.minimum(self.end[mine], other.end[theirs])
        )


def union(start: NDArray[_Time], end: NDArray[_Time]) -> Cover[_Time]:
    """The time in which any of these intervals holds; those that touch become one. No end may be NaN."""
    order = np.argsort(start, kind="stable")
    start, until = start[order], np.maximum.accumulate(end[order])
    opens = np.append(True, start[1:] > until[:-1])[: start.size]
    return Cover(start[opens], until[np.append(opens[1:], True)[: start.size]])


def latest_before(group: Integers, done: Floats) -> Floats:
    """The latest of `done` above each row in the same group, NaN in a group's first row.

    `group` is sorted and not negative; `done` is in whole nanoseconds and nowhere NaN.
    """
    if not group.size:
        return done
    whole = done.astype(np.int64) - int(done.min())
    offset = group * (int(whole.max()) + 1)
    latest = np.maximum.accumulate(whole + offset) - offset + int(done.min())
    opens = np.append(True, group[1:] != group[:-1])
    return np.where(opens, np.nan, np.append(0, latest[:-1]))


def thread_key(process: Integers, tid: Integers) -> Integers:
    """One number for each thread of the run, from its process's number and its own."""
    return process * 2**32 + tid
