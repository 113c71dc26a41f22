"""Results that arrived in their owner, and that it could not unpickle: of which tasks they were.

worker   DONE ─ result_pickled (so many bytes) ─ result_sent ──pipe──► owner   RESULT without a number (bytes)
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tracer.tables.columns import Column, Integers


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
