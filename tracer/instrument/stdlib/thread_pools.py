"""A `ThreadPool`: its two queues stamp tasks, within one process and without a pipe.

caller ─ submitted   inqueue.get ─ wait_start ─ received ─ run_start   outqueue.put ─ run_end
result handler       outqueue.get ─ result_received … delivered (the next get)
"""

from __future__ import annotations

import queue
import threading

from tracer.instrument.core import labels
from tracer.instrument.core.names import carried, error_name
from tracer.instrument.core.task_stamps import TaskStamps
from tracer.instrument.stdlib.pool_worker import timing
from tracer.record import schema
from tracer.record.clock import clock
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def setup_queues(current: Session, module: ModuleType, kind: str, thread_pool: Any) -> None:
    """Give a `ThreadPool` of `module`, of this kind, that is being made queues that stamp."""
    pool = current.open_pool(kind, 0)
    thread_pool._tracer_pool = (current.uid, pool)
    stamps = PerThread(current, pool)
    thread_pool._inqueue = TaskQueue(stamps, module, labels.writer(current, pool))
    thread_pool._outqueue = ResultQueue(current, pool, stamps)
    thread_pool._quick_put = thread_pool._inqueue.put
    thread_pool._quick_get = thread_pool._outqueue.get


class PerThread(threading.local):
    """The task stamps of each thread that works for a pool, made when it first asks."""

    def __init__(self, current: Session, pool: int) -> None:
        self.stamps = TaskStamps(current, pool)
        self.wait_start = 0


class TaskQueue(queue.SimpleQueue):  # type: ignore[type-arg]
    """Stands for the queue from which the threads take tasks."""

    def __init__(self, local: PerThread, module: ModuleType, label: labels.Writer | None) -> None:
        super().__init__()
        self._local, self._label = local, label
        self._timed = timing(module, lambda items: local.stamps.items(items))  # each thread's own

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put a task, or None."""
        if self._label is not None and item is not None:
            self._label(*item)
        super().put(item, block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take a task; it begins when this returns."""
        if not block:  # the pool is being terminated, and this is not a worker
            return super().get(block, timeout)
        wait_start = clock()
        task = super().get(block, timeout)
        received = clock()
        if task is not None:
            task, items = self._timed(task)
            self._local.stamps.begin(task[0], task[1], wait_start, received, received, items)
        return task


class ResultQueue(queue.SimpleQueue):  # type: ignore[type-arg]
    """Stands for the queue into which the threads put results."""

    def __init__(self, current: Session, pool: int, local: PerThread) -> None:
        super().__init__()
        self._current, self._local = current, local
        self._commit = schema.RESULT | pool << schema.POOL_SHIFT
        self._late: tuple[memoryview, int] | None = None

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put a result; its run ended when this is called."""
        if item is not None:
            stamps = self._local.stamps
            status, error = schema.OK, 0
            run_end = stamps.ended()
            cause = carried(*item[2])
            if cause is not None:
                status = schema.ERROR
                error = self._current.name(error_name(cause))
            stamps.done(run_end, 0, 0, status, error)
        super().put(item, block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take a result; the one before has been delivered when this is called."""
        if self._late is not None:
            words, index = self._late
            words[index + schema.LATE[schema.RESULT]] = clock()
            self._late = None
        item = super().get(block, timeout)
        if item is not None:
            journal = self._current.journal()
            self._late = journal.append(self._commit, item[0], item[1], clock(), 0, 0, 0)
        return item
