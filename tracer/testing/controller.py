"""The controller of pytest-xdist: one trace of the session, in which each of its workers works for one pool.

    controller                                     worker (`worker.py`)
    begin the trace, open the pool
    pytest_configure_node ── ticket ─────────────► workerinput: open the session, put the hooks in place
    send_runtest_some ─ submitted ───────────────► pytest_runtest_protocol ─ run_start … run_end

A test is a task, numbered as collected. Tried with pytest-xdist 3.8; of its own names this stands
on `send_runtest_some` and `send_runtest_all`, without which a worker says itself when it was handed a test.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tracer import recording
from tracer.instrument import main_process
from tracer.record import clock, schema, session
from tracer.record.kinds import PYTEST
from tracer.record.session import shorten
from tracer.steps import lacking
from tracer.testing.told import Run, Told

if TYPE_CHECKING:
    from tracer.recording import Recording

SENDING = ("send_runtest_some", "send_runtest_all")


class Controller:
    """The plugin of xdist's controller; the trace's folder is DIR/session."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._told, self._failed = folder / "session", Told(), ""
        self._run: Recording | None = None
        self._births: dict[Any, int] = {}  # by gateway
        self._pool = self._since = 0
        self._tests: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Begin the trace before the first worker is started."""
        if session.current is not None:
            self._failed = "--tracer is left aside: this process is being traced already"
            return
        try:
            self._run = recording.begin(self._folder, "pytest", sys.argv)
            self._pool = main_process.begin_here(self._run.collector).open_pool(PYTEST, 0)
        except Exception as error:  # the tests run, untraced
            self._failed = lacking(error)
        self._since = clock.clock()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give a worker that has just been started what it needs to record."""
        since, self._since = self._since, clock.clock()
        if self._pool and getattr(node.gateway.spec, "popen", True):  # elsewhere it would find no folder
            with suppress(Exception):
                self._hand_ticket(node, since)

    def _hand_ticket(self, node: Any, since: int) -> None:
        current = session.current
        if current is None:
            return
        child = {"name": node.gateway.id, "role": "worker", "start_method": "spawn"}
        ticket = current.ticket_for(child, (current.uid, self._pool))
        birth = self._births[node.gateway] = ticket["identity"]["birth"][1]
        current.child_event(birth, schema.START_CALLED, at=since)
        current.child_event(birth, schema.FORKED, getattr(_program(node.gateway), "pid", 0), at=self._since)
        sends = [name for name in SENDING if hasattr(node, name)]
        for name in sends:
            setattr(node, name, self._sending(getattr(node, name)))
        node.workerinput["tracer"] = {**ticket, "number": birth, "submits": len(sends) < len(SENDING)}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """Know the tests by their numbers, which are the same in all workers."""
        self._tests = list(ids)

    def _sending(self, send: Callable[..., Any]) -> Callable[..., Any]:
        def sending(indices: Iterable[int] | None = None, *rest: Any, **more: Any) -> Any:
            numbers = range(len(self._tests)) if indices is None else list(indices)
            with suppress(Exception):
                self._submit(numbers)
            return send(*(() if indices is None else (numbers,)), *rest, **more)

        return sending

    def _submit(self, numbers: Iterable[int]) -> None:
        current = session.current
        if current is None:
            return
        commit, now = schema.SUBMIT | self._pool << schema.POOL_SHIFT, clock.clock()
        for number in numbers:
            if 0 <= number < len(self._tests):
                current.record(commit, number + 1, now, current.name(shorten(self._tests[number])), 1)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """See a worker that died, before another takes its place; one that is done lives on for now."""
        self._reap(node.gateway)
        self._since = clock.clock()

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_sessionfinish(self) -> Iterator[None]:
        """End the trace when xdist has ended its workers."""
        yield
        for gateway in list(self._births):
            self._reap(gateway)
        run, self._run = self._run, None
        if run is not None:
            try:
                main_process.end()
                run.end()
            except Exception as error:
                self._failed = lacking(error)
            self._told.runs.append(Run("session", self._folder))

    def _reap(self, gateway: Any) -> None:
        current, program = session.current, _program(gateway)
        code = None if program is None else program.poll()
        if current is not None and code is not None and gateway in self._births:
            current.child_event(self._births.pop(gateway), schema.REAPED, code)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print a line for the session."""
        self._told.tell(terminalreporter, self._failed)

    def pytest_unconfigure(self) -> None:
        """Make tables and figures, where there is no terminal to tell of them."""
        self._told.tell()


def _program(gateway: Any) -> Any:
    """Return the `Popen` of a worker, None where execnet has it elsewhere by now."""
    return getattr(getattr(gateway, "_io", None), "popen", None)
