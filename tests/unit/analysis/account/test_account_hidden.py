from tests.support.accounts import spent, task_at
from tests.support.traces import MAIN_PID, child, hidden_threads, main_process, trace
from tracer.analysis.account import account

FIRST = task_at(0, 1, submitted=20, pickle=(30, 40, 50), wait=(20, 25, 55), run=(60, 80), result=(85, 90))
SECOND = task_at(1, 1, submitted=20, pickle=(56, 60, 70), wait=(91, 92, 95), run=(96, 100),
                 result=(104, 106), result_received=110, result_unpickled=113, delivered=120)  # fmt: skip
PEOPLE = [main_process(0, 210), child(1, 0, 10, 200)]
THREADS = hidden_threads(10, 190)  # numbers 4900, 4901, 4902: the worker, the task, the result handler


def on_core(tid, start, end, reason="blocked", process=0, pid=MAIN_PID, core=0):
    return {"host": "desk", "core": core, "process": process, "pid": pid, "tid": tid, "start": start,
            "end": end, "reason": reason}  # fmt: skip


def test_a_pools_sender_produces_pickles_and_writes():
    """The task handler idles until the call, makes tasks until it pickles, and idles after the last write."""
    found = account(trace([FIRST, SECOND], PEOPLE, THREADS))
    assert spent(found, "task handler") == {
        "idle": 10 + 120,  # 10 to 20, 70 to 190
        "producing": 10 + 6,  # 20 to 30, 50 to 56
        "pickling": 10 + 4,
        "sending": 10 + 10,
    }


def test_a_write_that_waits_for_room_is_told_by_the_slices():
    """Of a write of 10 ns, the 4 in which the writer held no core were waiting for room in the pipe."""
    slices = [on_core(4901, 10, 44), on_core(4901, 48, 190)]
    found = account(trace([FIRST], PEOPLE, THREADS, slices=slices, core_source="kernel"))
    sender = spent(found, "task handler")
    assert (sender["sending"], sender["pipe_full"]) == (6, 4)


def test_an_executors_feeder_produces_nothing():
    """An executor's feeder is handed what was submitted: until then it idles."""
    rows = [row | {"kind": "ProcessPoolExecutor"} for row in (FIRST, SECOND)]
    found = account(trace(rows, PEOPLE, hidden_threads(10, 190, ("queue_feeder", "executor_manager"))))
    assert spent(found, "queue feeder") == {"idle": 10 + 10 + 6 + 120, "pickling": 14, "sending": 20}
    assert spent(found, "executor manager")["unpickling"] == 3


def test_a_receiver_receives_unpickles_and_delivers():
    """The result handler receives from when a result was ready and it was free itself."""
    found = account(trace([FIRST, SECOND], PEOPLE, THREADS))
    assert spent(found, "result handler") == {
        "idle": 75 + 13 + 70,  # 10 to 85, 91 to 104, 120 to 190
        "receiving": 5 + 6,
        "unpickling": 0 + 3,
        "delivering": 1 + 7,
    }


def test_stamps_that_overlap_are_cut():
    """Where two messages of one thread overlap, which none does in truth, each instant counts once."""
    odd = SECOND | {"pickle_start": 35, "pickle_end": 45, "sent": 60, "result_received": 80, "delivered": 95}
    for name in ("task handler", "result handler"):
        spent(account(trace([FIRST, odd], PEOPLE, THREADS)), name)


def test_two_pools_have_hidden_threads_of_their_own():
    """Each pool's threads account for its own tasks alone."""
    second = [row | {"pool": 1, "task": row["task"] + 2, "process": 2} for row in (FIRST, SECOND)]
    people = [*PEOPLE, child(2, 0, 10, 200)]
    threads = [*THREADS, *hidden_threads(11, 180, first_tid=6000)]
    found = account(trace([FIRST, SECOND, *second], people, threads))
    lanes = found.lanes[found.lanes["role"] == "task_handler"]
    assert lanes["pool"].tolist() == [0, 1]
    assert lanes["tid"].tolist() == [4901, 6001]
    assert found.table.loc[lanes.index, "pickling"].tolist() == [14, 14]


def test_a_hidden_thread_without_an_end_lives_as_long_as_its_process():
    """In a main process that was killed, the hidden threads end at its exit."""
    threads = [row | {"ended": None} for row in THREADS]
    found = account(trace([FIRST], PEOPLE, threads))
    assert found.lanes.loc[found.lanes["kind"] == "hidden", "end"].tolist() == [210, 210]


def test_a_thread_pool_has_hidden_threads_beside_those_of_a_pool():
    """A `ThreadPool` made first has a task handler too: the pool's is the one that began second."""
    first = FIRST | {"kind": "ThreadPool", "process": 0, "worker_tid": 77}
    second = SECOND | {"pool": 1}
    threads = [*hidden_threads(3, 150, first_tid=6000), *THREADS]
    found = account(trace([first, second], PEOPLE, threads))
    assert found.lanes.loc[found.lanes["role"] == "task_handler", "tid"].tolist() == [4901]


def test_the_threads_of_a_pool_without_tasks_are_told_apart_by_their_lives():
    """Of two task handlers, that of a pool that had ended before is not the one; two that fit are a doubt."""
    early = hidden_threads(3, 12, first_tid=6000)
    found = account(trace([FIRST, SECOND], PEOPLE, [*early, *THREADS]))
    assert found.lanes.loc[found.lanes["role"] == "task_handler", "tid"].tolist() == [4901]
    second = [row | {"pool": 1, "task": row["task"] + 2, "process": 2} for row in (FIRST, SECOND)]
    people = [*PEOPLE, child(2, 0, 10, 200)]
    three = [*THREADS, *hidden_threads(11, 180, first_tid=6000), *hidden_threads(12, 180, first_tid=7000)]
    doubt = account(trace([FIRST, SECOND, *second], people, three))
    assert doubt.lanes.loc[doubt.lanes["role"] == "task_handler", "tid"].tolist() == [-1, -1]
