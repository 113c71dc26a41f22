"""The join of both ends of a pool: records in, rows out."""

from __future__ import annotations

from typing import Any

from tests.support.journal_records import by, held, journals, tables
from tracer.record import schema
from tracer.record.schema import (
    ANSWER,
    BEGIN,
    DISPATCH,
    DONE,
    EXHAUSTED,
    HAND_OVER,
    ITEM,
    POOL,
    RESULT,
    SUBMIT,
    THREAD,
    THREAD_END,
)

NAMES = ("Pool", "square", "ValueError")
OPENED = by(1, POOL, 1001, 1, 2)
TAKEN = by(1, SUBMIT, 0, 1010, 2, 3)
WORKER = {1: (0, 1)}
MAIN = [OPENED, TAKEN]
TID = (THREAD, 1002, 7)


def dispatch(index: int, at: int, status: int = 0) -> tuple[int, ...]:
    """A chunk of job 0: pickled from `at` to `at + 1`, written by `at + 2`."""
    return by(1, DISPATCH, 0, index, at, at + 1, at + 2, 64, status=status)


def begin(index: int, at: int) -> tuple[int, ...]:
    """The chunk in the worker: waited for from `at`, entered at `at + 3`."""
    return by(0, BEGIN, 0, index, at, at + 1, at + 2, at + 3, core=1)


def done(at: int, sent: int, status: int = schema.OK, error: int = 0) -> tuple[int, ...]:
    """It returned at `at`; `sent` is 0 where the write has not come back."""
    return by(0, DONE, at, at + 1, sent, 8, 1, 0, error, status=status, core=1)


def rows(*written: list[tuple[int, ...]], ended: tuple[int, ...] = ()) -> list[dict[str, Any]]:
    """The tasks of main and its workers."""
    works_for = dict.fromkeys(range(1, len(written)), (0, 1))
    return tables(journals(*written, names=NAMES, works_for=works_for), ended)[0]


def test_a_chunk_s_whole_way() -> None:
    """Every stamp of both processes is in its column, counted from the origin."""
    main = [OPENED, TAKEN, dispatch(0, 1020), by(1, RESULT, 0, 0, 1050, 1051, 1052)]
    made = journals(main, [TID, begin(0, 1021), done(1040, 1045)], names=NAMES, works_for=WORKER)
    ((task,), _) = tables(made)
    times = {
        "submitted": 10,
        "pickle_start": 20,
        "pickle_end": 21,
        "sent": 22,
        "wait_start": 21,
        "lock_acquired": 22,
        "received": 23,
        "run_start": 24,
        "run_end": 40,
        "result_pickled": 41,
        "result_sent": 45,
        "result_received": 50,
        "result_unpickled": 51,
        "delivered": 52,
    }
    assert {name: task[name] for name in times} == times
    others = {
        "pool": 1,
        "kind": "Pool",
        "task": 1,
        "function": "square",
        "items": 3,
        "status": "ok",
        "host": "desk",
        "process": 1,
        "worker_pid": 101,
        "worker_tid": 7,
        "error": None,
        "args_bytes": 64,
        "result_bytes": 8,
        "core_start": 1,
        "core_end": 1,
        "cpu_ns": 0,
        "runq_ns": None,
    }
    assert {name: task[name] for name in others} == others


def test_rows_are_in_the_order_of_submission_then_of_chunks() -> None:
    """Whatever the order in which they were written, and whoever finished first."""
    early = by(1, SUBMIT, 5, 1005, 2, 1)
    sent = [dispatch(1, 1030), dispatch(0, 1020), by(1, DISPATCH, 5, 0, 1008, 1009, 1009, 1)]
    found = rows([*MAIN, early, *sent])
    assert [(task["task"], task["submitted"], task["pickle_start"]) for task in found] == [
        *((1, 5, 8), (2, 10, 20), (3, 10, 30))
    ]


def test_what_was_never_cut_into_chunks_is_one_row_unless_it_has_none() -> None:
    """A job in its caller's queue is unfinished; one whose iterable was empty is no task."""
    assert [task["status"] for task in rows(MAIN)] == ["unfinished"]
    assert rows([*MAIN, by(1, EXHAUSTED, 0, 1020)]) == []


def test_who_handed_a_job_over_stands_with_its_tasks() -> None:
    """A coroutine, named in a record of its own; of the other job nobody is named."""
    other = by(1, SUBMIT, 1, 1011, 2, 1)
    found = rows([*MAIN, other, dispatch(0, 1020), by(1, schema.AWAITED, 0, 2)])
    assert [task["submitter"] for task in found] == ["square", None]


def test_two_pools_with_the_same_numbers_stay_apart() -> None:
    """A job is its pool's; a worker's records are of the pool that it works for."""
    second = [by(2, POOL, 1002, 1, 1), by(2, SUBMIT, 0, 1011, 3, 1)]
    made = journals(
        [*MAIN, *second, dispatch(0, 1020), by(2, DISPATCH, 0, 0, 1030, 1031, 1032, 1)],
        *([begin(0, 1040)], [begin(0, 1060)]),
        names=NAMES,
        works_for={1: (0, 1), 2: (0, 2)},
    )
    found = {task["pool"]: task for task in tables(made)[0]}
    assert {pool: (task["process"], task["wait_start"]) for pool, task in found.items()} == {
        1: (1, 40),
        2: (2, 60),
    }


def test_an_executor_hands_over_in_one_record() -> None:
    """Job and first chunk in one, the function above the number of items."""
    word = 2 << schema.NAME_SHIFT | 4
    (task,) = rows([OPENED, by(1, HAND_OVER, 9, 1010, 1011, 1012, 1013, 32, word)])
    told = ("submitted", "pickle_start", "pickle_end", "sent", "args_bytes", "function", "items")
    assert [task[name] for name in told] == [10, 11, 12, 13, 32, "square", 4]


def test_of_two_answers_the_one_that_came_counts() -> None:
    """A worker that was interrupted while it sent sends the exception next."""
    failed = done(1050, 1055, schema.ERROR, 3)
    main = [*MAIN, dispatch(0, 1020)]
    answer = by(1, RESULT, 0, 0, 1060, 1061, 1062)
    both = [TID, begin(0, 1021), done(1040, 1045), failed]
    (task,) = rows([*main, answer, answer], both)
    assert (task["status"], task["run_end"]) == ("ok", 40)
    broken_off = [TID, begin(0, 1021), done(1040, 0), failed]
    (task,) = rows([*main, answer], broken_off)
    assert (task["status"], task["run_end"], task["error"]) == ("error", 50, "ValueError")


def test_a_worker_that_ends_in_the_middle_has_lost_its_task_alone() -> None:
    """What it had finished stays; what it held is lost; what nobody had begun is unfinished."""
    main = [*MAIN, *(dispatch(index, 1020 + 10 * index) for index in range(3))]
    worker = [TID, begin(0, 1021), done(1028, 1029), begin(1, 1031)]
    assert [task["status"] for task in rows(main, worker, ended=(1,))] == ["ok", "lost", "unfinished"]
    assert [task["status"] for task in rows(main, worker)] == ["ok", "unfinished", "unfinished"]


def test_a_worker_that_went_on_has_not_lost_what_came_before() -> None:
    """Its DONE was dropped, but it began another: only the last one it held is lost."""
    main = [*MAIN, dispatch(0, 1020), dispatch(1, 1030)]
    found = rows(main, [TID, begin(0, 1021), begin(1, 1031)], ended=(1,))
    assert [task["status"] for task in found] == ["unfinished", "lost"]


def test_what_arrived_without_a_number_is_the_first_that_was_sent() -> None:
    """The pipe keeps the order: the first could not be unpickled, the second killed its worker."""
    main = [*MAIN, dispatch(1, 1030), dispatch(0, 1020), dispatch(2, 1040)]
    unread = by(0, BEGIN, -1, -1, 1021, 1022, 1025, 0)
    made = journals(main, [TID, unread], [], names=NAMES, works_for={1: (0, 1), 2: (0, 1)})
    made.held.append(held(2, 1035))
    found, _ = tables(made, ended=(2,))
    assert [(task["status"], task["process"], task["received"]) for task in found] == [
        *(("unpicklable", None, None), ("lost", 2, 35), ("unfinished", None, None))
    ]


def test_a_worker_that_could_not_unpickle_a_task_and_ended_had_it() -> None:
    """The worker is known then, and when the task arrived."""
    unread = by(0, BEGIN, -1, -1, 1021, 1022, 1025, 0)
    (task,) = rows([*MAIN, dispatch(0, 1020)], [TID, unread], ended=(1,))
    assert [task[name] for name in ("status", "process", "worker_tid", "received", "run_start")] == [
        *("unpicklable", 1, 7, 25, None)
    ]


def test_a_result_that_its_owner_could_not_unpickle_is_the_first_of_its_size() -> None:
    """It has no number: of those that were sent and never received, the first with as many bytes."""
    unread = by(1, RESULT, -1, -1, 1070, 0, 0, 0, 9, status=schema.UNPICKLABLE)
    main = [*MAIN, dispatch(0, 1020), dispatch(1, 1030), dispatch(2, 1040), unread]
    large = by(0, DONE, 1050, 1051, 1052, 9, 1, 0, 3, status=schema.ERROR)
    later = by(0, DONE, 1060, 1061, 1062, 9, 1, 0, 0)
    worker = [TID, begin(0, 1021), done(1028, 1029), begin(1, 1031), large, begin(2, 1053), later]
    assert [(task["status"], task["error"], task["result_received"]) for task in rows(main, worker)] == [
        *(("ok", None, None), ("unpicklable", "ValueError", 70), ("ok", None, None))
    ]


def test_a_thread_that_ended_in_a_task_has_lost_it() -> None:
    """A task that is not over when its thread is; one whose thread goes on is unfinished."""
    threads = ("ThreadPool", *NAMES[1:])
    gone = [TID, begin(0, 1021), done(1025, 0), begin(1, 1031), by(0, THREAD_END, 1040)]
    main = [*MAIN, dispatch(0, 1020), dispatch(1, 1030), dispatch(2, 1041)]
    made = journals(main, gone, [TID, begin(2, 1042)], names=threads, works_for={1: (0, 1), 2: (0, 1)})
    assert [task["status"] for task in tables(made)[0]] == ["ok", "lost", "unfinished"]


def test_arguments_that_cannot_be_pickled_were_never_sent() -> None:
    """The chunk says so itself."""
    (task,) = rows([*MAIN, by(1, DISPATCH, 0, 0, 1020, 0, 0, 0, status=schema.UNPICKLABLE)])
    assert (task["status"], task["pickle_start"], task["pickle_end"]) == ("unpicklable", 20, None)


def test_items_belong_to_the_chunk_before_them() -> None:
    """An ITEM names no task: it is of the BEGIN before it in its journal."""
    item = by(0, ITEM, 0, 1026, 1027, 1), by(0, ITEM, 0, 1036, 1037, 1)
    worker = [TID, begin(0, 1021), item[0], done(1028, 1029), begin(1, 1031), item[1]]
    made = journals([*MAIN, dispatch(0, 1020), dispatch(1, 1030)], worker, names=NAMES, works_for=WORKER)
    _, items = tables(made)
    assert [(one["task"], one["item"], one["start"], one["end"]) for one in items] == [
        *((1, 0, 26, 27), (2, 0, 36, 37))
    ]


def test_an_owner_that_gives_a_task_up_says_why() -> None:
    """It stopped the worker and answered in its place: lost, with the error that the program was given."""
    names = ("Pool", "square", "TimeoutError")
    given_up = by(1, RESULT, 0, 0, 0, 0, 1070, 3, status=schema.ERROR)
    made = journals(
        [*MAIN, dispatch(0, 1020), given_up], [TID, begin(0, 1021)], names=names, works_for=WORKER
    )
    ((task,), _) = tables(made, (1,))
    told = ("status", "error", "run_end", "result_received", "delivered")
    assert [task[name] for name in told] == ["lost", "TimeoutError", None, None, 70]


def test_a_result_that_was_never_pickled_has_no_size() -> None:
    """Another thread was to pickle it: zero bytes are not known to have been sent."""
    unpickled = by(0, DONE, 1040, 0, 0, 0, 1, 0, 0, core=1)
    (task,) = rows([*MAIN, dispatch(0, 1020)], [TID, begin(0, 1021), unpickled])
    assert (task["run_end"], task["result_pickled"], task["result_bytes"]) == (40, None, None)


def test_a_result_that_another_thread_sends_has_its_stamps_and_bytes() -> None:
    """The worker says when the run ended, its feeder the rest: its size too."""
    ended = by(0, DONE, 1040, 0, 0, 0, 1, 0, 0, core=1)
    feeder = [TID, by(0, ANSWER, 0, 0, 1043, 1046, 512)]
    main = [OPENED, TAKEN, dispatch(0, 1020), by(1, RESULT, 0, 0, 1050, 1051, 1052)]
    (task,) = rows(main, [TID, begin(0, 1021), ended], feeder)
    assert (task["run_end"], task["result_pickled"], task["result_sent"]) == (40, 43, 46)
    assert (task["result_bytes"], task["status"]) == (512, "ok")


def test_a_result_that_its_feeder_never_sent_has_no_size() -> None:
    """Not 0 bytes: nobody knows."""
    (task,) = rows([OPENED, TAKEN, dispatch(0, 1020)], [TID, begin(0, 1021), by(0, DONE, 1040, 0, 0, 0, 1)])
    assert (task["result_pickled"], task["result_bytes"]) == (None, None)
