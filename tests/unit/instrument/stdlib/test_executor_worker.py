"""An executor's worker asks for tasks, loky's with a time limit: what it gets, and what is written."""

from __future__ import annotations

import multiprocessing
import queue
import traceback
from collections.abc import Iterator
from concurrent.futures import process
from concurrent.futures.process import _CallItem
from pathlib import Path
from typing import Any

import pytest

from tests.support.reading import read
from tracer.instrument.core.task_stamps import TaskStamps
from tracer.instrument.libraries.loky_worker import _writing
from tracer.instrument.stdlib.executor_worker import stamped_get
from tracer.record import schema
from tracer.record.session import Session

WAITED_NS = 40_000_000


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A session that is not this process's."""
    plan = {"folder": str(tmp_path), "roster": None}
    return Session(plan, {"role": "worker", "name": "w", "start_method": None})


@pytest.fixture
def calls() -> Iterator[Any]:
    """A call queue of which this process has both ends."""
    made = multiprocessing.get_context("fork").Queue()
    yield made
    made.close()
    made.join_thread()


def stamped(session: Session, calls: Any) -> Any:
    """Return what stands for the queue's `get`."""
    return stamped_get(session, multiprocessing, process, calls, TaskStamps(session, 0), None)


@pytest.mark.parametrize("timeout", [None, 20])
def test_a_task_is_taken_with_its_stamps(
    session: Session, tmp_path: Path, calls: Any, timeout: float | None
) -> None:
    """With a time limit and without: the message, the lock let go, the stamps in their order."""
    get = stamped(session, calls)
    for number in (7, 8):
        calls.put(_CallItem(number, abs, (-1,), {}))
    assert [get(True, timeout).work_id for _ in range(2)] == [7, 8]
    begins = read(tmp_path).kind(schema.BEGIN).words
    assert begins[:, [0, 1, 6]].tolist() == [[7, 0, 1], [8, 0, 1]]
    for row in begins[:, 2:6].tolist():
        assert row == sorted(row)
        assert row[0] > 0
    assert calls._rlock.acquire(block=False)
    calls._rlock.release()


def test_waits_that_time_out_and_the_next_are_one(session: Session, tmp_path: Path, calls: Any) -> None:
    """`queue.Empty` has no frame of ours; the wait goes on."""
    get = stamped(session, calls)
    for _ in range(2):
        with pytest.raises(queue.Empty) as caught:
            get(True, WAITED_NS / 2e9)
        files = [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)]
        assert not any("tracer/instrument" in name for name in files)
    calls.put(_CallItem(1, abs, (-1,), {}))
    get(True, 20)
    (row,) = read(tmp_path).kind(schema.BEGIN).words.tolist()
    assert row[4] - row[2] >= WAITED_NS


def test_a_lock_that_another_has_is_waited_for_no_longer(session: Session, calls: Any) -> None:
    """The time limit is for the lock and the message together."""
    get = stamped(session, calls)
    with calls._rlock, pytest.raises(queue.Empty):
        get(True, 0.02)


def test_a_write_that_fails_has_the_stock_frames() -> None:
    """A result that nobody can read any more: the traceback that a worker prints is that of `send_bytes`."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    write = _writing(writer, multiprocessing.connection.Connection)
    reader.close()
    with pytest.raises(BrokenPipeError) as caught:
        write(b"abc")
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names[1:] == ["send_bytes", "_send_bytes", "_send"]
    writer.close()
