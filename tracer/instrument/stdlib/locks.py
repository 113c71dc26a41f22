"""Hooks on `multiprocessing.synchronize`: how long a thread waited for a lock, an event, the others.

A lock that is free is taken at once, as the stock method does, and costs no clock.
"""

from __future__ import annotations

from functools import partial

from tracer.instrument.core.patch import Patches
from tracer.instrument.core.spans import record_span
from tracer.instrument.core.tracebacks import after, conceal
from tracer.instrument.stdlib.channels import WORTH_NS, here, is_inside, is_wanted
from tracer.record import session
from tracer.record.clock import clock, core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_WAITS = {"Condition": "condition", "Event": "event", "Barrier": "barrier"}
"""The classes with a `wait` of their own, and the categories of its spans."""
_TIMES = bool, int, float, type(None)  # what may stand last among the arguments of `acquire`


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hooks on `multiprocessing.synchronize`, or a copy of it, in place."""
    patches.replace(module.SemLock, "__enter__", _enter)
    patches.replace(module.SemLock, "_make_methods", after(_bind_acquire))
    for name, category in _WAITS.items():
        if hasattr(module, name):
            patches.replace(getattr(module, name), "wait", partial(_wait, category))


def _enter(original: Any) -> Any:
    def enter(self: Any) -> Any:
        if session.current is not None and self._semlock.acquire(False):
            return True
        try:
            return _timed("lock", type(self).__name__, original, self)
        except BaseException as error:
            conceal(error)
            raise

    return enter


def _bind_acquire(lock: Any) -> None:
    """Stand in for `acquire`, which is bound to each lock as it is made."""
    if session.current is not None:
        lock.acquire = _acquire(lock.acquire, type(lock).__name__)


def _acquire(stock: Any, name: str) -> Any:
    def acquire(*args: Any, **kwargs: Any) -> Any:
        # With a time to wait, as queues ask for it, a free lock is taken at once, too.
        waits = not args or (args[0] is True and type(args[-1]) in _TIMES and len(args) < 3)
        if waits and not kwargs and stock(False):
            return True
        try:
            return _timed("lock", name, stock, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise

    return acquire


def _wait(category: str, original: Any) -> Any:
    def wait(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return _timed(category, type(self).__name__, original, self, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise

    return wait


def _timed(category: str, name: str, call: Any, *args: Any, **kwargs: Any) -> Any:
    """Make a call that may wait; a span, if it did, unless it is part of one that has its own."""
    current = session.current
    if current is None or is_inside() or not is_wanted(current, category):
        return call(*args, **kwargs)
    me, start, start_core = here(current), clock(), core()
    me.inside += 1
    try:
        return call(*args, **kwargs)
    finally:
        me.inside -= 1
        if clock() - start > WORTH_NS and session.current is current:
            record_span(current, category, name, start, start_core)
