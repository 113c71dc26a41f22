"""A worker's two queues, stamped from within their own `get` and `put`, whatever those are.

    get ─ wait_start ─ [lock ─ lock_acquired] ─ [_recv_bytes ─ received] ─ unpickled ─► begin
    put ─ run_end ─ result_pickled ─ [lock] ─ [_send_bytes or send_bytes ─► done ─ write ─ result_sent]

For queues that a library has made its own. Their methods stay, with what they do and their frames in a
traceback: only what they call at the bottom (in brackets) has a stand-in, on these objects alone.
"""

from __future__ import annotations

import weakref

from tracer.instrument.core.names import error_name
from tracer.instrument.core.patch import unhooked
from tracer.instrument.core.tracebacks import conceal
from tracer.record import schema
from tracer.record.clock import clock
from tracer.record.schema import HEADER_HELD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tracer.instrument.core.task_stamps import TaskStamps
    from tracer.record.session import Session

    Taken = Callable[[Any], tuple[Any, int, int, int]]
    """Takes a message; gives it, maybe with timed items, and its job, index and number of items."""


class StampedLock:
    """Stands for a queue's lock: `at` tells when it was last acquired, or else asked for.

    Waiting for it is part of a task's phases, not a span of its own.
    """

    # The lock's own methods stand in slots of these names: `with` calls them without a frame of ours.
    __slots__ = ("__enter__", "__exit__", "acquire", "at", "release")

    def __init__(self, lock: Any, asked: bool = False) -> None:
        self.at = 0
        take = lock._semlock.acquire

        def acquire(block: bool = True, timeout: float | None = None) -> Any:
            got = take(block, timeout)
            self.at = clock()
            return got

        def ask(block: bool = True, timeout: float | None = None) -> Any:
            self.at = clock()
            return take(block, timeout)

        self.acquire = self.__enter__ = ask if asked else acquire
        self.release, self.__exit__ = lock._semlock.release, lock._semlock.__exit__


class Receiver:
    """When a message last came to this end of a pipe: `received`, 0 where none has since that was set."""

    __slots__ = ("__weakref__", "received")

    def __init__(self, connection: Any, header: Any = None) -> None:
        """Stamp what `connection` receives; `header` is that of a worker's journal, which notes it too."""
        self.received = 0
        find, receive = weakref.ref(connection), type(connection)._recv_bytes

        def recv_bytes(*args: Any) -> Any:
            message = receive(find(), *args)
            self.received = clock()
            if header is not None:
                header[HEADER_HELD] = self.received  # unpickling may kill this process
            return message

        connection._recv_bytes = recv_bytes


def stamped_get(
    current: Session, queue: Any, stamps: TaskStamps, taken: Taken, began: Callable[[], None]
) -> Any:
    """Make what stands for `queue.get`. A get that times out and the next are one time of waiting.

    `began` is called before the first one waits. A queue whose `get` is bound to its lock beforehand
    (`_make_methods`) has it made anew.
    """
    begin, header = stamps.begin, current.journal().header
    receiver = Receiver(queue._reader, header)
    lock = queue._rlock = StampedLock(queue._rlock)
    if hasattr(queue, "_make_methods"):
        queue._make_methods()
    for name in vars(queue).keys() & {"_poll", "_recv_bytes"}:
        setattr(queue, name, unhooked(getattr(queue, name)))
    stock = unhooked(queue.get)
    waiting, first = 0, True

    def get(*args: Any, **kwargs: Any) -> Any:
        nonlocal waiting, first
        wait_start = waiting or clock()
        if first:
            first = False
            began()
        receiver.received = 0
        try:
            message = stock(*args, **kwargs)
        except BaseException as error:
            waiting = 0 if receiver.received else wait_start
            if receiver.received:  # arguments that cannot be unpickled: nobody can tell which task's
                commit = schema.BEGIN | schema.UNPICKLABLE << schema.STATUS_SHIFT
                current.record(commit, -1, -1, wait_start, lock.at, receiver.received)
            conceal(error)
            raise
        waiting = 0
        if message is None:
            header[HEADER_HELD] = 0
            return None
        message, job, index, items = taken(message)
        begin(job, index, wait_start, lock.at, receiver.received, items)
        return message

    return get


def stamped_put(
    current: Session,
    queue: Any,
    stamps: TaskStamps,
    failure: Callable[[Any], Any],
    *,
    kind: type = object,
    write: Callable[[Any], None] | None = None,
) -> Any:
    """Make what stands for `queue.put`. `failure(message)` is the exception that a result carries, or None.

    Results are of this `kind` (object: all messages are). `write` is given for a queue that pickles before it
    asks for the lock, and writes by `send_bytes`: it does that. The other kind's lock is held while its
    result is being pickled.
    """
    ended, done, sent, stock = stamps.ended, stamps.done, stamps.sent, unhooked(queue.put)
    transmit = write or _send_bytes_of(queue._writer)
    lock = StampedLock(queue._wlock, asked=True) if write is not None and queue._wlock is not None else None
    if lock is not None:
        queue._wlock = lock
    result: tuple[int, int, int] | None = None  # that is being put: when its run ended, status, error
    unpicklable = 0  # when the run ended whose result could not be pickled; the next put reports that

    def send_bytes(payload: Any) -> None:
        nonlocal result
        if result is None:
            transmit(payload)
            return
        run_end, status, error = result
        result = None
        done(run_end, clock() if lock is None else lock.at, len(payload), status, error)
        transmit(payload)
        sent()

    def put(message: Any) -> None:
        nonlocal result, unpicklable
        try:
            if type(message) is kind or kind is object:
                run_end, status, error = unpicklable or ended(), schema.OK, 0
                cause = failure(message)
                if cause is not None:
                    error = current.name(error_name(cause))
                    status = schema.UNPICKLABLE if unpicklable else schema.ERROR
                unpicklable = 0
                result = run_end, status, error
            stock(message)
        except BaseException as raised:
            if result is not None and isinstance(raised, Exception):  # else it was interrupted
                unpicklable = result[0]
            result = None
            conceal(raised)
            raise

    if write is None:
        queue._writer._send_bytes = send_bytes
    else:
        queue._writer.send_bytes = send_bytes
    return put


def _send_bytes_of(connection: Any) -> Callable[[Any], None]:
    """Return the stock `_send_bytes` of a connection, which it does not keep alive."""
    find, stock = weakref.ref(connection), type(connection)._send_bytes
    return lambda payload: stock(find(), payload)
