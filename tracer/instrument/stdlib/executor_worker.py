"""A `ProcessPoolExecutor`'s worker: stamps in the `get` and `put` of its two queues."""

from __future__ import annotations

from functools import partial

from tracer.instrument.core.items import BATCHES
from tracer.instrument.core.patch import stock as stock_method
from tracer.instrument.core.task_stamps import TaskStamps
from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.stdlib.messages import receiver, waiter
from tracer.instrument.stdlib.pool_worker import (
    bare,
    begin_initializer,
    note_initialized,
    note_unpicklable,
    note_unreceived,
    stamp_failures,
    stamped_put,
)
from tracer.record.clock import clock
from tracer.record.schema import HEADER_HELD
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from tracer.instrument.core.items import Timed


def attach(
    current: Session,
    package: ModuleType,
    module: ModuleType,
    call_queue: Any,
    result_queue: Any,
    initializer: Any,
) -> None:
    """Make this process's worker stamp its tasks; called before `_process_worker` runs.

    `package` is `multiprocessing`, `module` `concurrent.futures.process`, or either a copy.
    """
    stamps = TaskStamps(current, 0)
    call_queue._tracer_claimed = result_queue._tracer_claimed = True
    call_queue.get = stamped_get(current, package, module, call_queue, stamps, initializer)
    result_queue.put = stamped_put(current, package, result_queue, stamps, failure)
    stamp_failures(module._ExceptionWithTraceback, stamps)


def stamped_get(
    current: Session,
    package: ModuleType,
    module: ModuleType,
    queue: Any,
    stamps: TaskStamps,
    initializer: Any,
) -> Any:
    """Make what stands for `call_queue.get` (`Queue`): the same, with a task's stamps.

    A get that times out and the next are one time of waiting.
    """
    timed = timing(module, stamps.items)
    lock, receive = bare(queue._rlock), receiver(queue._reader, package.connection.Connection)
    loads, empty = package.reduction.ForkingPickler.loads, package.queues.Empty
    release, is_readable = queue._sem.release, waiter(queue._reader, package.connection.Connection)
    stock, begin = queue.get, stamps.begin
    held = current.journal().header
    plain = stock_method(type(queue).get)
    started = begin_initializer(current) if initializer is not None else None
    waiting = 0

    def get(block: bool = True, timeout: float | None = None) -> Any:
        nonlocal started, waiting
        if not block or queue._closed:
            return stock(block, timeout)
        wait_start = waiting or clock()
        if started is not None:
            note_initialized(current, initializer, *started)
            started = None
        try:
            if timeout is None:
                with lock:
                    lock_acquired = clock()
                    payload = receive()
                    release()
            else:
                asked = clock()
                if not lock.acquire(True, timeout):
                    raise empty
                try:
                    lock_acquired = clock()
                    if not is_readable(timeout - (lock_acquired - asked) / 1e9):
                        raise empty
                    payload = receive()
                    release()
                finally:
                    lock.release()
        except empty as error:
            waiting = wait_start
            conceal(error)
            raise
        except BaseException as error:
            note_unreceived(error, plain, queue)
            raise
        waiting = 0
        received = held[HEADER_HELD] = clock()  # unpickling may kill this process
        try:
            item = loads(payload)
        except BaseException as error:
            note_unpicklable(error, plain, current, wait_start, lock_acquired, received)
            raise
        if item is not None:
            begin(item.work_id, 0, wait_start, lock_acquired, received, timed(item))
        else:
            held[HEADER_HELD] = 0
        return item

    return get


def timing(module: ModuleType, chunk: Timed) -> Callable[[Any], int]:
    """Make what counts the items of an executor's task (`_CallItem`), and sees to it that they are timed."""
    process_chunk = module._process_chunk

    def timed(item: Any) -> int:
        function = item.fn
        if type(function) is partial and function.func is process_chunk:  # a chunk of Executor.map
            items = len(item.args[0])
            item.args = (chunk(item.args[0]),)
            return items
        batched = BATCHES.get(type(function))
        if batched is None:
            return 1
        item.fn, items = batched(function, chunk)
        return items

    return timed


def failure(item: Any) -> BaseException | None:
    """Return the exception that a result carries, or None."""
    exception: BaseException | None = item.exception
    return exception
