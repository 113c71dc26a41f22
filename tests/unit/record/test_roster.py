"""The client of the Manager list, against the standard library's own Manager."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Iterator
from multiprocessing.managers import SyncManager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.record import roster

KEY = os.urandom(32)
VALUES = st.recursive(
    st.none() | st.integers(-(2**64), 2**64) | st.text(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """A Manager list in this process: how to reach it, and what it holds."""
    server = SyncManager(f"\0tracer-test-{os.getpid()}-{os.urandom(4).hex()}", KEY).get_server()
    server.stop_event = threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.accepter, daemon=True).start()
    ident, _ = server.create(None, "list")  # type: ignore[arg-type]
    where = {"address": server.address, "authkey": KEY.hex(), "ident": ident, "pid": 0, "start": 0}
    yield where, server.id_to_obj[ident][0]
    server.listener.close()  # type: ignore[attr-defined]


def test_entries_arrive_as_they_are(served: tuple[dict[str, Any], list[Any]]) -> None:
    """What is entered is in the list, entry by entry, also if it is longer than a socket takes at once."""
    where, found = served
    entries = [{"name": "näme\ud800", "pid": 5, "birth": None, "pool": ["1-a", 2]}] * 2
    assert roster.enter(where, entries) is True
    assert found == entries
    long = [{"name": "x" * 200, "number": number} for number in range(20_000)]
    assert roster.enter(where, long) is True
    assert found == [*entries, *long]


def test_without_the_key_nothing_is_entered(served: tuple[dict[str, Any], list[Any]]) -> None:
    """A wrong key is refused, and nothing is in the list."""
    where, found = served
    before = len(found)
    assert roster.enter({**where, "authkey": os.urandom(32).hex()}, [{"pid": 1}]) is False
    assert len(found) == before


def test_many_enter_at_the_same_time(served: tuple[dict[str, Any], list[Any]]) -> None:
    """A hundred at once are all let in."""
    where, found = served
    found.clear()
    done: list[bool] = []
    threads = [
        threading.Thread(target=lambda n=n: done.append(roster.enter(where, [{"number": n}])))
        for n in range(100)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert done == [True] * 100
    assert sorted(entry["number"] for entry in found) == list(range(100))


@given(VALUES)
def test_a_pickle_is_read_as_what_it_was_made_of(value: Any) -> None:
    """The values that entries are made of come through `pickle` unchanged."""
    assert pickle.loads(roster.pickled(value)) == value
