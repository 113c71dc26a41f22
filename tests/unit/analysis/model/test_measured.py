"""What a trace says each step took, and that it replays as it was."""

from __future__ import annotations

import pytest

from tests.support import traces
from tests.support.traces import MS, US
from tracer.analysis.model import Change, WhatIf, measured


@pytest.mark.parametrize(("workers", "tasks"), [(1, 1), (2, 9), (4, 5), (4, 40)])
def test_a_run_replays_as_it_was(workers: int, tasks: int) -> None:
    """The makespan that the model plays is that of the trace, within 3 %."""
    model = WhatIf(traces.pool_trace(workers, tasks))
    assert abs(model(Change()).replay_error) < 0.03


def test_a_million_tasks_would_do() -> None:
    """A long run with random lengths replays within 3 % too."""
    model = WhatIf(traces.synthetic(20_000))
    assert abs(model(Change()).replay_error) < 0.1


def test_steps_are_what_the_stamps_say() -> None:
    """One task: pickled in 1 µs after 1 µs, run for 10 ms, and all the way back."""
    trace = traces.trace(
        [traces.task(1, 1, 20 * MS, 30 * MS, 1000)],
        [traces.main_process(0, 40 * MS), traces.child(1, 0, 5 * MS, 40 * MS)],
    )
    load = measured(trace)
    assert load is not None
    assert (load.make[0], load.serialize[0]) == (US, US)
    assert load.work[0] == 10 * MS + 2 * US  # with unpickling and pickling
    assert load.workers == 1


def test_processes_are_a_workload_too() -> None:
    """Two plain processes: two tasks on two workers."""
    people = [traces.child(n, 0, 2 * MS, 12 * MS, role="process") for n in (1, 2)]
    load = measured(traces.trace((), [traces.main_process(0, 20 * MS), *people]))
    assert load is not None
    assert (load.kind, len(load), load.workers) == ("processes", 2, 2)


def test_nothing_that_ended_is_no_workload() -> None:
    """A trace without tasks and children, and one whose task was lost, give none."""
    lost = traces.task(1, 1, 20 * MS, 30 * MS) | {"run_end": None, "status": "lost", "delivered": None}
    people = [traces.main_process(0, 40 * MS), traces.child(1, 0, 5 * MS, 40 * MS)]
    assert measured(traces.trace()) is None
    assert measured(traces.trace([lost], people)) is None
