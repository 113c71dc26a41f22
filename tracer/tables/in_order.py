"""Which message of one stream is which, where stamps are missing at either end.

    put     a b c d e f g h ...         written
    taken   a b ─ ─ ─ f g h ...         read: c, d and e by somebody who is not traced, or was killed

Both ends are in the order of the pipe. Where they differ the nearest place is looked for from which they are
alike again: within a few messages one by one, and beyond by looking up where the next ones come again.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property

import numpy as np

from tracer.tables.columns import Integers

_NEAR, _AGREE = 64, (4, 1)
"""A gap of so many messages is looked for, after which so many agree, or where none is, at least so many."""
_ONE = [pair for gap in range(1, _NEAR) for pair in ((gap, 0), (0, gap))]
_BOTH = sorted(((d, e) for d in range(1, 9) for e in range(1, 9)), key=sum)
"""Gaps at one end and at both: so many messages put, so many taken."""
_FAR = 8
"""So many agree after a gap that is larger: of few kinds of messages, some are alike anywhere."""
_FAILURES = 64
"""After so many messages in a row with nothing like them nearby, only what is far is looked at."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


def in_order(places: Integers, put: Integers, since: Integers, taken: Integers, until: Integers) -> Integers:
    """Return of one stream the place of each message taken, -1 where it was not found among those put.

    `put` and `taken` are what the messages look like, in the order of the pipe; `since` is when the writing
    of each began, `until` when it had been read; `places` is what to return for each of `put`.
    """
    both = min(len(put), len(taken))
    result = np.full(len(taken), -1, np.int64)
    if np.array_equal(put[:both], taken[:both]) and bool((since[:both] <= until[:both]).all()):
        result[:both] = places[:both]
        return result
    ends = _Ends(put, since, taken, until)
    a, b, when, read = ends.put, ends.taken, ends.since, ends.until
    i = j = failures = 0
    while i < len(a) and j < len(b):
        if a[i] == b[j] and when[i] <= read[j]:
            result[j] = places[i]
            i, j, failures = i + 1, j + 1, 0
            continue
        skipped = ends.skipped(i, j, near=failures < _FAILURES)
        failures += skipped is None
        d, e = skipped or (1, 1)
        i, j = i + d, j + e
    return result


class _Ends:
    """What was put and what was taken, from any two messages that differ on."""

    def __init__(self, put: Integers, since: Integers, taken: Integers, until: Integers) -> None:
        self.put: list[int] = put.tolist()
        self.taken: list[int] = taken.tolist()
        self.since: list[int] = since.tolist()
        self.until: list[int] = until.tolist()
        self._arrays = put, since, taken, until

    def skipped(self, i: int, j: int, near: bool) -> tuple[int, int] | None:
        """Return how many messages are missing at the other end, of those put and those taken."""
        one_end = _ONE if near else []
        if found := self._first(i, j, one_end, _AGREE[0]):
            return found
        both = self._first(i, j, _BOTH if near else [], _AGREE[0])  # then it is no large gap
        far = None if both else self._far(i, j)
        return far or self._first(i, j, one_end, _AGREE[1]) or both

    def _first(self, i: int, j: int, gaps: list[tuple[int, int]], agree: int) -> tuple[int, int] | None:
        a, b = self.put, self.taken
        rows, others = len(a) - i, len(b) - j
        for d, e in gaps:
            if d < rows and e < others and a[i + d] == b[j + e] and self._alike(i + d, j + e, agree):
                return d, e
        return None

    def _alike(self, i: int, j: int, most: int) -> bool:
        """Tell whether the next few messages look the same at both ends, and the first could be the same."""
        some = min(most, len(self.put) - i, len(self.taken) - j)
        return self.put[i : i + some] == self.taken[j : j + some] and self.since[i] <= self.until[j]

    def _far(self, i: int, j: int) -> tuple[int, int] | None:
        """Return the smaller gap at one end, of any size, after which many messages agree."""
        (first, last, order), (begin, end, other), reached = self._lookup
        found = []
        if j < len(first):
            at = bisect_left(order, i, first[j], last[j])
            if at < last[j] and self._alike(order[at], j, _FAR):
                found.append((order[at] - i, 0))
        if i < len(begin):
            at = bisect_left(other, max(j, reached[i]), begin[i], end[i])
            if at < end[i] and self._alike(i, other[at], _FAR):
                found.append((0, other[at] - j))
        return min(found, key=sum, default=None)

    @cached_property
    def _lookup(self) -> tuple[_Places, _Places, list[int]]:
        """Where the next few messages of each taken come among those put, the same of each put among those
        taken, and the first message taken that had been read after each put was begun to be written."""
        put, since, taken, until = self._arrays
        a, b = _several(put), _several(taken)
        reached = np.searchsorted(np.maximum.accumulate(until), since)
        return _places(a, b), _places(b, a), reached.tolist()


_Places = tuple[list[int], list[int], list[int]]
"""Of each wanted: the first and the last (exclusive) of the places in the list that follows."""


def _places(values: Integers, wanted: Integers) -> _Places:
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first, last = (np.searchsorted(ordered, wanted, side) for side in ("left", "right"))
    return first.tolist(), last.tolist(), order.tolist()


def _several(keys: Integers) -> Integers:
    """Return one number for each message and those that follow, as many as are to agree after a large gap."""
    count = len(keys) - _FAR + 1
    result = np.zeros(max(count, 0), np.uint64)
    for place in range(_FAR if count > 0 else 0):
        result = (result ^ keys[place : place + count].astype(np.uint64)) * _MIX
        result ^= result >> np.uint64(32)
    return result.view(np.int64)
