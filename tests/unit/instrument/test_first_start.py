"""Who waits for the first start is called once, before it; and nothing of it stays."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import multiprocessing.pool
import multiprocessing.synchronize
import os
import subprocess
import threading
from collections.abc import Callable
from concurrent import futures
from typing import Any

import pytest

from tracer.instrument import first_start
from tracer.instrument.first_start import FirstStart

CONTEXT = multiprocessing.get_context("fork")
STARTS: dict[str, Callable[[], Any]] = {
    "lock": CONTEXT.Lock,
    "pipe": CONTEXT.Pipe,
    "queue": CONTEXT.SimpleQueue,
    "thread pool": lambda: multiprocessing.pool.ThreadPool(1).terminate(),
    "executor": lambda: futures.ThreadPoolExecutor(1).shutdown(),
    "processes": lambda: futures.ProcessPoolExecutor(1, mp_context=CONTEXT).shutdown(),
    "program": lambda: subprocess.run(["true"], check=True),
}


def owned() -> dict[str, Any]:
    """What waiting replaces."""
    return {
        "start": vars(multiprocessing.process.BaseProcess)["start"],
        "pool": vars(multiprocessing.pool.Pool)["__init__"],
        "lock": vars(multiprocessing.synchronize.SemLock)["__init__"],
        "pipe": multiprocessing.connection.Pipe,
        "program": vars(subprocess.Popen)["__init__"],
        "fork": os.fork,
    }


@pytest.fixture
def calls() -> list[dict[str, Any]]:
    """What was in place at each call."""
    return []


@pytest.mark.parametrize("start", STARTS)
def test_the_first_start_calls_once(start: str, calls: list[dict[str, Any]]) -> None:
    """When nothing is replaced any more; the start goes on, and the next one calls nobody."""
    stock = owned()
    first = FirstStart(lambda: calls.append(owned()))
    assert owned() != stock
    STARTS[start]()
    STARTS[start]()
    assert calls == [stock]
    assert owned() == stock
    first.close()


def test_without_a_start_nobody_is_called(calls: list[dict[str, Any]]) -> None:
    """A thread is no start; closing puts everything back, and may be done twice."""
    stock = owned()
    first = FirstStart(lambda: calls.append({}))
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()
    first.close()
    first.close()
    assert (calls, owned()) == ([], stock)


def test_a_start_goes_on_through_what_was_put_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook that the call puts in place sees the very start that called."""
    seen: list[str] = []

    def begin() -> None:
        monkeypatch.setattr(multiprocessing.connection, "Pipe", lambda duplex=True: seen.append("hook"))

    first = FirstStart(begin)
    CONTEXT.Pipe()
    first.close()
    assert seen == ["hook"]


def test_what_the_program_replaced_stays_and_what_it_kept_does_nothing(calls: list[dict[str, Any]]) -> None:
    """A test's mock is not taken away; an entry that it puts back afterwards is the stock one in effect."""
    stock = os.fork, multiprocessing.connection.Pipe
    first = FirstStart(lambda: calls.append({}))
    kept, mine = os.fork, object()
    pipe = multiprocessing.connection.Pipe
    os.fork = mine  # type: ignore[assignment]
    try:
        CONTEXT.Lock()
        assert os.fork is mine
        multiprocessing.connection.Pipe = pipe
        one, other = CONTEXT.Pipe()
        one.send(3)
        assert other.recv() == 3
    finally:
        os.fork, multiprocessing.connection.Pipe = stock
    assert (len(calls), kept.__wrapped__) == (1, stock[0])  # type: ignore[attr-defined]
    first.close()


def test_an_exception_has_no_frame_of_ours() -> None:
    """A start that fails fails as it does alone."""
    FirstStart(lambda: None)
    with pytest.raises(OSError, match="no/such") as raised:
        subprocess.Popen(["/no/such"])
    assert not [each for each in raised.traceback if str(each.path) == first_start.__file__]


def test_a_child_does_not_call(calls: list[dict[str, Any]]) -> None:
    """What is forked in the meantime waits for nothing: it is the parent's to be told."""
    first = FirstStart(lambda: calls.append({}))
    first._pid = -1  # as a child sees it
    CONTEXT.Lock()
    assert calls == []
    first.close()
