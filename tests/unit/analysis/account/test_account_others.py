import dataclasses

import numpy as np
import pytest

from tests.support.accounts import spent, task_at
from tests.support.traces import MAIN_PID, child, main_process, pool_trace, synthetic, trace
from tracer.analysis.account import CATEGORIES, account
from tracer.tables.tables import Tables

RUN = task_at(0, 1, submitted=15, pickle=(30, 40, 45), wait=(20, 25, 50), run=(60, 100), result=(110, 120))
PEOPLE = [main_process(0, 210), child(1, 0, 10, 200)]


def on_core(process, start, end, reason="blocked", tid=None):
    pid = MAIN_PID + process
    return {"host": "desk", "core": 0, "process": process, "pid": pid, "tid": tid or pid, "start": start,
            "end": end, "reason": reason}  # fmt: skip


# The run lasts from 60 to 100: on a core to 70, preempted to 85, on a core to 88, blocked to 95, on a core.
SWITCHES = [on_core(1, 5, 70, "preempted"), on_core(1, 85, 88), on_core(1, 95, 200, "exited")]


def test_slices_split_a_run():
    """With every switch known a run is on a core 18 ns, without one 15, and blocked 7.

    Nobody of the program held a core in those 15: other programs did.
    """
    found = spent(account(trace([RUN], PEOPLE, slices=SWITCHES, core_source="kernel")), "ForkPoolWorker-1")
    assert (found["on_core"], found["other_programs"], found["blocked"]) == (18, 15, 7)
    assert not {"running", "no_core"} & set(found)


def test_who_held_the_cores_splits_the_time_without_one():
    """On one core a sibling holds it from 70 to 80 of the 15 without one; another program the 5 after it."""
    slices = [*SWITCHES, on_core(2, 70, 80)]
    made = trace([RUN], [*PEOPLE, child(2, 0, 10, 200)], slices=slices, core_source="kernel", affinity=[0])
    found = spent(account(made), "ForkPoolWorker-1")
    assert (found["no_core"], found["other_programs"]) == (10, 5)
    samples = dataclasses.replace(made, meta=made.meta | {"core_source": "sampled"})
    assert "other_programs" not in spent(account(samples), "ForkPoolWorker-1")


def test_a_delay_after_a_wake_up_is_the_end_of_its_wait():
    """Of 7 blocked 4 were in the run queue: a sibling held the only core for 3 of these, the last."""
    row = RUN | {"cpu_ns": 18, "runq_ns": 19}
    slices = [*SWITCHES, on_core(2, 70, 85), on_core(2, 90, 94)]
    made = trace([row], [*PEOPLE, child(2, 0, 10, 200)], slices=slices, core_source="kernel", affinity=[0])
    found = spent(account(made), "ForkPoolWorker-1")
    assert (found["no_core"], found["other_programs"], found["blocked"]) == (18, 1, 3)


def test_the_threads_own_clocks_split_a_run_where_there_are_no_slices():
    """Without slices 18 ns of CPU time and 15 in the run queue leave 7 blocked."""
    found = spent(account(trace([RUN | {"cpu_ns": 18, "runq_ns": 15}], PEOPLE)), "ForkPoolWorker-1")
    assert (found["on_core"], found["no_core"], found["blocked"]) == (18, 15, 7)


def test_cpu_time_alone_tells_the_part_on_a_core():
    """With the CPU time alone the rest of the run is in the function, where is not known."""
    found = spent(account(trace([RUN | {"cpu_ns": 18}], PEOPLE)), "ForkPoolWorker-1")
    assert (found["on_core"], found["running"]) == (18, 22)
    assert not {"no_core", "blocked"} & set(found)


def test_a_run_of_which_nothing_is_known_is_in_the_function():
    """Without slices and clocks a run is not split."""
    found = spent(account(trace([RUN], PEOPLE)), "ForkPoolWorker-1")
    assert found["running"] == 40


def test_more_cpu_time_than_the_run_lasted_is_cut_to_it():
    """Clocks of two kinds differ by a little: a run of 40 ns has at most 40."""
    found = spent(account(trace([RUN | {"cpu_ns": 45, "runq_ns": 3}], PEOPLE)), "ForkPoolWorker-1")
    assert found["on_core"] == 40


def test_a_run_that_was_cut_short_is_split_too():
    """A worker that was killed at 100 leaves the split of its last run up to there."""
    lost = RUN | dict.fromkeys(("run_end", "result_pickled", "result_sent")) | {"status": "lost"}
    people = [main_process(0, 210), child(1, 0, 10, 100, exitcode=-9)]
    slices = [*SWITCHES[:2], on_core(1, 95, 100, "exited")]
    found = spent(account(trace([lost], people, slices=slices, core_source="kernel")), "ForkPoolWorker-1")
    assert (found["on_core"], found["other_programs"], found["blocked"]) == (18, 15, 7)


def test_main_is_on_a_core_without_one_or_waiting():
    """The first thread of the program, 210 ns: 60 on a core, 20 preempted, the rest waiting."""
    slices = [on_core(0, 0, 40, "preempted"), on_core(0, 60, 70), on_core(0, 200, 210, "exited")]
    found = account(trace([RUN], PEOPLE, slices=slices, core_source="kernel"))
    assert spent(found, "MainProcess") == {"on_core": 60, "other_programs": 20, "waiting": 130}


def test_a_plain_process_starts_up_runs_and_stops():
    """A process without a pool: 10 to its target, 60 in it, 30 to its exit."""
    people = [main_process(0, 210), child(1, 50, 60, 120, role="process", exited=150)]
    assert spent(account(trace([], people)), "Process-1") == {"start_up": 10, "running": 60, "stopping": 30}
    slices = [on_core(1, 55, 90), on_core(1, 100, 150, "exited")]
    found = account(trace([], people, slices=slices, core_source="kernel"))
    assert spent(found, "Process-1") == {"start_up": 10, "on_core": 50, "blocked": 10, "stopping": 30}


def test_a_plain_process_that_died_before_its_target_only_started_up():
    """Without a target there is start-up alone."""
    people = [main_process(0, 210), child(1, 50, 60, 120, role="process", target_start=None, target_end=None)]
    assert spent(account(trace([], people)), "Process-1") == {"start_up": 70}


def test_a_thread_of_the_program_lives_from_start_to_end():
    """A user's thread: 30 on a core, 10 blocked."""
    threads = [{"host": "desk", "process": 0, "pid": MAIN_PID, "role": "user", "tid": 88, "name": "mine",
                "started": 20, "ended": 60}]  # fmt: skip
    slices = [on_core(0, 20, 40, tid=88), on_core(0, 50, 60, "exited", tid=88)]
    found = account(trace([], [main_process(0, 210)], threads, slices=slices, core_source="kernel"))
    assert spent(found, "mine") == {"on_core": 30, "blocked": 10}


def test_a_trace_of_nothing_has_an_account():
    """The empty trace has no lanes, and no share of anything."""
    found = account(Tables())
    assert len(found.lanes) == len(found.table) == 0
    assert found.total("on_core") == found.capacity() == found.makespan_ns == 0
    assert found.rows() == []


def test_every_row_sums_to_its_lanes_life():
    """Of a whole pool every lane adds up to its wall time, over its life and within the makespan."""
    made = pool_trace()
    found = account(made)
    assert found.table.sum(axis=1).to_numpy() == pytest.approx(found.wall_ns, abs=1)
    assert (found.table["unexplained"] >= 0).all()
    assert found.makespan is not None
    start = np.maximum(found.lanes["start"].to_numpy(float), found.makespan[0])
    end = np.minimum(found.lanes["end"].to_numpy(float), found.makespan[1])
    assert found.in_makespan.sum(axis=1).to_numpy() == pytest.approx(end - start, abs=1)


def test_no_stamp_makes_the_account_lose_its_balance():
    """With any tenth of the stamps gone, and others shifted, every lane still adds up, and no more."""
    rng = np.random.default_rng(3)
    made = synthetic(2000, workers=3)
    tasks = made.tasks.copy()
    for column in tasks.columns[tasks.columns.get_loc("submitted") : tasks.columns.get_loc("args_bytes")]:
        tasks.loc[rng.random(len(tasks)) < 0.1, column] = None
        tasks[column] += rng.integers(-3000, 3000, len(tasks))
    tasks.loc[rng.random(len(tasks)) < 0.1, "status"] = "lost"
    found = account(dataclasses.replace(made, tasks=tasks))
    assert not found.table.isna().any(axis=None)
    assert found.table.sum(axis=1).to_numpy() == pytest.approx(found.wall_ns, abs=1)
    assert (found.table.to_numpy() >= -1).all()
    assert (found.in_makespan.to_numpy() >= -1).all()


def test_categories_have_one_name_each():
    """Names and titles are unique: a table's columns and a legend's entries."""
    assert len({one.name for one in CATEGORIES}) == len({one.title for one in CATEGORIES}) == len(CATEGORIES)
