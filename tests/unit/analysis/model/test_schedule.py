"""The schedule of a played workload: who had which task, from when to when."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.support.traces import pool_trace
from tests.unit.analysis.model.test_simulate import load
from tracer.analysis.model import Change, WhatIf, simulate
from tracer.analysis.model.schedule import schedule


def test_the_next_task_goes_to_who_waits_longest() -> None:
    """Two workers: the third task goes to the one that ended first."""
    played = load(3, 2, work=[30, 10, 10])
    found = schedule(played, simulate(played))
    assert found.worker.tolist() == [0, 1, 1]
    assert found.start_ns.tolist() == [0, 0, 10]
    assert found.end_ns.tolist() == [30, 10, 20]
    assert found.workers == 2


def test_a_worker_that_comes_later_has_the_later_task() -> None:
    """It is not taken before it is ready."""
    played = load(2, 2, work=10, ready=[5.0, 2.0])
    found = schedule(played, simulate(played))
    assert found.worker.tolist() == [1, 0]
    assert found.start_ns.tolist() == [2, 5]


def test_times_are_scaled() -> None:
    """As the prediction is."""
    played = load(1, 1, work=10)
    assert schedule(played, simulate(played), 1.5).end_ns.tolist() == [15]


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_no_worker_has_two_tasks_at_once(workers: int) -> None:
    """And all tasks are there, within what is predicted."""
    model = WhatIf(pool_trace(4, 40))
    change = Change(workers=workers)
    found = model.schedule(change)
    assert found.worker.size == 40
    assert found.end_ns.max() <= model(change).predicted_ns * (1 + 1e-9)
    for worker in range(workers):
        mine = np.flatnonzero(found.worker == worker)
        assert mine.size
        mine = mine[np.argsort(found.start_ns[mine])]
        assert all(found.end_ns[a] <= found.start_ns[b] + 1e-6 for a, b in pairwise(mine.tolist()))
