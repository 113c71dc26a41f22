"""Hand-made tasks for the account, and what it says of one lane."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.support.traces import task
from tracer.analysis.account import Account


def task_at(
    number: int,
    process: int,
    submitted: int,
    pickle: tuple[int, int, int],
    wait: tuple[int, int, int],
    run: tuple[int, int],
    result: tuple[int, int],
    **changes: Any,
) -> dict[str, Any]:
    """Return the row of a pool's task: `pickle` start, end, sent; `wait` start, lock, received; `result`
    pickled, sent. It is received, unpickled and delivered at once when it has been sent, 1 ns later."""
    row = task(number, process, *run)
    names = ("pickle_start", "pickle_end", "sent", "wait_start", "lock_acquired", "received")
    row |= dict(zip(names, (*pickle, *wait), strict=True))
    after = result[1]
    row |= {"result_pickled": result[0], "result_sent": after, "result_received": after}
    return row | {"submitted": submitted, "result_unpickled": after, "delivered": after + 1} | changes


def spent(found: Account, name: str, makespan: bool = False) -> dict[str, int]:
    """Return the categories of a lane that are not zero, in nanoseconds, after holding them to its life."""
    table = found.in_makespan if makespan else found.table
    (place,) = np.flatnonzero(found.lanes["name"] == name)
    row = table.iloc[int(place)]
    assert not row.isna().any()
    assert row["unexplained"] >= 0
    if not makespan:
        assert abs(float(row.sum()) - float(found.wall_ns[place])) <= 1
    return {str(category): round(float(value)) for category, value in row.items() if round(float(value))}
