"""A worker of pytest-xdist: its tests are tasks, and what lies between them is waiting.

pytest_collection_finish   ready; waits for the first test
pytest_runtest_protocol    wait_start (since the test before) ─ received ─ run_start … run_end
pytest_sessionfinish       no more tests
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tracer.instrument import install, main_process
from tracer.instrument.core.task_stamps import TaskStamps
from tracer.record import clock, schema, session
from tracer.record.session import shorten

if TYPE_CHECKING:
    from tracer.record.session import Session

_NUMBER_BITS = 20  # of the tests that one worker runs


def begin_worker(config: pytest.Config) -> None:
    """Record in this process, where the controller gave it a ticket."""
    ticket = config.workerinput.get("tracer")  # type: ignore[attr-defined]
    if ticket is None or session.current is not None:
        return
    try:
        current = session.open_child({"plan": ticket["plan"], "identity": ticket["identity"]})
        install.install()
    except Exception:  # the tests run untraced
        return
    atexit.register(main_process.at_exit, os.getpid())
    config.pluginmanager.register(Worker(current, ticket["number"], ticket["submits"]), "tracer-worker")


class Worker:
    """The plugin of a worker: its `number`, and whether it says itself when it was handed a test."""

    def __init__(self, current: Session, number: int, submits: bool) -> None:
        self._current, self._stamps = current, TaskStamps(current, 0)  # 0: the pool that it works for
        self._submits = submits
        self._run = number << _NUMBER_BITS
        self._numbers: dict[int, int] = {}
        self._wait_start = clock.clock()
        self._error = ""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Be ready."""
        self._numbers = {id(item): number for number, item in enumerate(session.items)}
        self._wait_start = clock.clock()
        self._current.record(schema.STAGE, schema.TARGET_START, self._wait_start)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Record a test as a task."""
        job, current = self._numbers.get(id(item), -1) + 1, self._current
        if not job or session.current is not current:
            yield
            return
        received, self._error = clock.clock(), ""
        if self._submits:
            current.record(schema.SUBMIT, job, received, current.name(shorten(item.nodeid)), 1)
        self._run += 1
        self._stamps.begin(job, self._run, self._wait_start, received, received, 1)
        yield
        if session.current is not current:
            return  # a child that the test forked, and that came back from it
        run_end = self._stamps.ended()
        status = schema.ERROR if self._error else schema.OK
        self._stamps.done(run_end, 0, 0, status, current.name(self._error) if self._error else 0)
        self._stamps.sent()
        self._wait_start = clock.clock()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Be done: what the worker does from now on is its way out."""
        if session.current is self._current:
            self._current.record(schema.STAGE, schema.TARGET_END, clock.clock())

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[Any]) -> Iterator[None]:
        """See what a test failed by."""
        outcome: Any = yield
        if outcome.excinfo is None and outcome.get_result().failed and call.excinfo is not None:
            self._error = self._error or call.excinfo.typename
