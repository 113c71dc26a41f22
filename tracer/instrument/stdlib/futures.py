"""Hooks that both executors share: on `__init__`, on cancellation, and of threads on the end of a run."""

from __future__ import annotations

from tracer.instrument.core.earlier_pools import note_made
from tracer.instrument.core.patch import Patches, named_only
from tracer.instrument.core.tracebacks import after, conceal
from tracer.record import schema, session
from tracer.record.clock import clock
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hook on `concurrent.futures.Future` in place."""
    hook_cancel(patches, module.Future)


def hook_cancel(patches: Patches, future: Any) -> None:
    """Put the hook on a class of futures in place, whose `_tracer_task` is the task that one stands for."""
    patches.replace(future, "cancel", _cancel)


def hook_results(patches: Patches, future: Any) -> None:
    """Put the hooks on the class `Future` in place that only executors of threads need."""
    patches.replace(future, "set_result", _set_result)
    patches.replace(future, "set_exception", _set_exception)


def opening(
    kind_of: Callable[[Any], str],
    follow: Callable[[Session, int, Any], object],
    can_follow: Callable[[Any], bool] = lambda _: True,
) -> Callable[[Any], Any]:
    """Return what makes the hook on an executor's `__init__`: `follow` stamps the tasks of its pool.

    `kind_of(executor)` is the kind of that pool; an executor that `can_follow` says no to is left alone.
    """

    def open_pool(executor: Any) -> None:
        note_made(executor, getattr(executor, "_result_queue", executor))
        current = session.current
        if current is not None and not named_only(executor) and can_follow(executor):
            follow(current, current.open_pool(kind_of(executor), executor._max_workers), executor)

    return after(open_pool)


def _set_result(original: Any) -> Any:
    def set_result(self: Any, result: Any) -> None:
        run = getattr(self, "_tracer_run", None)
        if run is not None:
            self._tracer_run = None
            run(None)
        try:
            original(self, result)
        except BaseException as error:
            conceal(error)
            raise

    return set_result


def _set_exception(original: Any) -> Any:
    def set_exception(self: Any, exception: Any) -> None:
        run = getattr(self, "_tracer_run", None)
        if run is not None:
            self._tracer_run = None
            run(exception)
        try:
            original(self, exception)
        except BaseException as error:
            conceal(error)
            raise

    return set_exception


def _cancel(original: Any) -> Any:
    def cancel(self: Any) -> bool:
        try:
            cancelled = bool(original(self))
        except BaseException as error:
            conceal(error)
            raise
        current = session.current
        task = getattr(self, "_tracer_task", None) if cancelled else None
        if task is not None and current is not None and task[0] == current.uid:
            self._tracer_task = None
            current.record(schema.CANCEL | task[1] << schema.POOL_SHIFT, task[2], clock())
        return cancelled

    return cancel
