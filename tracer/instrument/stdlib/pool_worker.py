"""A `Pool`'s worker: stamps in the `get` and `put` of its two queues.

worker()  ─ get() ─ wait_start ─ lock_acquired ─ received ─ unpickled ─► begin, function entered
          ─ put() ─ run_end ─ result_pickled ─► done ─ write ─ result_sent
"""

from __future__ import annotations

from functools import partial

from tracer.instrument.core.items import BATCHES
from tracer.instrument.core.names import carried, error_name, label
from tracer.instrument.core.patch import stock as stock_method
from tracer.instrument.core.spans import record_span
from tracer.instrument.core.task_stamps import TaskStamps
from tracer.instrument.stdlib.messages import receiver, sender
from tracer.record import schema
from tracer.record.clock import clock, core
from tracer.record.kinds import RERAISES
from tracer.record.schema import HEADER_HELD
from tracer.record.session import Session, get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from tracer.instrument.core.items import Timed


def attach(
    current: Session, package: ModuleType, module: ModuleType, inqueue: Any, outqueue: Any, initializer: Any
) -> None:
    """Make this process's worker stamp its tasks; called before `worker` runs.

    `package` is `multiprocessing` or a copy of it, `module` its `pool`.
    """
    stamps = TaskStamps(current, 0)
    inqueue._tracer_claimed = outqueue._tracer_claimed = True
    inqueue.get = stamped_get(current, package, module, inqueue, stamps, initializer)
    outqueue.put = stamped_put(current, package, outqueue, stamps, failure)
    stamp_failures(module.ExceptionWithTraceback, stamps)


def stamp_failures(kind: Any, stamps: TaskStamps) -> None:
    """Take the end of a run that raised before its traceback is formatted, which may take milliseconds.

    `kind` is the class in which this worker's pool wraps exceptions; in a worker's thread, nothing else makes
    one.
    """
    original, worker = kind.__init__, get_ident()

    def init(self: Any, *args: Any) -> None:
        if get_ident() == worker:  # else of a pool of threads that a task has
            stamps.raised()
        original(self, *args)

    kind.__init__ = init


def stamped_get(
    current: Session,
    package: ModuleType,
    module: ModuleType,
    queue: Any,
    stamps: TaskStamps,
    initializer: Any,
) -> Any:
    """Make what stands for `queue.get` (`SimpleQueue`): the same, with a task's stamps."""
    timed = timing(module, stamps.items)
    lock, receive = bare(queue._rlock), receiver(queue._reader, package.connection.Connection)
    loads = package.reduction.ForkingPickler.loads
    begin, held = stamps.begin, current.journal().header
    started = begin_initializer(current) if initializer is not None else None
    stock = stock_method(type(queue).get)

    def get() -> Any:
        nonlocal started
        wait_start = clock()
        if started is not None:
            note_initialized(current, initializer, *started)
            started = None
        try:
            with lock:
                lock_acquired = clock()
                payload = receive()
        except BaseException as error:
            note_unreceived(error, stock, queue)
            raise
        received = held[HEADER_HELD] = clock()  # unpickling may kill this process
        try:
            task = loads(payload)
        except BaseException as error:
            note_unpicklable(error, stock, current, wait_start, lock_acquired, received)
            raise
        if task is not None:
            task, items = timed(task)
            begin(task[0], task[1], wait_start, lock_acquired, received, items)
        else:
            held[HEADER_HELD] = 0
        return task

    return get


def timing(module: ModuleType, chunk: Timed) -> Callable[[Any], tuple[Any, int]]:
    """Make what counts the items of a pool's task, and returns one in their place whose items are timed."""
    mapstar, starmapstar = module.mapstar, module.starmapstar
    reraises = getattr(module, RERAISES, None)

    def timed(task: Any) -> tuple[Any, int]:
        function = task[2]
        if function is mapstar or function is starmapstar:
            job, index, _, ((inner, batch),), keywords = task
            return (job, index, function, ((inner, chunk(batch)),), keywords), len(batch)
        batched = BATCHES.get(type(function))
        if batched is None:
            return task, 1 if function is not reraises else schema.NO_ITEM
        function, items = batched(function, chunk)
        return (*task[:2], function, *task[3:]), items

    return timed


def begin_initializer(current: Session) -> tuple[int, int]:
    """Note that a worker begins its initializer now; return the instant and the core."""
    current.initializing = True
    return clock(), core()


def note_initialized(current: Session, initializer: Any, start: int, start_core: int) -> None:
    """Record, when a worker first waits for a task, that its initializer has run since `start`."""
    current.initializing = False
    record_span(current, "initializer", label(initializer), start, start_core)
    current.note_affinity()  # where a program pins its workers


def initialization(current: Session, initializer: Any) -> Callable[[], None]:
    """Return what a worker, which begins its initializer now, calls when it first waits for a task."""
    if initializer is None:
        return lambda: None
    return partial(note_initialized, current, initializer, *begin_initializer(current))


def note_unreceived(error: BaseException, stock: Any, queue: Any) -> None:
    """Give what was raised while a worker waited or read the traceback of `stock`, the queue's own `get`."""
    from tracer.instrument.stdlib import stock_tracebacks

    stock_tracebacks.receiving(error, stock, queue)


def note_unpicklable(
    error: BaseException, stock: Any, current: Session, wait_start: int, lock_acquired: int, received: int
) -> None:
    """Record that a worker received arguments that it cannot unpickle: nobody can tell which task's.

    The `error` gets the traceback of `stock`, the queue's own `get`.
    """
    from tracer.instrument.stdlib import stock_tracebacks

    commit = schema.BEGIN | schema.UNPICKLABLE << schema.STATUS_SHIFT
    current.record(commit, -1, -1, wait_start, lock_acquired, received)
    stock_tracebacks.unpickling(error, stock)


def stamped_put(
    current: Session,
    package: ModuleType,
    queue: Any,
    stamps: TaskStamps,
    failure: Callable[[Any], BaseException | None],
) -> Any:
    """Make what stands for the result queue's `put` (`SimpleQueue`): the same, with a result's stamps.

    `failure(message)` returns the exception that a result carries, or None. A message that is a plain number
    (the PID of an executor's worker that leaves) is no result.
    """
    lock, send = bare(queue._wlock), sender(queue._writer, package.connection.Connection)
    dumps = package.reduction.ForkingPickler.dumps
    ended, done, sent, stock = stamps.ended, stamps.done, stamps.sent, queue.put
    unpicklable = 0  # when the run ended whose result could not be pickled; the next put reports that

    def put(message: Any) -> None:
        nonlocal unpicklable
        if type(message) is int:
            stock(message)
            return
        run_end = unpicklable or ended()
        try:
            payload = dumps(message)
        except BaseException as raised:
            unpicklable = run_end
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.pickling(raised, dumps, stock)
            raise
        result_pickled = clock()
        status, error = schema.OK, 0
        cause = failure(message)
        if cause is not None:
            error = current.name(error_name(cause))
            status = schema.UNPICKLABLE if unpicklable else schema.ERROR
            unpicklable = 0
        done(run_end, result_pickled, len(payload), status, error)
        try:
            if lock is None:
                send(payload)
            else:
                with lock:
                    send(payload)
        except BaseException as raised:
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.sending(raised, stock_method(type(queue).put), queue, payload)
            raise
        sent()

    return put


def bare(lock: Any) -> Any:
    """Return the semaphore below a lock: waiting for it is part of a task's phases, not a span of its own."""
    return lock and lock._semlock


def failure(message: Any) -> BaseException | None:
    """Return the exception that a result carries, or None."""
    _job, _index, (succeeded, value) = message
    found: BaseException | None = carried(succeeded, value)
    return found
