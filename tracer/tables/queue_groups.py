"""Which queues make one pool, and which messages are no tasks because they end their workers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

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
    ends = np.zeros(len(stream), np.bool_)
    if not last.any():
        return ends
    rows = np.flatnonzero(last & ~none)
    inner = ~last & ~none
    for row in rows.tolist():
        here = stream == stream[row]
        alike = here & (key == key[row])
        mine = here & (thread == thread[row]) & inner
        if (alike & last).sum() > 1 and not (alike & inner).any():
            ends[row] = True
        elif not mine.any():
            continue
        elif answered[mine].mean() >= _MOSTLY:
            ends[row] = not answered[row] and not (alike & inner).any()
        else:
            usual = float(np.median(length[mine]))
            ends[row] = length[row] < min(_SHORT * usual, _SHORT_NS) and not (alike & inner).any()
    return ends


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
    streams = np.unique(stream)
    root = {int(one): int(one) for one in streams}

    def find(one: int) -> int:
        while root[one] != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    pairs = sorted({(t, s) for t, s in zip(thread.tolist(), stream.tolist(), strict=True)})
    for (t, s), (u, v) in pairwise(pairs):
        if t == u:
            root[find(v)] = find(s)
    for s, v in _alike(stream, process, start, fed, functions, parents):
        root[find(v)] = find(s)
    first: dict[int, int] = {}
    for s, begin in zip(stream.tolist(), start.tolist(), strict=True):
        of = find(s)
        first[of] = min(first.get(of, begin), begin)
    number = {of: place for place, of in enumerate(sorted(first, key=first.__getitem__))}
    by_stream = {s: number[find(s)] for s in root}
    return np.array([by_stream[s] for s in stream.tolist()], np.int64)


def _alike(
    stream: Integers,
    process: Integers,
    start: Integers,
    fed: Integers,
    functions: list[str],
    parents: list[int],
) -> list[tuple[int, int]]:
    """Return pairs of queues whose workers do the same at the same time, and do not feed each other."""
    later = {(functions[p], parents[p], s) for p, s in zip(process.tolist(), fed.tolist(), strict=True)}
    spans: dict[tuple[str, int, int], list[int]] = {}
    for s, p, begin in zip(stream.tolist(), process.tolist(), start.tolist(), strict=True):
        key = functions[p], parents[p], s
        if key in later:
            continue  # a stage of its own
        span = spans.setdefault(key, [begin, begin])
        span[0], span[1] = min(span[0], begin), max(span[1], begin)
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
