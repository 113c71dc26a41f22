import numpy as np
import pytest

from tests.support.traces import MS, child, main_process, pool_trace, task, trace
from tracer.analysis import concurrency
from tracer.analysis.concurrency import step_function


def test_steps_of_three_intervals():
    """[0, 4), [1, 3), [2, 6): one, two, three, then two, one and none run, from the instants 0 1 2 3 4 6."""
    times, running = step_function(np.array([0.0, 1.0, 2.0]), np.array([4.0, 3.0, 6.0]))
    assert times.tolist() == [0, 1, 2, 3, 4, 6]
    assert running.tolist() == [1, 2, 3, 2, 1, 0]


def test_a_task_that_starts_as_another_ends_is_not_beside_it():
    """Back-to-back intervals never count as two, and an empty interval counts nowhere."""
    times, running = step_function(np.array([0.0, 2.0, 3.0]), np.array([2.0, 4.0, 3.0]))
    assert times.tolist() == [0, 2, 4]
    assert running.tolist() == [1, 1, 0]


def test_mean_and_peak_over_the_makespan():
    """Two tasks of 4 ms within a makespan of 10 ms, 2 ms of it together: mean 0.8, peak 2, busy 0.6."""
    rows = [
        task(0, 1, 1 * MS, 5 * MS, submitted=0, delivered=9 * MS),
        task(1, 2, 3 * MS, 7 * MS, submitted=0, delivered=10 * MS),
    ]
    running = concurrency(trace(rows, [main_process(), child(1, 0, 1, 11 * MS), child(2, 0, 1, 11 * MS)]))
    assert (running.start_ns, running.end_ns) == (0, 10 * MS)
    assert running.mean == pytest.approx(0.8)
    assert running.busy_share == pytest.approx(0.6)
    assert running.peak == 2
    assert running.kinds == ("tasks",)


def test_processes_without_a_pool_count_from_target_to_target():
    """Without tasks the makespan reaches from the first start to the last exit; targets are what runs."""
    children = [child(n, 0, 2 * MS, 8 * MS, role="process", exited=10 * MS) for n in (1, 2)]
    running = concurrency(trace((), [main_process(), *children]))
    assert (running.start_ns, running.end_ns) == (0, 10 * MS)
    assert running.mean == pytest.approx(1.2)
    assert running.peak == 2
    assert running.kinds == ("processes",)


def test_lost_task_runs_until_its_worker_died():
    """A run without an end lasts until its process exited, and widens the makespan to it."""
    lost = task(0, 1, 2 * MS, 0, status="lost") | dict.fromkeys(
        ["run_end", "result_pickled", "result_sent", "result_received", "result_unpickled", "delivered"]
    )
    running = concurrency(trace([lost | {"submitted": 0}], [main_process(), child(1, 0, 1 * MS, 4 * MS)]))
    assert running.time_ns.tolist() == [2 * MS, 4 * MS]
    assert (running.start_ns, running.end_ns) == (0, 4 * MS)
    assert running.mean == pytest.approx(0.5)


def test_all_kinds_are_counted_together():
    """A task and a process without a pool that run together are two."""
    mixed = trace(
        [task(0, 1, 2 * MS, 4 * MS)],
        [main_process(), child(1, 0, 1 * MS, 5 * MS), child(2, 0, 1 * MS, 5 * MS, role="process")],
    )
    assert concurrency(mixed).peak == 2
    assert concurrency(mixed).kinds == ("tasks", "processes")


@pytest.mark.parametrize("made", [trace(), trace((), [main_process(5, 5)]), pool_trace(tasks=0)])
def test_nothing_ran(made):
    """A trace in which nothing ran has no steps, and no mean that is not a number."""
    running = concurrency(made)
    assert running.time_ns.size == 0
    assert running.peak == 0
    assert running.mean in (None, 0.0)
