"""Pools: numbered as they were opened, and found from both ends."""

from __future__ import annotations

from tests.support.journal_records import by, journals
from tracer.record.schema import BEGIN, POOL, SUBMIT
from tracer.tables.pools import read_pools

NAMES = ("Pool", "ThreadPool")


def test_pools_are_numbered_in_the_order_in_which_they_were_opened() -> None:
    """Over all processes; 0 stands for none. A pool whose kind's name was lost is a `Pool`."""
    made = journals(
        [by(1, POOL, 1030, 1, 2), by(2, POOL, 1010, 2, 2)], [by(1, POOL, 1020, 9, 2)], names=NAMES
    )
    pools = read_pools(made)
    assert pools.kinds.tolist() == ["", "ThreadPool", "Pool", "Pool"]
    assert pools.threaded.tolist() == [False, True, False, False]


def test_a_record_is_of_the_pool_that_its_process_means() -> None:
    """The owner's by the number there, a worker's by whom it works for, and 0 where nobody told."""
    made = journals(
        [by(1, POOL, 1010, 1, 2), by(2, POOL, 1020, 1, 2), by(2, SUBMIT, 0), by(3, SUBMIT, 0)],
        *([by(0, BEGIN, 0)], [by(0, BEGIN, 0)]),
        names=NAMES,
        works_for={1: (0, 2)},
    )
    pools = read_pools(made)
    assert pools.of(made.kind(SUBMIT)).tolist() == [2, 0]
    assert pools.of(made.kind(BEGIN)).tolist() == [2, 0]
    assert pools.works_for.tolist() == [0, 2, 0]


def test_without_a_pool_everything_is_of_none() -> None:
    """A number that nobody opened, and no number."""
    made = journals([by(1, SUBMIT, 0)], [by(0, BEGIN, 0)])
    pools = read_pools(made)
    assert pools.of(made.kind(SUBMIT)).tolist() == [0]
    assert pools.of(made.kind(BEGIN)).tolist() == [0]
