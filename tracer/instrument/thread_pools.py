"""A `ThreadPool`: its two queues stamp tasks, within one process and without a pipe.

    caller ─ submitted   inqueue.get ─ wait_start ─ received ─ run_start   outqueue.put ─ run_end
    result handler       outqueue.get ─ result_received … delivered (the next get)
"""

import queue
import threading
from typing import Any

from tracer.instrument.install import named_only
from tracer.instrument.stamps import TaskStamps
from tracer.record import schema, session
from tracer.record.clock import clock
from tracer.record.session import Session


def setup_queues(original: Any) -> Any:
    """Return what stands for `ThreadPool._setup_queues`."""

    def setup(self: Any) -> None:
        original(self)
        current = session.current
        if current is None or named_only(self):
            return
        pool = current.open_pool("ThreadPool", 0)
        self._tracer_pool = (current.uid, pool)
        stamps = PerThread(current, pool)
        self._inqueue = TaskQueue(stamps)
        self._outqueue = ResultQueue(current, pool, stamps)
        self._quick_put = self._inqueue.put
        self._quick_get = self._outqueue.get

    return setup


class PerThread(threading.local):
    """The task stamps of each thread that works for a pool, made when it first asks."""

    def __init__(self, current: Session, pool: int) -> None:
        self.stamps = TaskStamps(current, pool)
        self.wait_start = 0


class TaskQueue(queue.SimpleQueue):  # type: ignore[type-arg]
    """Stands for the queue from which the threads take tasks."""

    def __init__(self, local: PerThread) -> None:
        super().__init__()
        self._local = local

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take a task; it begins when this returns."""
        if not block:  # the pool is being terminated, and this is not a worker
            return super().get(block, timeout)
        from multiprocessing.pool import mapstar, starmapstar  # type: ignore[attr-defined]

        wait_start = clock()
        task = super().get(block, timeout)
        received = clock()
        if task is not None:
            stamps = self._local.stamps
            function, items = task[2], 1
            if function is mapstar or function is starmapstar:
                job, index, _, ((inner, batch),), keywords = task
                items = len(batch)
                task = job, index, function, ((inner, stamps.items(batch)),), keywords
            stamps.begin(task[0], task[1], wait_start, received, received, items)
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
            succeeded, value = item[2]
            status, error = schema.OK, 0
            run_end = stamps.ended()
            if not succeeded:
                status = schema.ERROR
                error = self._current.name(type(getattr(value, "exc", value)).__name__)
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
