"""Hooks on the workers of an `InterpreterPoolExecutor` (3.14): threads with an interpreter of their own each.

    thread   start ─ create ─ initializer ─ get, run, get, run … ─ close ─ end

Tasks are those of `thread_executors`. In the interpreters themselves nothing of ours runs: what passing
arguments and results from one to the other takes (objects that they cannot share are pickled) is in the run.
"""

from __future__ import annotations

from tracer.instrument.core.names import label
from tracer.instrument.core.patch import Patches
from tracer.instrument.core.spans import record_span
from tracer.instrument.core.tracebacks import conceal
from tracer.record import session
from tracer.record.clock import clock, core
from tracer.record.kinds import INTERPRETER
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hooks on `concurrent.futures.interpreter` in place."""
    patches.replace(module.WorkerContext, "initialize", _initialize)
    patches.replace(module.WorkerContext, "finalize", _finalize)


class _Stretch:
    """What a worker's thread does from now on, until it is recorded."""

    def __init__(self, current: Session | None) -> None:
        self._current, self._start, self._core = current, clock(), core()

    def record(self, category: str, name: str) -> None:
        """Record it, if the trace that it began in goes on; what follows begins now."""
        if self._current is not None and session.current is self._current:
            record_span(self._current, category, name, self._start, self._core)
        self._start, self._core = clock(), core()


def _initialize(original: Any) -> Any:
    def initialize(self: Any) -> None:
        stretch, initializer = _Stretch(session.current), self.initdata
        if initializer:  # `initialize` calls `run` with it once the interpreter is there
            run = self.run

            def run_initializer(task: Any) -> Any:
                del self.run
                stretch.record(INTERPRETER, "create")
                try:
                    return run(task)
                except BaseException as error:
                    conceal(error)
                    raise

            self.run = run_initializer
        try:
            original(self)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            if initializer and vars(self).pop("run", None) is None:
                stretch.record("initializer", label(initializer[0]))
            else:
                stretch.record(INTERPRETER, "create")

    return initialize


def _finalize(original: Any) -> Any:
    def finalize(self: Any) -> None:
        stretch, closes = _Stretch(session.current), self.interp is not None
        try:
            original(self)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            if closes:
                stretch.record(INTERPRETER, "close")

    return finalize
