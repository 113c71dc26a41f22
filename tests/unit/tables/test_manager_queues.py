"""Messages of a manager's queue: both ends are in about the same order, and look alike or not."""

from __future__ import annotations

import numpy as np

from tracer.instrument.stdlib.manager_queues import _look_of
from tracer.record import schema
from tracer.tables.messages import _alike, is_none


def test_the_first_that_looks_alike_is_the_first() -> None:
    """Calls of two workers return the other way round; of the 7 that is put twice one is not taken."""
    put, taken = np.array([5, 7, 6, 7, 9]), np.array([7, 5, 8, 6])
    one, other = _alike(put, taken)
    assert dict(zip(other.tolist(), one.tolist(), strict=True)) == {0: 1, 1: 0, 3: 2}


class Own:
    """Raises whatever it is asked."""

    def __hash__(self) -> int:
        raise AssertionError

    def __repr__(self) -> str:
        raise AssertionError


def test_what_looks_alike_is_alike_in_every_process() -> None:
    """Plain values by themselves, all else by its type; None as it is in any queue."""
    values = [1, 2, "STOP", "GO", b"STOP", 10**5000, "x" * 10**6, Own(), (1, 2), None, "\ud800"]
    looks = [_look_of(value) for value in values]
    assert len({*looks}) == len(values) - 1  # a word, and the same bytes
    assert _look_of((3, 4)) == _look_of((1, 2))
    assert bool(is_none(np.array([schema.NONE_BYTES]), np.array([schema.NONE_MARK])))
    assert all(0 <= mark < 1 << 31 for _, mark in looks)
