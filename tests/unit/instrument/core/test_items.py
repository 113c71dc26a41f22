"""Items of a chunk: which are timed, and that all of them are handed on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.reading import read
from tracer.instrument.core import items
from tracer.instrument.core.items import PATIENCE, WORTH_NS, ItemStamps
from tracer.record import schema
from tracer.record.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A session that is not this process's."""
    plan = {"folder": str(tmp_path), "roster": None}
    return Session(plan, {"role": "main", "name": "m", "start_method": None})


@pytest.fixture
def lengths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What each item takes, in order; the clock stands still otherwise, at 1,000 and on."""
    found: list[int] = []

    def times() -> Iterator[int]:
        now = 1000
        while True:
            yield now
            now += found.pop(0) if found else 0
            yield now

    clock = times()
    monkeypatch.setattr(items, "clock", lambda: next(clock))
    monkeypatch.setattr(items, "core", lambda: 1)
    return found


def written(folder: Path) -> list[tuple[int, int, int]]:
    """Return number, duration and status of each item that was written down."""
    records = read(folder).kind(schema.ITEM)
    return [
        (number, end - start, status)
        for (number, start, end), status in zip(
            records.words[:, :3].tolist(), records.status.tolist(), strict=True
        )
    ]


def test_each_long_item_is_timed(session: Session, tmp_path: Path, lengths: list[int]) -> None:
    """Every item is handed on in its order, with a record each."""
    lengths += [WORTH_NS, WORTH_NS + 5, 3 * WORTH_NS]
    stamps = ItemStamps(session.journal())
    assert list(stamps.over("abc")) == ["a", "b", "c"]
    stamps.end(10**9)
    assert written(tmp_path) == [
        (0, WORTH_NS, schema.OK),
        (1, WORTH_NS + 5, schema.OK),
        (2, 3 * WORTH_NS, schema.OK),
    ]


def test_after_some_short_items_the_rest_is_left_untimed(
    session: Session, tmp_path: Path, lengths: list[int]
) -> None:
    """So many short ones in a row end it; a long one between begins the count anew; none is lost."""
    lengths += [1, 1, WORTH_NS, *[1] * PATIENCE, WORTH_NS, WORTH_NS]
    stamps = ItemStamps(session.journal())
    assert list(stamps.over(range(20))) == list(range(20))
    assert [number for number, _, _ in written(tmp_path)] == list(range(3 + PATIENCE))


def test_the_item_that_raises_is_an_error(session: Session, tmp_path: Path, lengths: list[int]) -> None:
    """The chunk's run ends within the second item: that is closed then, and the third never begins."""
    stamps: Any = ItemStamps(session.journal())
    lengths += [WORTH_NS]
    chunk = stamps.over("abc")
    assert (next(chunk), next(chunk)) == ("a", "b")
    started = 1000 + WORTH_NS
    stamps.end(started + 7)
    assert written(tmp_path) == [(0, WORTH_NS, schema.OK), (1, 7, schema.ERROR)]


def test_an_item_that_raised_within_a_chunk_that_went_on(
    session: Session, tmp_path: Path, lengths: list[int]
) -> None:
    """It alone is an error: those before and after it are not."""
    lengths += [WORTH_NS] * 3
    stamps = ItemStamps(session.journal())
    for item in stamps.over("abc"):
        if item == "b":
            stamps.failed()
    stamps.end(10**9)
    assert [status for *_, status in written(tmp_path)] == [schema.OK, schema.ERROR, schema.OK]
