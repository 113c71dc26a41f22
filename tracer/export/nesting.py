"""Slices on tracks: on one track any two are apart, or one lies within the other; else they say what is not.

one track   ┌ task ──────────────┐ ┌ task ────┐      begin task, begin run, end run, end task, …
            │ ┌ run ──────┐      │ │ ┌ run ─┐ │
overlap     ┌ span ─────────┐                        a viewer that keeps a stack would end the other one:
                    ┌ span ────────┐                 each gets a track of its own
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracer.analysis.columns import Booleans, Integers

OPEN = np.int64(1 << 61)
"""The end of a slice that was not seen to end."""


def events(start: Integers, end: Integers, level: Integers) -> tuple[Integers, Integers]:
    """Return in which order a track's slices begin and end, and for each its depth, from 0.

    Event `2 * i` is the beginning of slice i, `2 * i + 1` its end; an end that is `OPEN` is no event. No two
    slices overlap in part. What is equal nests by `level`; what has no length lies within what begins or
    goes on at its time. Cost: O(n log n), with no loop over slices.
    """
    opens, closes = 2 * start, 2 * end + (start == end)
    order = np.lexsort((level, -closes, opens))
    opens, closes = opens[order], closes[order]
    place = np.arange(start.size)
    # All that begin before a slice does are around it, but those that have ended by then.
    depth = place - np.searchsorted(np.sort(closes), opens, side="right")
    within = np.searchsorted(opens, closes, side="left") - place  # itself included
    first = 2 * place - depth
    result = np.empty(2 * start.size, np.int64)
    result[first] = 2 * order
    result[first + 2 * within - 1] = 2 * order + 1
    depths = np.empty(start.size, np.int64)
    depths[order] = depth
    return result[(result % 2 == 0) | (end[result >> 1] < OPEN)], depths


def overlaps(start: Integers, end: Integers, first: Integers, last: Integers) -> Booleans:
    """Tell which intervals overlap in part one of those from `first` to `last`, sorted and apart."""
    if not first.size:
        return np.zeros(start.size, np.bool_)
    before = np.searchsorted(first, start, side="right") - 1  # the last one that begins by the start
    begun = first[before]
    leaves = (before >= 0) & (begun < start) & (start < last[before]) & (end > last[before])
    behind = np.searchsorted(first, end, side="left") - 1  # the last one that begins before the end
    enters = (behind >= 0) & (first[behind] > start) & (last[behind] > end)
    return np.asarray(leaves | enters)


def inside_or_apart(start: Integers, end: Integers, first: Integers, last: Integers) -> Booleans:
    """Tell which intervals lie within one of those from `first` to `last`, or apart from all.

    Those are sorted and apart.
    """
    if not first.size:
        return np.ones(start.size, np.bool_)
    before = np.searchsorted(first, start, side="right") - 1
    inside = (before >= 0) & (end <= last[before])
    following = np.append(first, 2 * OPEN)[before + 1]
    apart = ((before < 0) | (last[before] <= start)) & (following >= end)
    return np.asarray(inside | apart)


def rows(start: Integers, end: Integers, least: Integers, nested: bool = True) -> Integers:
    """Give each interval the first row, from its `least` on, where it overlaps none in part.

    With `nested` one may lie within another of its row, else they are apart.
    """
    result = least.copy()
    order = np.lexsort((-end, start))
    begins, ends = start[order], end[order]
    if (begins[1:] >= np.maximum.accumulate(ends)[:-1]).all():
        return result
    around: list[list[int]] = []  # for each row, the ends of what the next one may lie within
    for place, begin, finish, row in zip(
        order.tolist(), begins.tolist(), ends.tolist(), least[order].tolist(), strict=True
    ):
        while True:
            if row >= len(around):
                around += ([] for _ in range(row + 1 - len(around)))
            stack = around[row]
            while stack and stack[-1] <= begin:
                stack.pop()
            if not stack or (nested and stack[-1] >= finish):
                break
            row += 1
        stack.append(finish)
        result[place] = row
    return result


def closed(start: Integers, end: Integers, around: Sequence[tuple[Integers, Integers]] = ()) -> Integers:
    """Return the ends of slices that are sorted by start: an open one ends where the next one begins.

    It ends too where one of `around` ends that it lies in, or begins that comes later; each is a pair of
    starts and ends, sorted and apart.
    """
    result = end.copy()
    for place in np.flatnonzero(end >= OPEN).tolist():
        limits = start[place + 1 : place + 2].tolist()
        for first, last in around:
            now = int(np.searchsorted(first, start[place], side="right"))
            limits += first[now : now + 1].tolist()
            limits += [one for one in last[max(now - 1, 0) : now].tolist() if one > start[place]]
        result[place] = min([*limits, int(OPEN)])
    return result
