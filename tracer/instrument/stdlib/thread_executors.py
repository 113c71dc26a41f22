"""Hooks on `ThreadPoolExecutor`: its work queue and its work items.

caller  submit ─ submitted
thread  queue.get ─ wait_start ─ received ─ run: run_start ─ set_result: run_end … delivered
"""

from __future__ import annotations

import queue
import sys
from functools import partial

from tracer.instrument.core import labels
from tracer.instrument.core.earlier_pools import note_earlier
from tracer.instrument.core.names import function_name
from tracer.instrument.core.patch import Patches
from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.stdlib import futures, threads
from tracer.instrument.stdlib.coroutines import note_submitter
from tracer.instrument.stdlib.thread_pools import PerThread
from tracer.record import schema, session
from tracer.record.clock import clock
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def hook(patches: Patches, module: ModuleType, kind: str, interpreters: str) -> None:
    """Put the hooks on `concurrent.futures.thread` in place.

    `kind` is that of its executors, `interpreters` that of those whose threads have an interpreter each.
    """

    def kind_of(executor: Any) -> str:
        home = sys.modules.get(f"{module.__name__.rpartition('.')[0]}.interpreter")  # new in 3.14
        return interpreters if home and isinstance(executor, home.InterpreterPoolExecutor) else kind

    threads.ROLES[f"{module.__name__}._worker"] = "worker"
    patches.replace(module.ThreadPoolExecutor, "__init__", futures.opening(kind_of, _follow))
    patches.replace(module.ThreadPoolExecutor, "submit", partial(_submit, kind_of))
    patches.replace(module._WorkItem, "run", _run)
    futures.hook_results(patches, module._base.Future)


def _follow(current: Session, pool: int, executor: Any) -> None:
    executor._work_queue = WorkQueue(current, pool)


def _submit(kind_of: Any, original: Any) -> Any:
    def submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        current = session.current
        followed_by: Any = getattr(self._work_queue, "current", None)
        calls: list[Any] = []
        if current is not None and followed_by is current:
            calls = current.submitting()
        else:
            note_earlier(kind_of(self), self)
        calls.append((clock(), fn, args, kwargs))
        try:
            return original(self, fn, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            calls.pop()

    return submit


class WorkQueue(queue.SimpleQueue):  # type: ignore[type-arg]
    """Stands for an executor's queue of work items: numbers what is put, stamps how long a thread waits."""

    def __init__(self, current: Session, pool: int) -> None:
        super().__init__()
        self.current, self.pool = current, pool
        self.local, self._label = PerThread(current, pool), labels.writer(current, pool)
        self._jobs = iter(range(1 << 62))

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put a work item (recorded as submitted) or None."""
        if item is not None and (calls := self.current.submitting()):
            submitted, function, args, kwargs = calls[-1]
            job = next(self._jobs)
            if self._label is not None:
                self._label(job, 0, function, args, kwargs)
            name = function_name(self.current, function)
            self.current.record(schema.SUBMIT | self.pool << schema.POOL_SHIFT, job, submitted, name, 1, 1)
            note_submitter(self.current, self.pool, job)
            item._tracer_task = (self, job)
            item.future._tracer_task = (self.current.uid, self.pool, job)
        super().put(item, block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take a work item. A thread that found the queue empty just before has waited since then."""
        local = self.local
        local.wait_start = local.wait_start or clock()
        item = super().get(block, timeout)  # queue.Empty passes through, the wait goes on
        if item is not None and hasattr(item, "_tracer_task"):
            item._tracer_waited = (local.wait_start, clock())
        local.wait_start = 0
        return item

    def get_nowait(self) -> Any:
        """Take a work item if there is one."""
        return self.get(block=False)


def _run(original: Any) -> Any:
    def run(self: Any, *args: Any) -> Any:
        task = getattr(self, "_tracer_task", None)
        current = session.current
        if task is None or current is not task[0].current or self.future.cancelled():
            try:
                return original(self, *args)
            except BaseException as error:
                conceal(error)
                raise
        queue_, job = task
        self._tracer_task = None
        wait_start, received = getattr(self, "_tracer_waited", None) or (clock(), clock())
        stamps = queue_.local.stamps

        def ended(error: BaseException | None) -> None:
            run_end = stamps.ended()
            status = schema.OK if error is None else schema.ERROR
            number = 0 if error is None else current.name(type(error).__name__)
            stamps.done(run_end, 0, 0, status, number)

        self.future._tracer_run = ended
        stamps.begin(job, 0, wait_start, received, received, 0)
        try:
            original(self, *args)
        except BaseException as error:
            conceal(error)
            raise
        commit = schema.RESULT | queue_.pool << schema.POOL_SHIFT
        current.record(commit, job, 0, 0, 0, clock())

    return run
