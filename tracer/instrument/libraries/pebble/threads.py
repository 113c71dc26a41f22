"""pebble's `ThreadPool`: its queue of tasks, and what its threads do with one.

caller  schedule(), map() ─ put: submitted
thread  get ─ wait_start ─ received ─ execute_next_task: run_start ─ execute: run_end ─ … delivered
"""

from __future__ import annotations

import weakref
from threading import local

from tracer.instrument.core import labels
from tracer.instrument.core.names import error_name
from tracer.instrument.core.patch import Patches, named_only, replace_known
from tracer.instrument.core.tracebacks import before, conceal
from tracer.instrument.libraries.pebble.processes import calls, entered, entering, what
from tracer.instrument.stdlib import threads
from tracer.instrument.stdlib.thread_pools import PerThread
from tracer.record import schema, session
from tracer.record.clock import clock
from tracer.record.schema import POOL_SHIFT
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def hook(patches: Patches, module: ModuleType, kind: str) -> None:
    """Put the hooks on `pebble.pool.thread` in place, for pools of this kind."""
    threads.ROLES[f"{module.__name__}.{module.worker_thread.__name__}"] = "worker"
    threads.ROLES[f"{module.__name__}.{module.pool_manager_loop.__name__}"] = "worker_handler"
    replace_known(patches, module.ThreadPool, "schedule", entering)
    replace_known(patches, module.PoolManager, "start", before(_open, kind))
    replace_known(patches, module, "execute_next_task", lambda original: _execute_next_task(module, original))
    replace_known(patches, module, "execute", _execute)


class _Local(PerThread):
    """The stamps of each thread of a pool, and what is known of the task that it has in hand."""

    def __init__(self, current: Session, pool: int) -> None:
        super().__init__(current, pool)
        self.chunk: Any = None
        self.error = ""


_doing = local()
"""What each thread has in hand: the `_Local` of its pool, or None."""


def _open(kind: str, manager: Any) -> None:
    current = session.current
    if current is not None and not named_only(manager):
        pool = current.open_pool(kind, manager.context.workers)
        _follow(current, pool, manager.context.task_queue)


def _follow(current: Session, pool: int, tasks: Any) -> None:
    """Stamp what is put on a pool's queue of tasks, and taken from it."""
    find, kind = weakref.ref(tasks), type(tasks)
    stamps, label = _Local(current, pool), labels.writer(current, pool)

    def put(task: Any, *args: Any, **kwargs: Any) -> None:
        if task is not None and session.current is current:
            function, items = what(current, task.payload)
            commit = schema.SUBMIT | pool << POOL_SHIFT
            current.record(commit, task.id, entered(), function, items)
            task.future._tracer_task = current.uid, pool, task.id
            task._tracer_pool = current, pool, stamps
            if label is not None:
                label.several(task.id, 0, calls(task.payload))
        kind.put(find(), task, *args, **kwargs)

    def get(*args: Any, **kwargs: Any) -> Any:
        wait_start = clock()
        task = kind.get(find(), *args, **kwargs)
        if task is not None:
            task._tracer_waited = wait_start, clock()
        return task

    tasks.put, tasks.get = put, get


def _execute_next_task(module: ModuleType, original: Any) -> Any:
    process_chunk = module.process_chunk

    def execute_next_task(task: Any) -> None:
        current, known = session.current, getattr(task, "_tracer_pool", None)
        if current is None or known is None or known[0] is not current:
            original(task)
            return
        _, pool, mine = known
        payload, items = task.payload, 1
        mine.chunk, mine.error = None, ""
        if payload.function is process_chunk:
            function, batch = payload.args
            mine.chunk, items = process_chunk, len(batch)
            payload.args = function, mine.stamps.items(batch)
        wait_start, received = task._tracer_waited
        _doing.stamps = mine
        mine.stamps.begin(task.id, 0, wait_start, received, received, items)
        try:
            original(task)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            _doing.stamps = None
        current.record(schema.RESULT | pool << POOL_SHIFT, task.id, 0, 0, 0, clock())

    return execute_next_task


def _execute(original: Any) -> Any:
    def execute(function: Any, *args: Any, **kwargs: Any) -> Any:
        mine = getattr(_doing, "stamps", None)
        result = original(function, *args, **kwargs)
        if mine is None:
            return result
        if result.status and not mine.error:
            mine.error = error_name(result.value)
        if mine.chunk is not None and function is not mine.chunk:
            if result.status:
                mine.stamps.item_failed()
            return result
        status = schema.ERROR if mine.error else schema.OK
        _doing.stamps = None  # what callbacks of the future run is no task
        run_end, current = mine.stamps.ended(), session.current
        number = current.name(mine.error) if mine.error and current is not None else 0
        mine.stamps.done(run_end, 0, 0, status, number)
        return result

    return execute
