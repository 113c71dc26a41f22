"""Messages that end workers, and queues that make one pool: hand-made rows, and very many of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tracer.tables.queue_groups import pools_of, sentinels

TASK, OTHER, STOP = 1, 2, 9


def ends(*workers: list[tuple[int, bool, int]]) -> list[list[bool]]:
    """Tell which messages end a worker, of one queue: each has a look, whether it was answered, a length."""
    rows = [(number, *row) for number, worker in enumerate(workers) for row in worker]
    thread, key, answered, length = (np.array(column) for column in zip(*rows, strict=True))
    last = np.append(thread[1:] != thread[:-1], True)
    stream, none = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.bool_)
    found = sentinels(stream, thread, key, last, none, answered, length)
    return [found[thread == number].tolist() for number in range(len(workers))]


LONG, SHORT = 1_000_000, 10


@pytest.mark.parametrize(
    ("last", "answered", "ended"),
    [
        ((STOP, False, LONG), True, True),
        ((STOP, True, SHORT), True, False),
        ((STOP, False, SHORT), False, True),
        ((STOP, False, LONG), False, False),
        ((TASK, False, SHORT), False, False),
    ],
    ids=["no answer", "answered", "gone at once", "worked on it", "looks like a task"],
)
def test_a_single_worker_s_last_message(last: tuple[int, bool, int], answered: bool, ended: bool) -> None:
    """It ended the worker where it had no answer and most had, or where the worker was gone at once."""
    tasks = [(TASK, answered, LONG), (OTHER, answered, LONG), (OTHER, answered, 3 * LONG)]
    assert ends([*tasks, last]) == [[False, False, False, ended]]


def test_the_same_last_message_of_two_workers_ends_them() -> None:
    """Also of a worker that had no task before; not where another worker took the like as a task."""
    task, stop = (TASK, True, LONG), (STOP, True, LONG)
    assert ends([task, stop], [stop]) == [[False, True], [True]]
    assert ends([task, stop], [stop], [stop, task]) == [[False, False], [False], [False, False]]


def test_half_a_million_messages_of_5_000_workers_are_told() -> None:
    """What is asked of each last message is not asked of all messages again."""
    workers, each = 5_000, 100
    count = workers * each
    thread = np.repeat(np.arange(workers), each)
    last = np.arange(count) % each == each - 1
    rows: dict[str, Any] = {"stream": np.zeros(count, np.int64), "thread": thread, "last": last}
    rows |= {"key": np.where(last, STOP, TASK), "none": np.zeros(count, np.bool_)}
    found = sentinels(**rows, answered=~last, length=np.full(count, LONG))
    assert found.tolist() == last.tolist()


def test_two_million_tasks_are_put_into_pools() -> None:
    """Two functions take from a queue each: two pools, the one that began first before the other."""
    count = 2_000_000
    process = np.repeat(np.arange(4), count // 4)
    stream = np.where(process < 2, 7, 8)
    start = np.arange(count)[::-1].copy()
    pool = pools_of(stream, process, process, start, np.full(count, -1), ["f", "f", "g", "g"], [1] * 4)
    assert np.array_equal(pool, np.where(process < 2, 1, 0))
