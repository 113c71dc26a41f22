"""One task's way: its steps between stamps, who takes part, and what its time was made of."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.support.traces import MS, US, child, hidden_threads, main_process, pool_trace, task, trace
from tracer.tables.tables import Tables
from tracer.timeline.sequence import Sequence, sequence_of
from tracer.timeline.view import NothingToShow

STEP = 1000


def run(*tasks: dict[str, Any], **changes: Any) -> Tables:
    """A pool's run with these tasks, on the worker 1."""
    people = [main_process(0, 90 * MS), child(1, 0, 1 * MS, 80 * MS)]
    return trace(tasks, people, hidden_threads(0, 80 * MS), **changes)


def way(*tasks: dict[str, Any], number: int | None = None) -> Sequence:
    found = sequence_of(run(*tasks), number)
    assert found is not None
    return found


def said(found: Sequence) -> list[tuple[str, str, float]]:
    """Who does what for how long, of each step."""
    return [(found.parties[step.party].name, step.label, step.length_ns) for step in found.steps]


def test_the_steps_of_a_pool_s_task() -> None:
    """Each is between two stamps; whoever waits for it waits, too."""
    found = way(task(1, 1, 10 * MS, 12 * MS, STEP))
    worker = "ForkPoolWorker-1"
    assert [party.name for party in found.parties] == [
        *("MainProcess", "task handler", "pipe", worker, "pipe", "result handler"),
    ]
    assert said(found) == [
        ("task handler", "queued", STEP),
        ("task handler", "pickle", STEP),
        ("task handler", "write", STEP),
        ("pipe", "in pipe", 2 * STEP),
        (worker, "wait", 2 * STEP),
        (worker, "read", 2 * STEP),
        (worker, "unpickle", STEP),
        (worker, "square", 2 * MS),
        (worker, "pickle", STEP),
        (worker, "write", STEP),
        ("pipe", "in pipe", STEP),
        ("result handler", "unpickle", STEP),
        ("result handler", "deliver", STEP),
    ]
    assert [step.size for step in found.steps if step.label == "pickle"] == [60, 20]


def test_a_task_is_called_by_what_it_works_on() -> None:
    """Where that was kept; else by its function, and how many items it has."""
    row = task(1, 1, 10 * MS, 12 * MS, STEP)
    assert way(row | {"label": "square(3)"}).function == "square(3)"
    assert way(row | {"items": 64}).function == "64 × square"
    assert way(row).function == "square"


def test_rows_are_in_the_order_of_time() -> None:
    """Also where a write returns after its bytes were read: a step ends where its last stamp lies."""
    found = way(task(1, 1, 10 * MS, 12 * MS, STEP, sent=11 * MS, result_sent=13 * MS))
    assert list(found.times_ns) == sorted(found.times_ns)
    assert found.times_ns[0] == 0
    for step in found.steps:
        begin = max(found.times_ns[step.last] - step.length_ns, 0)
        assert found.times_ns[step.first] == begin
    write = [step for step in found.steps if step.label == "write"][-1]
    assert write.last == len(found.times_ns) - 1


def test_each_hands_on_to_the_next_and_the_last_to_the_caller() -> None:
    """From row to row downwards."""
    found = way(task(1, 1, 10 * MS, 12 * MS, STEP))
    assert [(one.sender, one.receiver) for one in found.messages] == [
        *((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)),
    ]
    rows = [one.row for one in found.messages]
    assert rows == sorted(rows)


def test_the_pieces_are_the_whole_way() -> None:
    """One after another from the call to the delivery; who is busy lets the task wait in the pipe."""
    busy = task(
        1, 1, 50 * MS, 52 * MS, STEP, submitted=0, pickle_start=1 * MS, pickle_end=2 * MS, sent=2 * MS
    )
    found = way(busy)
    edges = [(start, end) for _, start, end in found.pieces]
    assert edges[0][0] == 0
    assert edges[-1][1] == found.length_ns == 52 * MS + 4 * STEP
    assert all(before[1] == after[0] for before, after in pairwise(edges))
    assert found.time_of("wait") == 1 * MS + (48 * MS - 4 * STEP) + STEP
    assert found.time_of("run") == 2 * MS


def test_a_worker_that_waited_before_the_call_waits_from_the_first_row() -> None:
    """With the time that it did wait."""
    found = way(task(1, 1, 10 * MS, 12 * MS, STEP, wait_start=1 * MS))
    (wait,) = [step for step in found.steps if step.label == "wait"]
    assert (wait.first, wait.length_ns) == (0, 9 * MS - 3 * STEP)


def test_threads_have_a_queue_and_no_pickling() -> None:
    """What a kind of pool does not record is not there: no party, no step, no message of it."""
    none = ("pickle_start", "pickle_end", "sent", "result_pickled", "result_sent", "result_unpickled")
    ran = dict.fromkeys((*none, "args_bytes", "result_bytes", "result_received"))
    ran |= {"kind": "ThreadPoolExecutor", "worker_tid": 7}
    thread = {"host": "desk", "process": 0, "tid": 7, "name": "Thread_0", "role": "worker", "started": 0}
    tables = trace([task(1, 0, 10 * MS, 12 * MS, STEP, **ran)], [main_process(0, 90 * MS)], [thread])
    found = sequence_of(tables)
    assert found is not None
    assert [party.name for party in found.parties] == ["MainProcess", "queue", "Thread_0"]
    assert [label for _, label, _ in said(found)] == ["in queue", "wait", "take", "square", "deliver"]
    assert [(one.sender, one.receiver) for one in found.messages] == [(0, 1), (1, 2), (2, 0)]


def test_what_passes_between_stamps_that_are_missing_is_unknown() -> None:
    """It is no step, and a piece of no kind."""
    found = way(task(1, 1, 10 * MS, 12 * MS, STEP, pickle_end=None, sent=None))
    assert "pickle" not in [label for name, label, _ in said(found) if name == "task handler"]
    assert found.time_of("") == 3 * STEP


def test_a_task_that_was_lost_ends_on_the_last_row() -> None:
    """When it ended was not seen."""
    gone = dict.fromkeys(("run_end", "result_pickled", "result_sent", "result_received"))
    gone |= dict.fromkeys(("result_unpickled", "delivered"))
    found = way(task(1, 1, 10 * MS, 12 * MS, STEP, status="lost", **gone), number=1)
    last = found.steps[-1]
    assert (last.kind, last.last) == ("lost", len(found.times_ns) - 1)
    assert str(found.times_ns[-1]) == str(last.length_ns) == "nan"
    assert [(one.sender, one.receiver) for one in found.messages] == [(0, 1), (1, 2), (2, 3)]


def test_the_typical_task_is_the_median_one() -> None:
    """By the length of its whole way."""
    tasks = [
        task(n, 1, n * 10 * MS, n * 10 * MS + length * US, STEP) for n, length in [(1, 9), (2, 5), (3, 7)]
    ]
    assert way(*tasks).task == 3
    assert way(*tasks, number=2).task == 2


def test_what_is_not_there_is_said() -> None:
    """A number that no task has, and one that was never handed over; a trace without tasks has no way."""
    with pytest.raises(NothingToShow, match="no task 9: there are tasks 0 to 4"):
        sequence_of(pool_trace(), 9)
    with pytest.raises(NothingToShow, match="no task 1: there are no tasks"):
        sequence_of(Tables(), 1)
    with pytest.raises(NothingToShow, match="task 1: when it was handed over was not recorded"):
        sequence_of(run(task(1, 1, 10 * MS, 12 * MS, STEP, submitted=None)), 1)
    assert sequence_of(Tables()) is None
