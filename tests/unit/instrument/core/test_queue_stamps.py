"""Stamps within a queue's own `get` and `put`: what is written, and that the queue does what it did."""

from __future__ import annotations

import queue
import traceback
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from pickle import PicklingError
from typing import Any

import pytest

from tests.support.reading import read
from tracer.instrument.core import names, queue_stamps
from tracer.instrument.core.task_stamps import TaskStamps
from tracer.record import schema
from tracer.record.session import Session

WAITED_NS = 40_000_000


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A session that is not this process's."""
    plan = {"folder": str(tmp_path), "roster": None}
    return Session(plan, {"role": "worker", "name": "w", "start_method": None})


@pytest.fixture
def pipe() -> Iterator[Any]:
    """A queue of which this process has both ends."""
    made = get_context("fork").Queue()
    yield made
    made.close()
    made.join_thread()


def taken(message: Any) -> tuple[Any, int, int, int]:
    """Take a message that is (job, items)."""
    return message, message[0], 0, message[1]


def stamped(session: Session, made: Queue[Any], began: list[str]) -> Any:
    """Return what stands for the queue's `get`."""
    stamps = TaskStamps(session, 0)
    return queue_stamps.stamped_get(session, made, stamps, taken, lambda: began.append("began"))


def test_a_get_is_stamped_inside(session: Session, tmp_path: Path, pipe: Any) -> None:
    """Waiting, the lock, the bytes and the run begin in this order; the first get says that it waits."""
    began: list[str] = []
    get = stamped(session, pipe, began)
    pipe.put((7, 3))
    pipe.put((8, 1))
    assert get(block=True, timeout=20) == (7, 3)
    assert get() == (8, 1)
    assert began == ["began"]
    begins = read(tmp_path).kind(schema.BEGIN).words
    assert begins[:, [0, 1, 6]].tolist() == [[7, 0, 3], [8, 0, 1]]
    for row in begins[:, 2:6].tolist():
        assert row == sorted(row)
        assert row[0] > 0


def test_gets_that_time_out_and_the_next_are_one_wait(session: Session, tmp_path: Path, pipe: Any) -> None:
    """`queue.Empty` passes through, with the frames that it would have; the wait goes on."""
    get = stamped(session, pipe, [])
    for _ in range(2):
        with pytest.raises(queue.Empty) as caught:
            get(block=True, timeout=WAITED_NS / 2e9)
        files = [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)]
        assert not any("tracer/instrument" in name for name in files)
    pipe.put((1, 1))
    get(block=True, timeout=20)
    (row,) = read(tmp_path).kind(schema.BEGIN).words.tolist()
    assert row[4] - row[2] >= WAITED_NS


def test_the_message_that_ends_a_worker_is_no_task(session: Session, tmp_path: Path, pipe: Any) -> None:
    """None is handed on."""
    get = stamped(session, pipe, [])
    pipe.put(None)
    assert get(True, 20) is None
    assert not len(read(tmp_path).kind(schema.BEGIN))
    assert session.journal().header[schema.HEADER_HELD] == 0


class Unreadable:
    """Raises when it is unpickled."""

    def __reduce__(self) -> Any:
        return int, ("no number",)


def test_what_cannot_be_unpickled_is_recorded_as_such(session: Session, tmp_path: Path, pipe: Any) -> None:
    """The error is the program's; nobody knows which task it was."""
    get = stamped(session, pipe, [])
    pipe.put(Unreadable())
    with pytest.raises(ValueError, match="no number"):
        get(True, 20)
    found = read(tmp_path).kind(schema.BEGIN)
    assert found.words[:, 0].tolist() == [-1]
    assert found.status.tolist() == [schema.UNPICKLABLE]


class Result:
    """A result, maybe of a failure."""

    def __init__(self, error: BaseException | None = None, value: object = None) -> None:
        self.error, self.value = error, value


def test_a_put_is_stamped_inside(session: Session, tmp_path: Path) -> None:
    """Results alone; one that cannot be pickled is told by the message that follows in its place."""
    made: Any = get_context("fork").SimpleQueue()
    stamps = TaskStamps(session, 0)
    put = queue_stamps.stamped_put(
        session,
        made,
        stamps,
        lambda message: message.error,
        kind=Result,
        write=made._writer.send_bytes,
    )
    stamps.begin(1, 0, 1, 1, 1, 1)
    put(Result(value=5))
    put(1234)
    stamps.begin(2, 0, 1, 1, 1, 1)
    with pytest.raises((AttributeError, PicklingError)) as caught:
        put(Result(value=lambda: None))
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert [frame.name for frame in frames[1:]] == ["put", "dumps"]
    put(Result(AttributeError()))
    stamps.begin(3, 0, 1, 1, 1, 1)
    put(Result(KeyError()))
    assert [type(made.get()) for _ in range(4)] == [Result, int, Result, Result]
    made.close()
    dones = read(tmp_path).kind(schema.DONE)
    assert dones.status.tolist() == [schema.OK, schema.UNPICKLABLE, schema.ERROR]
    for run_end, pickled, sent, size, *_ in dones.words.tolist():
        assert 0 < run_end <= pickled <= sent
        assert size > 20


def test_an_exception_that_is_returned_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a type that a library returns in place of raising it; any other value is a result."""
    monkeypatch.setattr(names, "RETURNED", {Result})
    failed = Result(KeyError())
    assert names.carried(True, failed) is failed
    assert names.carried(True, KeyError()) is None
    assert isinstance(names.carried(False, KeyError()), KeyError)
