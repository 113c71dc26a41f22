"""Programs that keep a window of tasks handed over: what the model makes of that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.support import traces
from tests.support.traces import MS, US
from tests.unit.analysis.model.test_simulate import load
from tracer.analysis.model import Change, Workload, model_of, simulate
from tracer.analysis.model.changes import window_of
from tracer.analysis.model.steps import Steps
from tracer.analysis.model.windows import is_kept_by_a_slow_loop
from tracer.tables.tables import Tables


def threads(submitted: list[int], runs: list[tuple[int, int]]) -> Tables:
    """Make the run of two threads that take turns: tasks that were submitted and ran then (ms)."""
    rows = [
        traces.task(
            number,
            0,
            start * MS,
            end * MS,
            0,
            kind="ThreadPoolExecutor",
            worker_tid=traces.MAIN_PID + 1 + number % 2,
            submitted=at * MS,
            delivered=end * MS + 10 * US,
            cpu_ns=(end - start) * MS // 2,
            runq_ns=0,
            pickle_start=None,
            pickle_end=None,
            sent=None,
        )
        for number, (at, (start, end)) in enumerate(zip(submitted, runs, strict=True))
    ]
    thread = {"host": "desk", "process": 0, "pid": traces.MAIN_PID, "role": "worker", "name": "t"}
    workers = [thread | {"tid": traces.MAIN_PID + 1 + n, "started": 0, "ended": 2000 * MS} for n in (0, 1)]
    slices = [
        {"host": "desk", "process": 0, "pid": traces.MAIN_PID, "tid": traces.MAIN_PID + 1 + at % 2, "core": 0}
        | {"start": at * MS, "end": (at + 1) * MS, "reason": "blocked"}
        for at in range(max(end for _, end in runs))
    ]
    people = [traces.main_process(0, 2000 * MS)]
    return traces.trace(rows, people, workers, slices=slices, core_source="kernel")


RUNS = [(20 * (n // 2) + n % 2, 20 * (n // 2) + 20 + n % 2) for n in range(40)]
"""Two threads, one of which is 1 ms later: each task takes 20 ms, of which it has the GIL for 10."""
WINDOW = [0, 0, 0, 0, *(end for _, end in RUNS[:36])]
"""Four at first, then one more as soon as one is done."""


def test_a_task_follows_the_one_whose_end_made_room() -> None:
    """All but the first four wait for a result, the one that ended just before."""
    made = model_of(threads(WINDOW, RUNS)).load
    assert made is not None
    assert made.follows is not None
    assert made.follows.tolist() == [-1] * 4 + list(range(36))


def test_processes_would_have_been_given_the_tasks_earlier() -> None:
    """40 tasks that compute for 10 ms take 400 ms in turns, and 200 in two processes."""
    model = model_of(threads(WINDOW, RUNS))
    assert model.replay_ns == pytest.approx(model.measured_ns, rel=0.05)
    assert model(Change(processes=True, cores=2)).predicted_ns == pytest.approx(210 * MS, rel=0.08)


@pytest.mark.parametrize(
    "submitted",
    [[0] * 40, [3 * n for n in range(40)], [13 * n for n in range(40)]],
    ids=["at once", "faster than they run", "more slowly"],
)
def test_tasks_at_the_program_s_own_pace_follow_none(submitted: list[int]) -> None:
    """They would have come when they did, whatever the tasks took."""
    late = [(max(start, at), max(start, at) + 20) for (start, _), at in zip(RUNS, submitted, strict=True)]
    runs = list(late)
    for number in range(2, 40):  # each thread does one after the other
        start = max(late[number][0], runs[number - 2][1])
        runs[number] = start, start + 20
    made = model_of(threads(submitted, runs)).load
    assert made is not None
    assert made.follows is None or (made.follows < 0).all()


def test_what_follows_is_handed_over_after_the_delivery() -> None:
    """Two workers, tasks of 10, the third 5 after the first is delivered: it ends at 25."""
    edge: dict[str, Any] = {"follows": np.array([-1, -1, 0]), "lag": np.array([0.0, 0.0, 5.0])}
    assert simulate(load(3, 2, work=[10, 30, 10], **edge)).makespan_ns == 30
    assert simulate(load(3, 2, work=[10, 10, 10], **edge)).makespan_ns == 25


def test_in_another_order_no_task_waits_for_a_later_one() -> None:
    """The task that followed the first comes before it now: it waits for none."""
    edge: dict[str, Any] = {"follows": np.array([-1, 0, 1]), "lag": np.zeros(3)}
    made = load(3, 1, work=[10, 10, 10], **edge)
    turned = made.take(np.array([1, 0, 2]))
    assert turned.follows is not None
    assert turned.follows.tolist() == [-1, -1, 0]
    assert simulate(turned).makespan_ns == 30


def test_made_at_once_means_without_a_window() -> None:
    """Nothing waits for a result then."""
    edge: dict[str, Any] = {"follows": np.array([-1, 0, 1]), "lag": np.full(3, 7.0)}
    made = load(3, 3, cores=3.0, work=[10, 10, 10], **edge)
    assert simulate(made).makespan_ns == 44
    assert simulate(Change(made_at_once=True)(made, 3.0)).makespan_ns == 10


def test_a_window_that_is_counted_in_workers_holds_no_more_of_them_up() -> None:
    """joblib keeps so many tasks handed over for each worker: with four, twelve of 10 take 30, and not 60."""
    follows = np.array([-1] * 2 + list(range(10)))
    after = np.where(follows < 0, 0.0, 10.0 * (np.arange(12) // 2))
    edge: dict[str, Any] = {"follows": follows, "lag": np.zeros(12), "after": after}
    for kind, expected in (("joblib", 30), ("loky", 60)):
        made = load(12, 2, cores=4.0, work=[10] * 12, kind=kind, **edge)
        assert simulate(made).makespan_ns == 60
        more = Change(workers=4)(made, 4.0)
        assert simulate(more).makespan_ns == expected
    same = Change(ready_ns=(0.0, 0.0))(replace(made, kind="joblib"), 4.0)
    assert same.follows is not None


def test_without_its_window_a_burst_waits_for_the_one_before_all_the_same() -> None:
    """Only tasks after the first that waited for a result are handed over at once, burst by burst."""
    edge: dict[str, Any] = {"follows": np.array([-1, 0, -1, -1, -1, 4]), "lag": np.zeros(6)}
    after = [0.0, 10.0, 12.0, 0.0, 3.0, 9.0]
    made = load(6, 1, burst=[0, 0, 0, 1, 1, 1], think=[0.0, 0.0], after=after, kind="joblib", **edge)
    assert Change(workers=2)(made, 2.0).after.tolist() == [0, 0, 0, 0, 3, 0]


def loader(prefetch: int, workers: int = 2) -> Workload:
    """Make a loader's 24 batches of 10, so many handed over for each worker, and 10 to train on each."""
    window = prefetch * workers
    follows = np.array([-1] * window + list(range(24 - window)))
    edge: dict[str, Any] = {"follows": follows, "lag": np.zeros(24), "after": np.zeros(24)}
    return load(24, workers, cores=8.0, work=[10] * 24, collect=[10] * 24, kind="DataLoader", **edge)


def test_a_loader_keeps_so_many_batches_for_each_worker() -> None:
    """With another factor, or another number of workers, its window is another."""
    made = loader(2)
    assert window_of(made) == 4
    assert window_of(Change(prefetch=3)(made, 8.0)) == 6
    assert window_of(Change(workers=4)(made, 8.0)) == 8
    assert window_of(Change(workers=1)(made, 8.0)) == 2
    assert window_of(Change(workers=4, prefetch=1)(made, 8.0)) == 4
    same = Change(prefetch=2)(made, 8.0)
    assert simulate(same).makespan_ns == simulate(made).makespan_ns


def test_a_loop_that_hands_over_after_it_computed_is_told() -> None:
    """Four at once, then one every 40 ms, when a result was dealt with; not where each comes at its time."""
    runs = [(at, at + 10) for at in [0, 0, 10, 10, *(40 * n for n in range(1, 37))]]
    slow = [0, 0, 0, 0, *(start for start, _ in runs[4:])]
    assert kept(slow, runs)
    late = [(0, 10), (2, 12), (10, 20), (12, 22), *runs[4:]]
    assert kept([0, 2, 4, 6, *slow[4:]], late)  # a moment between the first ones, as on a busy machine
    assert not kept([start for start, _ in RUNS], RUNS)
    assert not kept([0] * 40, RUNS)
    even = [40 * n for n in range(40)]
    assert not kept(even, [(at, at + 10) for at in even])


def kept(submitted: list[int], runs: list[tuple[int, int]]) -> bool:
    """Tell whether a slow loop kept a window in this run."""
    trace = threads(submitted, runs)
    made = model_of(trace).load
    assert made is not None
    assert made.row is not None
    return is_kept_by_a_slow_loop(Steps(trace, made.row))
