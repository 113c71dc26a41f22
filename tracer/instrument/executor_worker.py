"""A `ProcessPoolExecutor`'s worker: stamps in the `get` and `put` of its two queues."""

from __future__ import annotations

from tracer.instrument.labels import label
from tracer.instrument.pool_worker import note_unpicklable
from tracer.instrument.spans import record_span
from tracer.instrument.stamps import TaskStamps
from tracer.record import schema
from tracer.record.clock import clock, core
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def attach(current: Session, call_queue: Any, result_queue: Any, initializer: Any) -> None:
    """Make this process's worker stamp its tasks; called before `_process_worker` runs."""
    stamps = TaskStamps(current, 0)
    call_queue.get = stamped_get(current, call_queue, stamps, initializer)
    result_queue.put = stamped_put(current, result_queue, stamps)


def stamped_get(current: Session, queue: Any, stamps: TaskStamps, initializer: Any) -> Any:
    """Return what stands for `call_queue.get` (`Queue`): the same, with a task's stamps."""
    from concurrent.futures.process import _process_chunk
    from multiprocessing.reduction import ForkingPickler

    lock, receive, release, loads = (
        queue._rlock._semlock,
        queue._recv_bytes,
        queue._sem.release,
        ForkingPickler.loads,
    )
    stock, begin, chunk = queue.get, stamps.begin, stamps.items
    started = (clock(), core()) if initializer is not None else None

    def get(block: bool = True, timeout: float | None = None) -> Any:
        nonlocal started
        if not block or timeout is not None or queue._closed:
            return stock(block, timeout)
        wait_start = clock()
        if started is not None:
            record_span(current, "initializer", label(initializer), *started)
            started = None
        with lock:
            lock_acquired = clock()
            payload = receive()
            release()
        received = clock()
        try:
            item = loads(payload)
        except BaseException:
            note_unpicklable(current, wait_start, lock_acquired, received)
            raise
        if item is not None:
            items = 1
            if getattr(item.fn, "func", None) is _process_chunk:  # a chunk of Executor.map
                items = len(item.args[0])
                item.args = (chunk(item.args[0]),)
            begin(item.work_id, 0, wait_start, lock_acquired, received, items)
        return item

    return get


def stamped_put(current: Session, queue: Any, stamps: TaskStamps) -> Any:
    """Return what stands for `result_queue.put` (`SimpleQueue`): the same, with a result's stamps."""
    from multiprocessing.reduction import ForkingPickler

    lock, send, dumps, stock = (
        queue._wlock and queue._wlock._semlock,
        queue._writer.send_bytes,
        ForkingPickler.dumps,
        queue.put,
    )
    ended, done, sent = stamps.ended, stamps.done, stamps.sent
    unpicklable = 0

    def put(item: Any) -> None:
        nonlocal unpicklable
        if getattr(item, "work_id", None) is None:
            stock(item)  # the PID of a worker that leaves
            return
        run_end = unpicklable or ended()
        try:
            payload = dumps(item)
        except BaseException:
            unpicklable = run_end
            raise
        result_pickled = clock()
        status, error = schema.OK, 0
        if item.exception is not None:
            cause = getattr(item.exception, "exc", item.exception)  # _ExceptionWithTraceback
            error = current.name(type(cause).__name__)
            status = schema.UNPICKLABLE if unpicklable else schema.ERROR
        unpicklable = 0
        done(run_end, result_pickled, len(payload), status, error)
        if lock is None:
            send(payload)
        else:
            with lock:
                send(payload)
        sent()

    return put
