from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.support.traces import MAIN_PID, MS, child, main_process, pool_trace, task, trace
from tracer.analysis import core_use, task_cores
from tracer.analysis.cores.gaps import gaps_in
from tracer.analysis.cores.slices import held_cores
from tracer.tables import definitions
from tracer.traces import Trace


def held_core(process, core, start, end, reason, tid=None):
    tid = tid or MAIN_PID + process
    return {"core": core, "process": process, "pid": MAIN_PID + process, "tid": tid, "start": start,
            "end": end, "reason": reason}  # fmt: skip


# Worker 1 runs task 7 from 10 to 30; ── is a slice, ┄┄ a preemption, two spaces blocked:
#   core 0   8──12┄┄15        20──22┄┄25
#   core 1           15──18               25──40
# On a core: 2 + 3 + 2 + 5 = 12. Preempted: 3 + 3 = 6, twice. Blocked: 18 to 20.
# Migrations: at 15 (0 → 1), at 20 (1 → 0), at 25 (0 → 1).
SLICES = [
    held_core(1, 0, 8, 12, "preempted"),
    held_core(1, 1, 15, 18, "blocked"),
    held_core(1, 0, 20, 22, "preempted"),
    held_core(1, 1, 25, 40, "blocked"),
]
PEOPLE = [main_process(0, 100), child(1, 0, 5, 90)]


def kernel(rows, slices, people=PEOPLE, **changes):
    return trace(rows, people, slices=slices, core_source="kernel", **changes)


def only_row(made):
    (row,) = task_cores(made).astype(object).to_dict("records")
    return row


def test_a_task_cut_up_by_the_scheduler():
    """Its wall time of 20 is 12 on a core, 6 preempted and 2 blocked; preempted twice, moved three times."""
    assert only_row(kernel([task(7, 1, 10, 30, 1)], SLICES)) == {
        "task": 7,
        "on_core_ns": 12,
        "preempted_ns": 6,
        "runnable_ns": 6,
        "runnable_source": "switches",
        "blocked_ns": 2,
        "preemptions": 2,
        "migrations": 3,
    }


def test_run_queue_delay_from_schedstat_wins():
    """Where it was read it has the delay of the wake-up at 18 too, which the switches do not show."""
    row = only_row(kernel([task(7, 1, 10, 30, 1, runq_ns=7)], SLICES))
    assert (row["preempted_ns"], row["runnable_ns"], row["runnable_source"]) == (6, 7, "schedstat")
    assert row["blocked_ns"] == 1


def test_the_order_of_slices_and_threads_does_not_matter():
    """Other threads' slices on the same cores change nothing, in any order of the rows."""
    other = [held_core(2, 0, 12, 15, "preempted"), held_core(2, 1, 18, 19, "blocked"),
             held_core(1, 0, 15, 16, "preempted", tid=77)]  # fmt: skip
    made = kernel([task(7, 1, 10, 30, 1)], [*SLICES, *other], [*PEOPLE, child(2, 0, 5, 90)])
    mixed = replace(made, slices=made.slices.iloc[::-1].reset_index(drop=True))
    assert only_row(made) == only_row(mixed) == only_row(kernel([task(7, 1, 10, 30, 1)], SLICES))


@pytest.mark.parametrize(
    ("rows", "slices"),
    [
        ([task(7, 1, 10, 30, 1)], []),
        ([task(7, 1, 10, 30, 1) | {"run_end": None}], SLICES),
        ([task(7, 1, 10, 30, 1, worker_tid=5)], SLICES),
        ([task(7, 1, 10, 30, 1)], [*SLICES[:2], held_core(1, 0, 20, 22, "unknown"), SLICES[3]]),
        ([task(7, 1, 10, 30, 1)], SLICES[1:]),
        ([task(7, 1, 10, 30, 1)], SLICES[:-1]),
    ],
    ids=["no slices", "no end", "no such thread", "events lost", "begins unseen", "ends unseen"],
)
def test_what_is_not_known_is_missing(rows, slices):
    """No number is made up for a task of which the slices do not tell all."""
    row = task_cores(kernel(rows, slices)).iloc[0]
    assert row["task"] == 7
    assert row.drop("task").isna().all()


def test_stamps_say_nothing_of_time_on_a_core():
    """Slices of a trace whose source is stamps are not believed, and none are there."""
    made = trace([task(7, 1, 10, 30, 1)], PEOPLE, slices=SLICES, core_source="stamps")
    assert task_cores(made)["on_core_ns"].isna().all()
    assert core_use(made) is None


def test_a_trace_without_tasks_has_no_rows():
    """And the columns are there with their dtypes all the same."""
    frame = task_cores(kernel([], SLICES))
    assert len(frame) == 0
    assert str(frame["on_core_ns"].dtype) == "Int64"


def test_samples_tell_of_time_on_a_core_only():
    """A run may begin between two of them; of preemptions they know nothing, the run queue's clock does."""
    unknown = [one | {"reason": "unknown"} for one in SLICES]
    rows = [task(7, 1, 6, 30, 1), task(8, 1, 30, 45, 1, runq_ns=3)]
    first, second = (
        task_cores(trace(rows, PEOPLE, slices=unknown, core_source="sampled"))
        .astype(object)
        .to_dict("records")
    )
    assert first.pop("migrations") == 3
    assert (first.pop("task"), first.pop("on_core_ns")) == (7, 4 + 3 + 2 + 5)
    assert pd.isna(list(first.values())).all()
    assert (second["on_core_ns"], second["runnable_ns"], second["blocked_ns"]) == (10, 3, 2)
    assert second["runnable_source"] == "schedstat"


def test_cores_in_use():
    """Worker 1 and worker 2 within a makespan of 10 to 30: core 0 is held for 14, core 1 for 8."""
    slices = [*SLICES, held_core(2, 0, 0, 8, "blocked"), held_core(2, 0, 12, 20, "preempted"),
              held_core(2, 0, 22, 24, "blocked"), held_core(3, 1, 0, 15, "blocked")]  # fmt: skip
    people = [*PEOPLE, child(2, 0, 5, 90), child(3, 0, 0, 90, role="tracer")]
    made = kernel([task(7, 1, 11, 29, 0, submitted=10, delivered=30)], slices, people, affinity=[0, 1])
    use = core_use(made)
    assert use is not None
    assert use.by_core.to_dict("list") == {"core": [0, 1], "busy_ns": [14, 8], "share": [0.7, 0.4]}
    assert use.by_process.to_dict("list") == {
        "core": [0, 0, 1],
        "process": [1, 2, 1],
        "busy_ns": [4, 10, 8],
        "share": [0.2, 0.5, 0.4],
    }
    assert use.mean == pytest.approx(1.1)
    assert (use.peak, use.allowed, use.migrations) == (2, 2, 3)
    at = dict(zip(use.time_ns.tolist(), use.busy.tolist(), strict=True))
    assert [at[when] for when in (0, 8, 15, 18, 24, 25, 40)] == [1, 1, 2, 1, 0, 1, 0]


def test_where_runs_stood_still():
    """A run's stops are its gaps, cut at its ends; of a thread without slices nothing is known."""
    made = kernel([], SLICES)
    holds = held_cores(made)
    assert holds is not None
    two = np.array([1, 1]), np.array([MAIN_PID + 1, 5])
    found = gaps_in(holds, *two, np.array([10.0, 50.0]), np.array([24.0, 60.0]))
    said = {
        kind: list(zip(one.start_ns.tolist(), one.end_ns.tolist(), one.tid.tolist(), strict=True))
        for kind, one in found.items()
    }
    assert said == {
        "preempted": [(12, 15, 4001), (22, 24, 4001)],
        "other_programs": [],
        "blocked": [(18, 20, 4001)],
        "unknown": [(50, 60, 5)],
    }


def test_runs_that_overlap_stand_still_once():
    """A thread's gap within two runs is one gap."""
    holds = held_cores(kernel([], SLICES))
    assert holds is not None
    thread = np.array([1, 1]), np.array([4001, 4001])
    found = gaps_in(holds, *thread, np.array([9.0, 10.0]), np.array([16.0, 30.0]))
    assert found["preempted"].start_ns.tolist() == [12, 22]


def test_a_million_slices():
    """In a million slices of 6 with gaps of 4, every 100th on another core, each task has its thousand."""
    workers, each = 4, 250_000
    number = np.tile(np.arange(each), workers)
    worker = np.repeat(np.arange(workers), each)
    start = number * 10 + worker
    frame = pd.DataFrame({
        "host": "desk", "core": number // 100 % 2, "process": worker + 1, "pid": worker, "tid": worker + 50,
        "start": start, "end": start + 6, "reason": np.where(number % 2, "preempted", "blocked"),
    }).sort_values("start")  # fmt: skip
    rows = [
        task(w * 249 + n, w + 1, 5 + n * 10_000 + w, 5 + (n + 1) * 10_000 + w, 0, worker_tid=w + 50)
        for w in range(workers)
        for n in range(249)
    ]
    slices = definitions.SLICES.frame({str(name): frame[name].to_numpy() for name in frame})
    made = replace(kernel(rows, []), slices=slices)
    cores = task_cores(made)
    assert set(cores["on_core_ns"]) == {6000}
    assert set(cores["preempted_ns"]) == {2000}
    assert set(cores["blocked_ns"]) == {2000}
    assert set(cores["preemptions"]) == {500}
    assert set(cores["migrations"]) == {10}
    use = core_use(made)
    assert use is not None
    assert use.migrations == workers * 2499
    assert use.peak == 4


def test_the_method_of_a_loaded_trace():
    """`trace.task_cores()` of the public class is the analysis, on the same tables."""
    plain = kernel([task(7, 1, 10, 30, 1)], SLICES)
    opened = Trace.of(plain)
    assert opened.tasks is plain.tasks
    pd.testing.assert_frame_equal(opened.task_cores(), task_cores(plain))
    assert Trace.of(pool_trace(2, 2, task_ns=MS)).core_use() is None
