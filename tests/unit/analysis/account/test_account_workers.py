import pytest

from tests.support.accounts import spent, task_at
from tests.support.traces import MAIN_PID, child, main_process, trace
from tracer.analysis.account import account

# Two workers of one pool (nanoseconds):
#   W1  0 start-up 20 starved 40 receiving 50 unpickling 55 run 85 pickling 90 sending 97 ─ 100
#       100 waits for the lock 110 (W2 receives from 104 to 109) receiving 112 unpickling 115 run 135 …
#   W2  0 start-up 30 waits for the lock 60 (W1 receives from 40 to 50)
#       60 starved 104 receiving 109 unpickling 110 run 150 pickling 152 sending 154
FIRST = task_at(0, 1, submitted=15, pickle=(30, 40, 45), wait=(20, 25, 50), run=(55, 85), result=(90, 97))
SECOND = task_at(1, 1, submitted=15, pickle=(46, 60, 61), wait=(100, 110, 112), run=(115, 135),
                 result=(140, 150))  # fmt: skip
OTHER = task_at(2, 2, submitted=15, pickle=(62, 104, 108), wait=(30, 60, 109), run=(110, 150),
                result=(152, 154))  # fmt: skip
PEOPLE = [main_process(0, 210), child(1, 0, 10, 200), child(2, 0, 10, 200)]


def test_each_category_of_a_worker_lies_between_its_two_stamps():
    """A worker's life is start-up, then round after round of waiting, receiving, running and answering."""
    found = account(trace([FIRST, SECOND, OTHER], PEOPLE))
    assert spent(found, "ForkPoolWorker-1") == {
        "start_up": 20,
        "starved": 5 + 15 + 5,  # for the lock that nobody needed, for bytes, for the lock of a starved reader
        "lock_wait": 5,  # W2 was receiving from 104 to 109
        "receiving": 10 + 2,
        "unpickling": 5 + 3,
        "running": 30 + 20,
        "pickling": 5 + 5,
        "sending": 7 + 10,
        "bookkeeping": 3,
        "idle": 50,
    }
    assert spent(found, "ForkPoolWorker-2") == {
        "start_up": 30, "starved": 64, "lock_wait": 10, "receiving": 5, "unpickling": 1, "running": 40,
        "pickling": 2, "sending": 2, "idle": 46,
    }  # fmt: skip


def test_the_makespan_cuts_every_category_at_its_ends():
    """Within the makespan, 15 to 154 (the last delivery), W2 started up for 15 and idled for nothing."""
    found = account(trace([FIRST, SECOND, OTHER], PEOPLE))
    assert found.makespan == (15, 155)
    inside = spent(found, "ForkPoolWorker-2", makespan=True)
    assert inside["start_up"] == 15
    assert inside["idle"] == 1
    assert sum(inside.values()) == 140


def test_a_worker_without_tasks_started_up_and_idled():
    """A worker that got nothing is ready at its target's start and idle until its exit."""
    found = account(trace([FIRST], [*PEOPLE]))
    assert spent(found, "ForkPoolWorker-2") == {"start_up": 10, "idle": 190}


def test_a_lost_task_runs_until_its_worker_dies():
    """A task without an end is in its function until the exit of its worker, which then never idles."""
    lost = (
        FIRST | dict.fromkeys(("run_end", "result_pickled", "result_sent", "delivered")) | {"status": "lost"}
    )
    found = account(trace([lost], [main_process(0, 210), child(1, 0, 10, 200, exitcode=-9)]))
    assert spent(found, "ForkPoolWorker-1") == {
        "start_up": 20, "starved": 20, "receiving": 10, "unpickling": 5, "running": 145,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("missing", "category", "since"),
    [
        (("result_sent",), "sending", 90),
        (("result_pickled", "result_sent"), "pickling", 85),
        (("received", "run_start", "run_end", "result_pickled", "result_sent"), "receiving", 40),
    ],
)
def test_a_worker_that_dies_in_a_step_spends_the_rest_of_its_life_in_it(missing, category, since):
    """A task lost while its bytes were made, written or read leaves no idle time."""
    lost = FIRST | dict.fromkeys(missing) | {"status": "lost"}
    found = spent(account(trace([lost], [main_process(0, 210), child(1, 0, 10, 200)])), "ForkPoolWorker-1")
    assert found[category] == 200 - since
    assert "idle" not in found
    assert sum(found.values()) == 200


def test_arguments_that_cannot_be_unpickled_are_unpickling_until_the_next_wait():
    """A task that never ran, for its arguments could not be unpickled, was unpickling until the next wait."""
    failed = FIRST | dict.fromkeys(("run_start", "run_end", "result_pickled", "result_sent"))
    found = account(trace([failed | {"status": "unpicklable"}, SECOND], PEOPLE))
    assert spent(found, "ForkPoolWorker-1")["unpickling"] == 50 + 3


def test_a_worker_that_replaces_another_starts_when_it_was_called():
    """With maxtasksperchild the second worker's life begins at its own start, in the middle of the run."""
    people = [main_process(0, 300), child(1, 0, 10, 100), child(2, 90, 96, 200)]
    second = SECOND | {"process": 2, "worker_tid": MAIN_PID + 2}
    found = account(trace([FIRST, second], people))
    assert spent(found, "ForkPoolWorker-1")["idle"] == 3
    assert spent(found, "ForkPoolWorker-2") == {
        "start_up": 10, "starved": 10, "receiving": 2, "unpickling": 3, "running": 20, "pickling": 5,
        "sending": 10, "idle": 50,
    }  # fmt: skip


def test_a_target_that_returns_leaves_the_rest_to_stopping():
    """What comes between the end of a worker's target and its exit is stopping."""
    people = [main_process(0, 210), child(1, 0, 10, 200, target_end=180)]
    found = spent(account(trace([FIRST], people)), "ForkPoolWorker-1")
    assert (found["idle"], found["stopping"]) == (180 - 97, 20)


THREAD = {"host": "desk", "process": 0, "pid": MAIN_PID, "role": "worker"}


@pytest.mark.parametrize("kind", ["ThreadPool", "ThreadPoolExecutor"])
def test_threads_have_no_pipe(kind):
    """A thread pool's worker starts, starves, runs, and is between tasks in the pool's own code."""
    absent = dict.fromkeys(
        ("pickle_start", "pickle_end", "sent", "result_pickled", "result_sent", "result_unpickled")
    )
    rows = [
        FIRST | absent | {"kind": kind, "process": 0, "worker_tid": 77, "task": 0},
        SECOND | absent | {"kind": kind, "process": 0, "worker_tid": 77, "task": 1},
    ]
    threads = [THREAD | {"tid": 77, "name": "T", "started": 5, "ended": 160}]
    found = account(trace(rows, [main_process(0, 210)], threads))
    assert spent(found, "T") == {
        "start_up": 15,
        "starved": 30 + 12,  # 20 to 50, 100 to 112
        "running": 30 + 20,
        "bookkeeping": 5 + 15 + 3,  # to their runs, and 85 to 100
        "idle": 25,
    }
    assert "hidden" not in set(found.lanes["kind"])


def test_a_thread_number_that_comes_round_again_is_another_lane():
    """Two threads with one number are told apart by when they began."""
    rows = [
        FIRST | {"kind": "ThreadPool", "process": 0, "worker_tid": 77, "task": 0},
        SECOND | {"kind": "ThreadPool", "process": 0, "worker_tid": 77, "task": 1},
    ]
    threads = [
        THREAD | {"tid": 77, "name": "first", "started": 5, "ended": 98},
        THREAD | {"tid": 77, "name": "second", "started": 99, "ended": 160},
    ]
    found = account(trace(rows, [main_process(0, 210)], threads))
    assert spent(found, "first")["running"] == 30
    assert spent(found, "second")["running"] == 20


def test_a_thread_that_was_not_recorded_lends_its_tasks_to_no_process():
    """Tasks of threads without a lane are in no lane: they would overlap in their process's."""
    rows = [FIRST | {"kind": "ThreadPool", "process": 1, "worker_tid": 77}]
    found = account(trace(rows, PEOPLE))
    assert spent(found, "ForkPoolWorker-1") == {"start_up": 10, "idle": 190}


def test_what_another_thread_sends_is_no_time_of_the_worker():
    """A loader's worker waits for its next batch from 90 on, while its feeder pickles the first."""
    batch = {"kind": "DataLoader"}
    second = task_at(1, 1, submitted=15, pickle=(46, 60, 61), wait=(90, 91, 112), run=(115, 135),
                     result=(140, 150))  # fmt: skip
    found = account(trace([FIRST | batch, second | batch], PEOPLE))
    spent_there = spent(found, "ForkPoolWorker-1")
    assert (spent_there["running"], spent_there.get("pickling"), spent_there.get("sending")) == (
        50,
        None,
        None,
    )
    assert spent_there["bookkeeping"] == 5  # from its end at 85 to the wait at 90
    assert spent_there["idle"] == 65  # from 135 to 200


def test_a_full_queue_of_the_programs_own_holds_a_worker_up():
    """It puts what it made of a message from 86 to 96, into a full queue, and waits again from 100."""
    first, second = (
        row | {"kind": "Queue", "result_pickled": None, "result_sent": None} for row in (FIRST, SECOND)
    )
    put = {"category": "queue", "name": "put", "process": 1, "tid": MAIN_PID + 1, "start": 86, "end": 96}
    other = put | {"tid": MAIN_PID + 77}  # another thread's
    found = spent(account(trace([first, second], PEOPLE, spans=[put, other])), "ForkPoolWorker-1")
    assert found["pipe_full"] == 10
    assert found["bookkeeping"] == 5
    pool = [row | {"kind": "Pool"} for row in (first, second)]
    assert "pipe_full" not in spent(account(trace(pool, PEOPLE, spans=[put])), "ForkPoolWorker-1")
