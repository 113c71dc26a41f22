"""Hooks on `billiard.pool` in the process that owns the pool."""

from __future__ import annotations

import weakref
from itertools import chain
from threading import local

from tracer.instrument.core import labels
from tracer.instrument.core.names import function_name
from tracer.instrument.core.patch import Patches, named_only, replace_known
from tracer.instrument.core.tracebacks import after, conceal
from tracer.instrument.libraries.connections import stamp_receiving, stamp_sending
from tracer.instrument.stdlib import pools, processes, threads
from tracer.record import schema, session
from tracer.record.clock import clock
from tracer.record.schema import POOL_SHIFT, STATUS_SHIFT
from tracer.record.session import Session, shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType
    from typing import Any


WORKER = f"{__name__.rpartition('.')[0]}.worker"
_ROLES = {
    "TaskHandler": "task_handler",
    "ResultHandler": "result_handler",
    "Supervisor": "worker_handler",
    "TimeoutHandler": "worker_handler",
}
CELERY = "celery.app.trace"
"""Where the functions are that a celery worker has its pool run, each with the task's name first."""


class _Thread(local):
    """What a thread is doing: `call`, a call of the program's that hands over tasks; or it `delivers`."""

    call: _Call | None = None
    delivers = False


class _Call:
    """A call that hands over a job of a pool: `job` is its number, once it has one."""

    def __init__(self, stamps: Stamps, function: int) -> None:
        self.stamps, self.function = stamps, function
        self.submitted, self.job = clock(), -1


_thread = _Thread()


class Stamps:
    """The recording of one pool in its owner. `came` is when the last message arrived, 0 if unknown."""

    __slots__ = ("came", "commit", "current", "label", "pool")

    def __init__(self, current: Session, pool: int) -> None:
        self.current, self.pool = current, pool
        self.commit, self.label = pool << POOL_SHIFT, labels.writer(current, pool)
        self.came = 0

    def sent(self, noted: tuple[int, int, int], message: Any, sent: int) -> None:
        """A message was written to the workers: a task, or that there are no more."""
        if message is not None and session.current is self.current:
            (job, index, *call), (start, end, size) = message[1], noted
            if self.label is not None:
                self.label(job, index or 0, *call[:3])
            self.current.record(schema.DISPATCH | self.commit, job, index or 0, start, end, sent, size)

    def unpicklable(self, message: Any, start: int, _error: BaseException) -> None:
        """A task could not be pickled."""
        job, index, *_ = message[1]
        commit = schema.DISPATCH | self.commit | schema.UNPICKLABLE << STATUS_SHIFT
        self.current.record(commit, job, index or 0, start)

    def arrived(self, came: int) -> None:
        """A message is there."""
        self.came = came


def hook(patches: Patches, module: ModuleType, kind: str) -> None:
    """Put the hooks on `billiard.pool` in place, for pools of this kind."""
    threads.ROLES.update({f"{module.__name__}.{name}": role for name, role in _ROLES.items()})
    processes.TARGETS[module.__name__, module.Worker.__name__] = "worker", WORKER
    processes.GIVEN[WORKER] = lambda process: (process._target.inq, process._target.outq, process._target)
    pools.hook_labels(module)
    pool, threaded = module.Pool, module.ThreadPool
    for owner, name, make in (
        (pool, "__init__", after(_follow_tasks)),
        (pool, "WorkerProcess", lambda original: _worker_process(kind, threaded, original)),
        (pool, "_setup_queues", after(_follow_queues, kind)),
        (pool, "apply_async", _calling),
        (pool, "_map_async", _calling),
        (pool, "imap", _calling),
        (pool, "imap_unordered", _calling),
        (module.ApplyResult, "__init__", _numbered),
        (module.IMapIterator, "__init__", _numbered),
        (module.ApplyResult, "_set", _set),
        (module.ResultHandler, "_make_methods", after(_follow_results, module)),
    ):
        replace_known(patches, owner, name, make)


def stamps_of(pool: Any) -> Stamps | None:
    """Return the recording of a traced pool of this process, else None."""
    stamps: Stamps | None = getattr(pool, "_tracer_stamps", None)
    return stamps if stamps is not None and stamps.current is session.current else None


def _open(kind: str, pool: Any) -> Stamps | None:
    current = session.current
    if current is not None and stamps_of(pool) is None and not named_only(pool):
        pool._tracer_stamps = Stamps(current, current.open_pool(kind, 0))
    return stamps_of(pool)


def _follow_queues(kind: str, pool: Any) -> None:
    """Stamp what goes through the queues of a pool, which have just been made."""
    stamps = _open(kind, pool)
    if stamps is not None:
        writer, reader = pool._inqueue._writer, pool._outqueue._reader
        # Not on the connections: each worker is given what they call `send` and `recv`.
        pool._quick_put = stamp_sending(writer, pickled=_noted, failed=stamps.unpicklable, sent=stamps.sent)
        pool._quick_get = stamp_receiving(
            reader, received=stamps.arrived, unpickled=_nothing, unreadable=_nothing
        )


def _worker_process(kind: str, threaded: Any, original: Any) -> Any:
    def make_worker(self: Any, worker: Any) -> Any:
        stamps = None if isinstance(self, threaded) else _open(kind, self)
        if stamps is not None:
            worker.inq._tracer_pool = stamps.current.uid, stamps.pool
        try:
            return original(self, worker)
        except BaseException as error:
            conceal(error)
            raise

    return make_worker


def _follow_tasks(pool: Any) -> None:
    """Note the end of each job that is put on the queue of a pool, which has just been made."""
    if stamps_of(pool) is not None:
        pool._taskqueue.put = _stamped_put(pool._taskqueue)


def _stamped_put(tasks: Any) -> Any:
    """Make what stands for `put` of the queue on which the task handler finds its work."""
    find, stock = weakref.ref(tasks), type(tasks).put

    def put(work: Any, *args: Any, **kwargs: Any) -> None:
        call = _thread.call
        if work is not None and call is not None and call.job >= 0 and not isinstance(work[0], list):
            work = chain(work[0], _exhausted(call.stamps, call.job)), *work[1:]
        stock(find(), work, *args, **kwargs)

    return put


def _exhausted(stamps: Stamps, job: int) -> Iterator[Any]:
    """Note, in the task handler, that a job has no more tasks: of an empty iterable there are none at all."""
    stamps.current.record(schema.EXHAUSTED | stamps.commit, job, clock())
    yield from ()


def _calling(original: Any) -> Any:
    """Note the instant and the function for the result that the call makes, which has the job's number."""

    def submit(self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
        stamps, before = stamps_of(self), _thread.call
        if stamps is not None:
            _thread.call = _Call(stamps, _function(stamps.current, func, args))
        try:
            return original(self, func, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            _thread.call = before

    return submit


def _function(current: Session, function: Any, args: Any) -> int:
    """Return the number of the name of what is called: of a celery task its own."""
    if getattr(function, "__module__", "") == CELERY and args and args[0]:
        return current.name(shorten(args[0][0]))
    return function_name(current, function)


def _numbered(original: Any) -> Any:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            original(self, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        call = _thread.call
        if call is not None and call.job < 0:
            call.job, stamps = self._job, call.stamps
            self._tracer_stamps = stamps
            stamps.current.record(schema.SUBMIT | stamps.commit, call.job, call.submitted, call.function)

    return init


def _set(original: Any) -> Any:
    def set_result(self: Any, index: Any, result: Any) -> None:
        stamps = stamps_of(self)
        if stamps is not None and not _thread.delivers and not result[0]:  # the pool answers for the worker
            commit = schema.RESULT | stamps.commit | schema.ERROR << STATUS_SHIFT
            name = stamps.current.name(getattr(result[1].type, "__name__", "?"))
            stamps.current.record(commit, self._job, 0, 0, 0, 0, name)
        try:
            original(self, index, result)
        except BaseException as error:
            conceal(error)
            raise

    return set_result


def _follow_results(module: ModuleType, handler: Any) -> None:
    handlers = handler.state_handlers
    handlers[module.READY] = _on_ready(handlers[module.READY], handler.cache)


def _on_ready(stock: Any, cache: Any) -> Any:
    def on_ready(job: Any, index: Any, *args: Any) -> None:
        stamps, now = stamps_of(cache.get(job)), clock()
        place: tuple[memoryview, int] | None = None
        if stamps is not None:
            came, stamps.came = stamps.came or now, 0
            commit = schema.RESULT | stamps.commit
            place = stamps.current.journal().append(commit, job, index or 0, came, now, 0)
        _thread.delivers = True
        try:
            stock(job, index, *args)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            _thread.delivers = False
        if place is not None:
            words, at = place
            words[at + schema.LATE[schema.RESULT]] = clock()

    return on_ready


def _noted(_message: Any, start: int, end: int, size: int) -> tuple[int, int, int]:
    return start, end, size


def _nothing(*_: Any) -> None:
    pass
