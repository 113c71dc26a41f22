"""Hooks on `multiprocessing`'s locks and semaphores: how long a thread waited for one."""

from __future__ import annotations

from tracer.instrument.core.patch import Patches
from tracer.instrument.core.spans import record_span
from tracer.instrument.core.tracebacks import conceal
from tracer.record import session
from tracer.record.clock import clock, core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

WORTH_NS = 20_000
"""A wait that was shorter is not worth a record."""


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hook on `multiprocessing.synchronize` in place: `with lock:` of every kind comes through it."""
    patches.replace(module.SemLock, "__enter__", _enter)


def _enter(original: Any) -> Any:
    def enter(self: Any) -> Any:
        current = session.current
        start = clock()
        try:
            result = original(self)
        except BaseException as error:
            conceal(error)
            raise
        if current is not None and clock() - start > WORTH_NS and session.current is current:
            record_span(current, "lock", type(self).__name__, start, core())
        return result

    return enter
