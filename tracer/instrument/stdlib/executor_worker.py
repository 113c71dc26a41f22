"""A `ProcessPoolExecutor`'s worker: stamps in the `get` and `put` of its two queues."""

from __future__ import annotations

from functools import partial

from tracer.instrument.core.names import label
from tracer.instrument.core.spans import record_span
from tracer.instrument.core.task_stamps import TaskStamps
from tracer.instrument.stdlib.messages import receiver
from tracer.instrument.stdlib.pool_worker import bare, note_unpicklable, stamp_failures, stamped_put
from tracer.record.clock import clock, core
from tracer.record.schema import HEADER_HELD
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def attach(current: Session, call_queue: Any, result_queue: Any, initializer: Any) -> None:
    """Make this process's worker stamp its tasks; called before `_process_worker` runs."""
    from concurrent.futures import process

    stamps = TaskStamps(current, 0)
    call_queue.get = stamped_get(current, call_queue, stamps, initializer)
    result_queue.put = stamped_put(current, result_queue, stamps, _failure)
    stamp_failures(process._ExceptionWithTraceback, stamps)


def stamped_get(current: Session, queue: Any, stamps: TaskStamps, initializer: Any) -> Any:
    """Return what stands for `call_queue.get` (`Queue`): the same, with a task's stamps."""
    from concurrent.futures.process import _process_chunk
    from multiprocessing.reduction import ForkingPickler

    lock, receive, loads = bare(queue._rlock), receiver(queue._reader), ForkingPickler.loads
    release = queue._sem.release
    stock, begin, chunk = queue.get, stamps.begin, stamps.items
    held = current.journal().header
    plain = type(queue).get
    started = (clock(), core()) if initializer is not None else None

    def get(block: bool = True, timeout: float | None = None) -> Any:
        nonlocal started
        if not block or timeout is not None or queue._closed:
            return stock(block, timeout)
        wait_start = clock()
        if started is not None:
            record_span(current, "initializer", label(initializer), *started)
            current.note_affinity()  # where a program pins its workers
            started = None
        try:
            with lock:
                lock_acquired = clock()
                payload = receive()
                release()
        except BaseException as error:
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.receiving(error, plain, queue._rlock)
            raise
        received = held[HEADER_HELD] = clock()  # unpickling may kill this process
        try:
            item = loads(payload)
        except BaseException as error:
            note_unpicklable(current, wait_start, lock_acquired, received)
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.unpickling(error, plain)
            raise
        if item is not None:
            items = 1
            if type(item.fn) is partial and item.fn.func is _process_chunk:  # a chunk of Executor.map
                items = len(item.args[0])
                item.args = (chunk(item.args[0]),)
            begin(item.work_id, 0, wait_start, lock_acquired, received, items)
        else:
            held[HEADER_HELD] = 0
        return item

    return get


def _failure(item: Any) -> BaseException | None:
    exception: BaseException | None = item.exception
    return exception
