"""What is known of the processes that put into queues and take from them."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from tracer.record import schema
from tracer.tables.columns import Integers
from tracer.tables.journals import Journals
from tracer.tables.messages import Mask, Messages


def targets(journals: Journals) -> list[str]:
    """Return the function that each process runs: its target; where it has none, it is called by its name."""
    result = [str(one.get("name") or "?") for one in journals.identities]
    stages = journals.kind(schema.STAGE)
    for process, row in zip(stages.process.tolist(), stages.words.tolist(), strict=True):
        if row[0] == schema.TARGET_START and row[2]:
            result[process] = journals.name(process, row[2]) or result[process]
    return result


def parents(journals: Journals) -> list[int]:
    """Return the PID of each process's parent, 0 where it is not known."""
    return [int(one.get("ppid") or 0) for one in journals.identities]


def fed_by_children(
    messages: Messages, journals: Journals, process: NDArray[np.int32], stream: Integers
) -> Mask:
    """Tell of each message taken, by who took it and from where, whether only its taker's children put there.

    Such a queue brings results back: who takes from it collects. What the taker itself put does not count.
    """
    people = len(journals.identities)
    pid = [int(one.get("pid") or -1) for one in journals.identities]
    parent = parents(journals)
    puts = np.unique(messages.put_to * people + messages.puts.process)
    putters = {divmod(one, people) for one in puts.tolist()}
    every = Counter(into for into, _ in putters)
    children = Counter((into, parent[who]) for into, who in putters)
    pairs, place = np.unique(stream * people + process, return_inverse=True)
    by_pair = (divmod(one, people) for one in pairs.tolist())
    only = [0 < every[of] - ((of, who) in putters) == children[of, pid[who]] for of, who in by_pair]
    return np.array(only, np.bool_)[place]


def returned(journals: Journals, process: NDArray[np.int32], put: Integers) -> Integers:
    """Return when the calls of `put` returned that began at these instants: a long one is a span."""
    spans = journals.kind(schema.SPAN)
    if not len(spans):
        return put
    order = np.lexsort((spans.word(0), spans.process))
    start, stop, who = spans.word(0)[order], spans.word(1)[order], spans.process[order]
    result = put.copy()
    for one in np.unique(process).tolist():
        first, last = np.searchsorted(who, [one, one + 1])
        mine = np.flatnonzero(process == one)
        if first == last:
            continue
        place = np.minimum(first + np.searchsorted(start[first:last], put[mine]), last - 1)
        result[mine] = np.where(start[place] == put[mine], stop[place], put[mine])
    return result


def last_put(
    messages: Messages, thread: Integers, stream: Integers, start: Integers, end: Integers
) -> Integers:
    """Return the message that each run put last, into another queue than it took from; -1 where it put none.

    Runs are by thread (process << 32 | tid), the queue they took from, and when they began and ended (0: not
    known).
    """
    puts, result = messages.puts, np.full(len(thread), -1, np.int64)
    if not len(puts):
        return result
    putter, when = puts.process.astype(np.int64) << 32 | messages.putter, puts.word(0)
    order = np.lexsort((when, putter))
    stop = np.where(end > 0, end, np.iinfo(np.int64).max)
    who, runs = putter[order], np.argsort(thread, kind="stable")
    runs = runs[start[runs] > 0]
    whose = thread[runs]
    for one in np.unique(whose).tolist():
        theirs = order[slice(*np.searchsorted(who, [one, one + 1]))]
        rows = runs[slice(*np.searchsorted(whose, [one, one + 1]))]
        for source in np.unique(stream[rows]).tolist():
            some = rows[stream[rows] == source]
            other = theirs[messages.put_to[theirs] != source]
            if len(other):
                place = np.searchsorted(when[other], stop[some], side="right") - 1
                found = other[np.maximum(place, 0)]
                result[some] = np.where((place >= 0) & (when[found] >= start[some]), found, -1)
    return result
