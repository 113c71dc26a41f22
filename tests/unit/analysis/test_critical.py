import dataclasses

import numpy as np
import pytest

from tests.support.accounts import task_at
from tests.support.traces import MAIN_PID, child, hidden_threads, main_process, pool_trace, synthetic, trace
from tracer.analysis.critical import critical_path
from tracer.tables.tables import Tables

FIRST = task_at(0, 1, submitted=15, pickle=(30, 40, 45), wait=(20, 25, 50), run=(55, 85), result=(90, 97))
SECOND = task_at(1, 1, submitted=15, pickle=(46, 60, 61), wait=(100, 110, 112), run=(115, 135),
                 result=(140, 150))  # fmt: skip
THIRD = task_at(2, 2, submitted=15, pickle=(62, 104, 108), wait=(30, 60, 109), run=(110, 150),
                result=(152, 154))  # fmt: skip
PEOPLE = [main_process(0, 400), child(1, 0, 10, 390), child(2, 0, 10, 390)]
THREADS = hidden_threads(5, 390)
W1, W2, SENDER, RECEIVER = "ForkPoolWorker-1", "ForkPoolWorker-2", "task handler", "result handler"


def steps(made):
    """Return the path as (lane, task, category, end) after the makespan's start, and hold it to its sums."""
    path = critical_path(made)
    table = path.steps
    assert (table["start"].to_numpy()[1:] == table["end"].to_numpy()[:-1]).all()
    assert (table["end"] > table["start"]).all()
    assert sum(path.by_category.values()) == pytest.approx(path.length_ns)
    names = path.lanes["name"].to_numpy()[table["lane"].to_numpy(int)]
    rows = zip(names, table["task"], table["category"], table["end"].astype(int), strict=True)
    return [int(table["start"].iloc[0]), *rows]


def test_a_busy_worker_leads_back_to_its_task_before():
    """The second task was there at 60 and its worker only at 100: the first task is on the path too."""
    made = trace([FIRST, SECOND], PEOPLE, THREADS)
    assert steps(made) == [
        15,
        (SENDER, 0, "producing", 30), (SENDER, 0, "pickling", 40),
        (W1, 0, "receiving", 50), (W1, 0, "unpickling", 55), (W1, 0, "running", 85), (W1, 0, "pickling", 90),
        (W1, 0, "sending", 97),
        (W1, 1, "bookkeeping", 100), (W1, 1, "lock_wait", 110), (W1, 1, "receiving", 112),
        (W1, 1, "unpickling", 115), (W1, 1, "running", 135), (W1, 1, "pickling", 140),
        (W1, 1, "sending", 150), (RECEIVER, 1, "delivering", 151),
    ]  # fmt: skip
    path = critical_path(made)
    assert path.tasks.tolist() == [0, 1]
    assert path.by_category == {
        "producing": 15, "pickling": 10 + 5 + 5, "receiving": 12, "unpickling": 8, "running": 50,
        "sending": 17, "bookkeeping": 3, "lock_wait": 10, "delivering": 1,
    }  # fmt: skip


def test_a_task_that_was_pickled_late_leads_back_along_the_sender():
    """W2 waited from 60 on for a task that was pickled until 104, after the two before it."""
    assert steps(trace([FIRST, SECOND, THIRD], PEOPLE, THREADS)) == [
        15,
        (SENDER, 0, "producing", 30), (SENDER, 0, "pickling", 40), (SENDER, 0, "sending", 45),
        (SENDER, 1, "producing", 46), (SENDER, 1, "pickling", 60), (SENDER, 1, "sending", 61),
        (SENDER, 2, "producing", 62), (SENDER, 2, "pickling", 104),
        (W2, 2, "receiving", 109), (W2, 2, "unpickling", 110), (W2, 2, "running", 150),
        (W2, 2, "pickling", 152), (W2, 2, "sending", 154), (RECEIVER, 2, "delivering", 155),
    ]  # fmt: skip


def test_a_result_that_waits_for_the_parent_leads_back_along_the_receiver():
    """The parent delivers the first result until 200; the second was there at 140."""
    late = SECOND | {"result_received": 205, "result_unpickled": 207, "delivered": 210}
    assert steps(trace([FIRST | {"delivered": 200}, late], PEOPLE, THREADS))[-5:] == [
        (W1, 0, "sending", 97), (RECEIVER, 0, "delivering", 200), (RECEIVER, 1, "receiving", 205),
        (RECEIVER, 1, "unpickling", 207), (RECEIVER, 1, "delivering", 210),
    ]  # fmt: skip


def test_a_worker_that_starts_late_leads_back_to_the_program():
    """The bytes were there at 40, the worker, called for at 25, at 60; until 25 the program was busy."""
    row = FIRST | {"wait_start": 60, "lock_acquired": 61, "received": 62, "run_start": 63}
    assert steps(trace([row], [main_process(0, 400), child(1, 25, 55, 390)], THREADS))[:5] == [
        15, ("MainProcess", -1, "running", 25), (W1, 0, "start_up", 60), (W1, 0, "lock_wait", 61),
        (W1, 0, "receiving", 62),
    ]  # fmt: skip


def test_an_executor_hands_on_when_a_result_made_room():
    """An executor's feeder that pickles just after a delivery, long after the call, waited for that."""
    rows = [row | {"kind": "ProcessPoolExecutor"} for row in (FIRST, SECOND)]
    rows[1] |= {"pickle_start": 99, "pickle_end": 105, "sent": 106, "lock_acquired": 101}
    roles = hidden_threads(5, 390, ("queue_feeder", "executor_manager"))
    assert steps(trace(rows, PEOPLE, roles))[7:12] == [
        (W1, 0, "sending", 97), ("executor manager", 0, "delivering", 98),
        ("queue feeder", 1, "bookkeeping", 99), ("queue feeder", 1, "pickling", 105),
        (W1, 1, "receiving", 112),
    ]  # fmt: skip


def test_the_programs_own_work_between_two_maps_is_on_the_path():
    """A task that was submitted at 300, after the first map was delivered at 98: the program held it back."""
    late = task_at(1, 1, submitted=300, pickle=(305, 310, 311), wait=(100, 110, 312), run=(313, 320),
                   result=(321, 322))  # fmt: skip
    path = steps(trace([FIRST, late], PEOPLE, THREADS))
    assert path[7:11] == [
        (W1, 0, "sending", 97), (RECEIVER, 0, "delivering", 98), ("MainProcess", -1, "running", 300),
        (SENDER, 1, "producing", 305),
    ]  # fmt: skip


def on_core(start, end, reason="blocked"):
    return {"host": "desk", "core": 0, "process": 0, "pid": MAIN_PID, "tid": MAIN_PID, "start": start,
            "end": end, "reason": reason}  # fmt: skip


def test_a_program_that_never_waited_is_the_path_itself():
    """Where the switches show main on a core throughout, no delivery let it go on."""
    late = task_at(1, 1, submitted=300, pickle=(305, 310, 311), wait=(100, 110, 312), run=(313, 320),
                   result=(321, 322))  # fmt: skip
    made = trace([FIRST, late], PEOPLE, THREADS, slices=[on_core(0, 400)], core_source="kernel")
    assert steps(made)[:3] == [15, ("MainProcess", -1, "running", 300), (SENDER, 1, "producing", 305)]
    assert critical_path(made).by_category["on_core"] == 285


def test_a_task_that_was_lost_ends_with_its_worker():
    """A killed run's path ends in the task that its worker took to its death."""
    lost = SECOND | dict.fromkeys(
        ("run_end", "result_pickled", "result_sent", "result_received", "result_unpickled", "delivered")
    ) | {"status": "lost"}  # fmt: skip
    people = [main_process(0, 400), child(1, 0, 10, 250, exitcode=-9)]
    assert steps(trace([FIRST, lost], people, THREADS))[-1] == (W1, 1, "running", 250)


def test_a_program_that_waited_for_a_death_leads_back_to_the_task_that_was_lost():
    """A task that was handed over at 255, after the worker had died at 250 with the one before it."""
    lost = FIRST | dict.fromkeys(
        ("run_end", "result_pickled", "result_sent", "result_received", "result_unpickled", "delivered")
    ) | {"status": "lost"}  # fmt: skip
    late = task_at(1, 2, submitted=255, pickle=(256, 257, 258), wait=(20, 21, 260), run=(261, 270),
                   result=(271, 272))  # fmt: skip
    people = [main_process(0, 400), child(1, 0, 10, 250, exitcode=-9), child(2, 0, 10, 390)]
    assert steps(trace([lost, late], people, THREADS))[5:7] == [
        (W1, 0, "running", 250), ("MainProcess", -1, "running", 255),
    ]  # fmt: skip


def test_threads_have_no_steps_of_pipes():
    """A thread pool's path: the call, the run, and the run before it on the same thread."""
    absent = dict.fromkeys(
        ("pickle_start", "pickle_end", "sent", "result_pickled", "result_sent", "result_received",
         "result_unpickled")
    )  # fmt: skip
    rows = [row | absent | {"kind": "ThreadPool", "process": 0, "worker_tid": 77} for row in (FIRST, SECOND)]
    threads = [{"host": "desk", "process": 0, "pid": MAIN_PID, "role": "worker", "tid": 77, "name": "T",
                "started": 5, "ended": 300}]  # fmt: skip
    assert steps(trace(rows, [main_process(0, 400)], threads)) == [
        15, ("T", 0, "start_up", 20), ("T", 0, "starved", 50), ("T", 0, "bookkeeping", 55),
        ("T", 0, "running", 85), ("T", 1, "bookkeeping", 100), ("T", 1, "starved", 112),
        ("T", 1, "bookkeeping", 115), ("T", 1, "running", 135), ("T", 1, "delivering", 151),
    ]  # fmt: skip


def test_the_process_that_ended_last_decides():
    """Of two plain processes the second ended last; the program started it 10 after the first."""
    people = [main_process(0, 400), child(1, 50, 60, 120, role="process"),
              child(2, 60, 75, 200, role="process", exited=205)]  # fmt: skip
    assert steps(trace([], people)) == [
        50, ("MainProcess", -1, "running", 60), ("Process-2", -1, "start_up", 75),
        ("Process-2", -1, "running", 200), ("Process-2", -1, "stopping", 205),
    ]  # fmt: skip


def test_processes_one_after_the_other_are_all_on_the_path():
    """A process that is started when another has been joined leads back to that one."""
    people = [main_process(0, 400), child(1, 50, 60, 120, role="process"),
              child(2, 130, 140, 200, role="process")]  # fmt: skip
    assert [row[:3] for row in steps(trace([], people))[1:]] == [
        ("Process-1", -1, "start_up"), ("Process-1", -1, "running"), ("MainProcess", -1, "running"),
        ("Process-2", -1, "start_up"), ("Process-2", -1, "running"),
    ]  # fmt: skip


@pytest.mark.parametrize("made", [Tables(), trace([], [main_process(5, 5)])])
def test_where_nothing_ran_there_is_no_path(made):
    """The empty trace has an empty path."""
    path = critical_path(made)
    assert (len(path.steps), path.length_ns, path.by_category) == (0, 0, {})


def test_a_program_alone_is_its_own_path():
    """A main process without children is the whole path."""
    assert steps(trace([], [main_process(5, 90)])) == [5, ("MainProcess", -1, "running", 90)]


def test_no_stamps_break_the_path():
    """With a tenth of the stamps gone and the others shifted, the path still covers the makespan."""
    rng = np.random.default_rng(5)
    made = synthetic(2000, workers=3)
    tasks = made.tasks.copy()
    for column in tasks.columns[tasks.columns.get_loc("submitted") : tasks.columns.get_loc("args_bytes")]:
        tasks.loc[rng.random(len(tasks)) < 0.1, column] = None
        tasks[column] += rng.integers(-3000, 3000, len(tasks))
    steps(dataclasses.replace(made, tasks=tasks))
    steps(pool_trace())
