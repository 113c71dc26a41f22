"""Which message of a stream is which where many stamps are missing in a row."""

from __future__ import annotations

import numpy as np
import pytest

from tracer.tables.columns import Integers
from tracer.tables.in_order import in_order

COUNT = 30_000
GAPS = [63, 64, 65, 10_000]


def found(keys: Integers, put: Integers, taken: Integers) -> Integers:
    """Return which message is found for each that was taken, of those (their numbers) that have stamps.

    Message n is written from 10 * n on and read at 10 * n + 5.
    """
    at = np.arange(len(put))
    place = in_order(at, keys[put], 10 * put, keys[taken], 10 * taken + 5)
    return np.where(place >= 0, put[place], -1)


def without(first: int, count: int) -> Integers:
    """Return the numbers of all messages but so many in a row."""
    return np.delete(np.arange(COUNT), slice(first, first + count))


def different() -> Integers:
    """Return what messages look like that all differ."""
    return np.random.default_rng(1).permutation(COUNT).astype(np.int64)


@pytest.mark.parametrize("gap", GAPS)
def test_after_a_gap_at_either_end_every_message_is_found(gap: int) -> None:
    """What was taken and has both stamps is found, whichever end the others lack."""
    keys, every, some = different(), np.arange(COUNT), without(1000, gap)
    assert found(keys, every, some).tolist() == some.tolist()
    missing = (every >= 1000) & (every < 1000 + gap)
    assert found(keys, some, every).tolist() == np.where(missing, -1, every).tolist()


@pytest.mark.parametrize("gap", GAPS)
def test_messages_that_look_the_same_are_told_by_their_times(gap: int) -> None:
    """None is found that had not been written yet when it was read."""
    keys, every, some = np.ones(COUNT, np.int64), np.arange(COUNT), without(1000, gap)
    at = found(keys, some, every)
    assert (at[at >= 0] <= every[at >= 0]).all()
    assert at[1000 + gap :].tolist() == every[1000 + gap :].tolist()


def test_a_gap_at_both_ends_is_no_jump_to_the_next_round() -> None:
    """Messages come in rounds of 100; of one the one end lacks the stamp, of the next the other."""
    keys, every = np.arange(COUNT) % 100, np.arange(COUNT)
    put, taken = np.delete(every, 1002), np.delete(every, 1003)
    assert found(keys, put, taken).tolist() == np.where(taken == 1002, -1, taken).tolist()


def test_ends_that_have_nothing_in_common() -> None:
    """100,000 messages at each end, none of which is at the other; one by one would take minutes."""
    at = np.arange(100_000)
    assert (in_order(at, at, at, at + (1 << 40), at + 10) == -1).all()


def test_a_stamp_that_is_wrong_costs_one_message() -> None:
    """A message that says it was written after it was read is not found; all others are."""
    keys, every = different(), np.arange(COUNT)
    since = 10 * every
    since[1000] = 1 << 60
    at = in_order(every, keys, since, keys, 10 * every + 5)
    assert at.tolist() == np.where(every == 1000, -1, every).tolist()
