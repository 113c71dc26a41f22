"""What arrived and could not be unpickled: of which tasks that was.

owner    DISPATCH ─ sent ──pipe──► worker   BEGIN without a number; or the worker died, its journal says when
worker   DONE ─ result_pickled (so many bytes) ──pipe──► owner   RESULT without a number (bytes)
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tracer.tables.columns import Column, Integers


def unread_tasks(
    pool: Integers, received: Integers, of_task: Integers, sent: Integers, waiting: NDArray[np.bool_]
) -> tuple[Integers, Integers]:
    """Return the rows of the tasks, and for each the place of its arrival in `pool` and `received`.

    `of_task` is the pool of each task, `sent` when it was written, `waiting` tells those that nobody is known
    to have received. The pipe keeps the order: they are the first of their pool that were sent.
    """
    rows, places = [], []
    for number in np.unique(pool[pool > 0]).tolist():
        queued = np.flatnonzero(waiting & (of_task == number))
        arrivals = np.flatnonzero(pool == number)
        count = min(queued.size, arrivals.size)
        rows += queued[np.argsort(sent[queued], kind="stable")][:count].tolist()
        places += arrivals[np.argsort(received[arrivals], kind="stable")][:count].tolist()
    return np.array(rows, np.int64), np.array(places, np.int64)


def unread_results(
    pool: Integers, size: Integers, of_task: Integers, columns: Mapping[str, Column]
) -> tuple[Integers, Integers]:
    """Return the rows of the tasks, and for each the place of its result in `pool` and `size` (bytes).

    `of_task` is the pool of each task. The pipe keeps the order of the writes: it is the first that was
    pickled and never received, of those that are as large.
    """
    there = ~columns["result_pickled"].missing & columns["result_received"].missing
    pickled, length = columns["result_pickled"].values, columns["result_bytes"].values
    rows, places = [], []
    for place, (number, wanted) in enumerate(zip(pool.tolist(), size.tolist(), strict=True)):
        mine = np.flatnonzero(there & (of_task == number) & (length == wanted))
        if mine.size:
            row = int(mine[np.argmin(pickled[mine])])
            there[row] = False
            rows.append(row)
            places.append(place)
    return np.array(rows, np.int64), np.array(places, np.int64)
