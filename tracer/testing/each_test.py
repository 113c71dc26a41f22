"""A trace of each test that starts something.

before a test    a collector is ready, and pytest waits for the first start (`instrument.first_start`)
first start      the trace begins
after the test   it ends; its journals move into the test's folder, to be read when all tests are over
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tracer import recording
from tracer.instrument import install, main_process
from tracer.instrument.first_start import FirstStart
from tracer.record import clock, session
from tracer.record.lifeline import Lifeline
from tracer.run_folder import prepare
from tracer.steps import lacking
from tracer.testing.folders import Folders
from tracer.testing.told import Run, Told

if TYPE_CHECKING:
    from tracer.recording import Recording


class EachTest:
    """The plugin of a session without xdist; `folder` is DIR."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._told, self._folders = folder, Told(), Folders()
        self._beside = folder / f".recording-{os.getpid()}"
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._ready: Recording | None = None  # waits for a test that starts something
        self._running: Recording | None = None
        self._failed = ""
        if session.current is not None:
            self._failed = "--tracer is left aside: this process is being traced already"
        os.register_at_fork(after_in_child=self._let_go)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Trace a test from its first start to the end of its teardown."""
        if session.current is not None or not self._prepared():
            yield
            return
        first = FirstStart(self._begin)
        yield
        if os.getpid() == self._pid:
            first.close()
            self._end(item.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Let go of what was ready for one more test."""
        ready, self._ready = self._ready, None
        if ready is not None:
            ready.abandon()
        shutil.rmtree(self._beside, ignore_errors=True)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print a line for each test that was traced."""
        self._told.tell(terminalreporter, self._failed)

    def pytest_unconfigure(self) -> None:
        """Make tables and figures, where there is no terminal to tell of them; leave no empty folder."""
        self._told.tell()
        with suppress(OSError):
            self._folder.rmdir()

    def _prepared(self) -> bool:
        """Have a collector ready; one that was not needed waits for the next test."""
        if self._ready is None and not self._failed:
            try:
                self._ready = recording.begin(self._beside, "pytest", sys.argv)
                self._life = Lifeline(self._ready.collector.life)
            except Exception as error:  # the tests run, untraced
                self._failed = lacking(error)
        return self._ready is not None

    def _let_go(self) -> None:
        """In a child made by fork: what waits here is the parent's."""
        if self._ready is not None:
            self._life.let_go()

    def _begin(self) -> None:
        with self._lock:
            run, self._ready = self._ready, None
            if run is None or session.current is not None:
                self._ready = run
                return
            self._running = run
            run.meta |= {"origin_ns": clock.clock(), "origin_unix_ns": time.time_ns()}
            try:
                main_process.begin_here(run.collector)
                install.install()
            except Exception as error:  # the test goes on untraced
                self._failed = lacking(error)

    def _end(self, test: str) -> None:
        run, self._running = self._running, None
        if run is None:
            return
        try:
            main_process.end()
            run.meta["command"] = f"pytest {test}"
            run.end()
            folder = self._folder / self._folders.name(test)
            prepare(folder, run.meta["command"], force=False)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.rename(run.journals, folder / run.journals.name)
            self._told.runs.append(Run(test, folder))
        except Exception as error:
            self._failed = lacking(error)
