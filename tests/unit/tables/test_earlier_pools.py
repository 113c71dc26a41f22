"""Pools that were made before the trace began, from the records to what was lost."""

from __future__ import annotations

from tests.support.journal_records import ORIGIN, by, journals
from tracer.record import schema
from tracer.tables.assemble import _made_before


def earlier(kind: int, pool: int) -> tuple[int, ...]:
    """A record of such a pool, whose kind has this number of a name."""
    return by(0, schema.EARLIER, ORIGIN, kind, pool)


def test_each_pool_counts_once() -> None:
    """Two threads that met one pool at once wrote two records; other processes have other pools."""
    made = journals(
        [earlier(1, 7 << 40), earlier(1, 7 << 40), earlier(1, 8), earlier(2, 9)],
        [earlier(1, 8)],
        names=("Pool", "loky"),
    )
    assert _made_before(made) == {
        "tasks of Pool, a pool that was made before the trace began": 3,
        "tasks of loky, a pool that was made before the trace began": 1,
    }


def test_a_name_that_was_lost_is_a_question_mark() -> None:
    """The pool is counted all the same."""
    assert _made_before(journals([earlier(5, 1)])) == {
        "tasks of ?, a pool that was made before the trace began": 1
    }
