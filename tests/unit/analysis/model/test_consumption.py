"""What an owner computes on results: its loop, its tail, its callbacks, and what is none of these."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import traces
from tests.support.traces import MAIN_PID, MS, US
from tracer.analysis.findings import diagnose
from tracer.analysis.findings.finding import Finding
from tracer.analysis.model import Change, model_of
from tracer.tables.tables import Tables

SENT = 10 * MS
DONE = 60 * MS


def run(computed: list[tuple[int, int]], thread: int = MAIN_PID, **changes: Any) -> Tables:
    """Make the run of 100 tasks of 1 ms in two workers, from 10 ms to 60; a thread held a core then (ms)."""
    rows = []
    for number in range(100):
        start = SENT + number // 2 * MS + 10 * US
        rows.append(
            traces.task(number + 1, 1 + number % 2, start, start + MS - 50 * US, 2 * US)
            | {"submitted": SENT, "cpu_ns": 20 * US, "runq_ns": 0, "worker_tid": MAIN_PID + 1 + number % 2}
            | changes
        )
    people = [traces.main_process(0, 600 * MS), *(traces.child(w, 0, 5 * MS, 590 * MS) for w in (1, 2))]
    held = {"host": "desk", "process": 0, "pid": MAIN_PID, "tid": thread, "core": 0, "reason": "blocked"}
    slices = [held | {"start": start * MS, "end": end * MS} for start, end in computed]
    return traces.trace(
        rows, people, traces.hidden_threads(MS, 590 * MS), slices=slices, core_source="kernel"
    )


def first(trace: Tables) -> Finding:
    """Return the first finding."""
    return diagnose(trace)[0]


def test_a_loop_that_goes_on_after_the_last_result_is_a_slow_consumer() -> None:
    """Main computes from 12 ms to 400: 340 ms of that when all tasks were over."""
    found = first(run([(12, 400)]))
    assert found.code == "slow-consumer"
    assert found.seconds == pytest.approx(0.34, rel=0.02)
    assert found.evidence["consuming_seconds"] == pytest.approx(0.388, rel=0.01)
    assert found.window_ns is not None
    assert "serial-section" not in {one.code for one in diagnose(run([(12, 400)]))}


def test_a_pause_ends_the_loop() -> None:
    """What main computes after it slept for 50 ms is for nobody's results."""
    found = model_of(run([(12, 100), (150, 400)])).consumed
    assert found is not None
    assert found.computed_ns == pytest.approx(88 * MS, abs=MS)
    assert found.tail_ns == pytest.approx(40 * MS, abs=MS)


def test_who_waits_for_all_results_has_a_serial_section_after_them() -> None:
    """`map` returns at 60 ms: then main computes."""
    assert first(run([(61, 400)])).code == "serial-section"


def test_taking_results_is_not_consuming_them() -> None:
    """50 µs a result, in the time in which they come."""
    assert model_of(run([(12 + n, 12 + n) for n in range(40)])).consumed is None
    some = run([(20, 25)])
    assert model_of(some).consumed is None


def test_work_beside_running_tasks_keeps_nobody_waiting() -> None:
    """Main computes while both workers run: it is there before the last result."""
    found = model_of(run([(12, 59)])).consumed
    assert found is not None
    assert found.waited_ns < 5 * MS


def test_callbacks_hold_results_up() -> None:
    """The thread that receives results computes 3 ms for each."""
    rows: list[tuple[int, int]] = [(12 + 3 * n, 15 + 3 * n) for n in range(100)]
    plain = run(rows, thread=MAIN_PID + 902)
    tasks = plain.tasks.copy()
    for number, (start, end) in enumerate(rows):
        tasks.loc[number, ["result_received", "result_unpickled"]] = start * MS
        tasks.loc[number, "delivered"] = end * MS
    trace = Tables(**{**vars(plain), "tasks": tasks})
    found = first(trace)
    assert found.code == "slow-consumer"
    assert found.evidence["callbacks_seconds"] == pytest.approx(0.3, rel=0.03)
    assert "callbacks" in found.title


def test_no_change_of_the_pool_makes_the_loop_shorter() -> None:
    """Main computes for 390 ms while results come: no chunk size makes the run quicker than that."""
    plain = run([(12, 400)])
    tasks = plain.tasks.assign(delivered=plain.tasks["delivered"] + 340 * MS)
    model = model_of(Tables(**{**vars(plain), "tasks": tasks}))
    assert model.consumed is not None
    assert model(Change(chunksize=50)).predicted_ns >= 380 * MS


def test_without_a_pool_the_loop_and_the_tasks_take_turns() -> None:
    """Main computes for 48 ms while results come: in one process that comes on top of the tasks."""
    busy, idle = model_of(run([(12, 60)])), model_of(run([(12, 13)]))
    assert busy.consumed is not None
    assert idle.consumed is None
    assert busy.one_process is not None
    assert idle.one_process is not None
    more = busy.one_process.predicted_ns - idle.one_process.predicted_ns
    assert more == pytest.approx(48 * MS, rel=0.05)


@pytest.mark.parametrize("source", ["stamps", "sampled"])
def test_what_was_not_recorded_is_not_said(source: str) -> None:
    """Without slices nothing; with samples it is uncertain."""
    trace = run([(12, 400)])
    trace.meta["core_source"] = source
    codes = {one.code: one for one in diagnose(Tables(**vars(trace)))}
    if source == "stamps":
        assert "slow-consumer" not in codes
    else:
        assert codes["slow-consumer"].confidence == "low"


def test_a_loader_that_waits_for_its_loop_keeps_up() -> None:
    """The loop takes a batch in no time whenever it wants one: that is as it should be."""
    plain = run([(12 + 4 * n, 15 + 4 * n) for n in range(100)], kind="DataLoader")
    tasks = plain.tasks.copy()
    tasks["delivered"] = [(12 + 4 * n) * MS for n in range(100)]
    waits = {"host": "desk", "process": 0, "pid": MAIN_PID, "tid": MAIN_PID, "category": "data wait"}
    spans = [
        waits | {"name": "D", "start": (11 + 4 * n) * MS, "end": (12 + 4 * n) * MS + 1} for n in range(100)
    ]
    trace = Tables(**{**vars(plain), "tasks": tasks, "spans": traces.trace(spans=spans).spans})
    (found,) = [one for one in diagnose(trace) if one.code in ("healthy", "slow-consumer", "cause-unknown")]
    assert found.code == "healthy"
    assert "keeps up" in found.title
