"""Keys of tasks: (pool, job, index) to rows, in the order of submission."""

from __future__ import annotations

import numpy as np
import pytest

from tracer.tables.columns import Integers
from tracer.tables.task_keys import Keys


def numbers(*values: int) -> Integers:
    """An array of integers."""
    return np.array(values, np.int64)


@pytest.mark.parametrize("job", [1, 1 << 39], ids=["small", "too large to count up to"])
def test_every_side_finds_the_row_of_a_task(job: int) -> None:
    """Jobs by when they were handed over, then chunks; a job of which nobody knows is last."""
    sides = [
        (numbers(2, 1, 1), numbers(job, 0, 0), numbers(0, 1, 0)),
        (numbers(1, 9), numbers(0, job), numbers(1, 1 << 20)),
    ]
    jobs = numbers(1, 2), numbers(0, job), numbers(20, 10)
    keys = Keys(sides, jobs, (numbers(), numbers()))
    assert len(keys) == 4
    assert keys.pools.tolist() == [2, 1, 1, 9]
    assert keys.rows(*sides[0]).tolist() == [0, 2, 1]
    assert keys.rows(*sides[1]).tolist() == [2, 3]
    assert keys.submit.tolist() == [1, 0, 0, -1]


def test_a_job_without_a_task_has_one_row_unless_it_is_spent() -> None:
    """Job 4 was handed over and is nowhere seen; job 5 is known to have no task."""
    jobs = numbers(1, 1, 1), numbers(3, 4, 5), numbers(10, 11, 12)
    keys = Keys([(numbers(1), numbers(3), numbers(0))], jobs, (numbers(1), numbers(5)))
    assert len(keys) == 2
    assert keys.submit.tolist() == [0, 1]


def test_of_nothing_there_are_no_rows() -> None:
    """No record at all."""
    none = numbers()
    keys = Keys([(none, none, none)], (none, none, none), (none, none))
    assert (len(keys), keys.pools.tolist()) == (0, [])


def test_what_is_said_of_a_job_is_said_of_all_its_tasks() -> None:
    """Job 3 has two chunks; nothing is said of job 4."""
    jobs = numbers(1, 1), numbers(3, 4), numbers(10, 11)
    keys = Keys([(numbers(1, 1), numbers(3, 3), numbers(0, 1))], jobs, (numbers(), numbers()))
    assert keys.of_jobs(numbers(9, 1), numbers(3, 3)).tolist() == [1, 1, -1]
