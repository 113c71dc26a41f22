"""Which queues make one pool, and which messages are no tasks because they end their workers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tracer.tables.columns import Integers
from tracer.tables.messages import Mask

_MOSTLY = 0.8
_SHORT = 0.05
_SHORT_NS = 1_000_000


def sentinels(
    stream: Integers,
    thread: Integers,
    key: Integers,
    last: Mask,
    none: Mask,
    answered: Mask,
    length: Integers,
) -> Mask:
    """Tell which messages ended a worker: rows sorted by stream, thread and time.

    `last` are those after which the worker left its target, and it can be only these. It is one that looks
    like the last of another worker, and like no other of its queue; or one that had no answer where most had;
    or after which the worker was gone at once.
    """
    if not last.any():
        return np.zeros(len(stream), np.bool_)
    inner = ~last & ~none
    look = _numbered(stream, key)
    as_last, as_inner = (np.bincount(look[which], minlength=len(stream))[look] for which in (last, inner))
    worker = np.cumsum(_begins(stream, thread)) - 1
    whose, count = worker[inner], np.bincount(worker[inner], minlength=len(stream))
    share = np.bincount(whose, answered[inner], minlength=len(stream)) / np.maximum(count, 1)
    usual = _medians(whose, length[inner], count)
    short = length < np.minimum(_SHORT * usual[worker], _SHORT_NS)
    gone = np.where(share[worker] >= _MOSTLY, ~answered, short)
    ended: Mask = last & ~none & (as_inner == 0) & ((as_last > 1) | ((count[worker] > 0) & gone))
    return ended


def _begins(*columns: Integers) -> Mask:
    """Tell where another value begins in any of some columns."""
    begins = np.ones(len(columns[0]), np.bool_)
    begins[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return begins


def _numbered(first: Integers, second: Integers) -> Integers:
    """Return a number for each pair of values, the same for the same pair, from 0."""
    order = np.lexsort((second, first))
    result = np.empty(len(order), np.int64)
    result[order] = np.cumsum(_begins(first[order], second[order])) - 1
    return result


def _medians(group: Integers, values: Integers, count: Integers) -> NDArray[np.float64]:
    """Return the median of each group's values; `count` is how many it has: where it has none, 0."""
    ordered = np.append(values[np.lexsort((values, group))], 0)
    first = np.cumsum(count) - count
    low, high = first + np.maximum(count - 1, 0) // 2, first + count // 2
    return np.where(count > 0, (ordered[low] + ordered[high]) / 2, 0.0)


def pools_of(
    stream: Integers,
    thread: Integers,
    process: Integers,
    start: Integers,
    fed: Integers,
    functions: list[str],
    parents: list[int],
) -> Integers:
    """Return the pool of each task, numbered from 0 in the order of their first tasks.

    `fed` is the queue that each task's result went into, -1 where there is none.

    Queues are of one pool where a worker takes from both, or where workers with one function and one parent
    took from them at the same time: each of some servers may have a queue of its own.
    """
    streams, code = np.unique(stream, return_inverse=True)
    root = {int(one): int(one) for one in streams}

    def find(one: int) -> int:
        while root[one] != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    opens = _begins(stream, thread)
    for (t, s), (u, v) in pairwise(sorted(zip(thread[opens].tolist(), stream[opens].tolist(), strict=True))):
        if t == u:
            root[find(v)] = find(s)
    for s, v in _alike(stream, process, start, fed, functions, parents):
        root[find(v)] = find(s)
    earliest = np.full(len(streams), np.iinfo(np.int64).max)
    np.minimum.at(earliest, code, start)
    first: dict[int, int] = {}
    for s, begin in zip(streams.tolist(), earliest.tolist(), strict=True):
        of = find(s)
        first[of] = min(first.get(of, begin), begin)
    number = {of: place for place, of in enumerate(sorted(first, key=first.__getitem__))}
    return np.array([number[find(s)] for s in streams.tolist()], np.int64)[code]


def _alike(
    stream: Integers,
    process: Integers,
    start: Integers,
    fed: Integers,
    functions: list[str],
    parents: list[int],
) -> list[tuple[int, int]]:
    """Return pairs of queues whose workers do the same at the same time, and do not feed each other."""
    at = np.unique(_numbered(process, fed), return_index=True)[1]
    later = {
        (functions[p], parents[p], s) for p, s in zip(process[at].tolist(), fed[at].tolist(), strict=True)
    }
    _, at, code = np.unique(_numbered(process, stream), return_index=True, return_inverse=True)
    first, last = start[at], start[at]
    np.minimum.at(first, code, start)
    np.maximum.at(last, code, start)
    ends = (values.tolist() for values in (process[at], stream[at], first, last))
    spans: dict[tuple[str, int, int], list[int]] = {}
    for p, s, begin, end in zip(*ends, strict=True):
        key = functions[p], parents[p], s
        if key in later:
            continue  # a stage of its own
        span = spans.setdefault(key, [begin, end])
        span[0], span[1] = min(span[0], begin), max(span[1], end)
    result = []
    ordered = sorted(spans.items(), key=lambda item: (item[0][0], item[0][1], item[1][0]))
    until, before = 0, None
    for (function, parent, s), (begin, end) in ordered:
        if before is not None and before[:2] == (function, parent) and begin <= until:
            result.append((before[2], s))
            until = max(until, end)
        else:
            until = end
        before = function, parent, s
    return result
