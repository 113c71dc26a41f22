"""What is known of the processes that put into queues and take from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracer.record import schema
from tracer.tables.columns import Integers
from tracer.tables.journals import Journals


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
