"""The putting end of a `Queue` in one process: the call of `put`, and the feeder that pickles and writes.

    put()  submitted ─► entered, buffer ─► feeder  popleft: pickle_start ─ asks for the lock: pickle_end
                                                   has the lock: write_start ─ write ─ sent

Who put what and when goes beside the buffer, in the same order. The feeder runs the stock loop, on a buffer
and a lock that note the time.
"""

from __future__ import annotations

from collections import deque

from tracer.instrument.core.spans import record_span
from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.stdlib.channels import WORTH_NS, here, known, mark_of
from tracer.instrument.stdlib.messages import sender
from tracer.instrument.stdlib.pace import BURST, Pace
from tracer.record import session
from tracer.record.clock import clock, core
from tracer.record.journal import pack_record
from tracer.record.schema import (
    LATE,
    MARK_SHIFT,
    POOL_SHIFT,
    PUT,
    RECORD_BYTES,
    SKIPPED,
    STATUS_SHIFT,
    UNPICKLABLE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from tracer.instrument.stdlib.queue_stamps import Following

_append, _popleft = deque.append, deque.popleft
_NOBODY = 0, 0


class Buffer(deque):  # type: ignore[type-arg]
    """Stands for a queue's buffer: `entered` holds when and by which thread each item in it was put.

    `stamped(send_bytes, lock)` makes what stands for these two in the feeder.
    """

    __slots__ = ("append", "entered", "popleft", "stamped")

    entered: deque[tuple[int, int]]

    def __init__(self, following: Following) -> None:
        super().__init__()
        self.entered = deque()
        self.append = _appending(self, following)  # type: ignore[method-assign]
        self.popleft, self.stamped = _feeding(self, following)  # type: ignore[method-assign]

    def clear(self) -> None:
        """Drop all items."""
        self.entered.clear()
        super().clear()


def stamped_put(following: Following, queue: Any) -> Any:
    """Make what stands for `Queue.put`: the same where there is room; else the stock one, and a span."""
    current, acquire = following.current, queue._sem._semlock.acquire
    pace = Pace()

    def put(original: Any, queue: Any, item: Any, block: bool, timeout: float | None) -> None:
        start = 0 if pace.skip else clock()
        buffer, notempty = queue._buffer, queue._notempty
        if type(buffer) is not Buffer or queue._closed or not acquire(False):
            return wait(original, queue, item, block, timeout, start or clock())
        if start:
            pace.left -= 1
            if pace.left <= 0:
                pace.burst_ended(start)
        else:
            pace.skip -= 1  # the feeder counts them
            if pace.skip <= 0:
                pace.skip, pace.left, pace.began = 0, BURST, clock()
        try:
            me = known.found
            if me.current is not current:
                me = here(current)
        except AttributeError:
            me = here(current)
        with notempty._lock:
            buffer.entered.append((start, me.tid))  # first: the feeder takes both at any time
            _append(buffer, item)
            if notempty._waiters:
                notempty.notify()

    def wait(original: Any, queue: Any, item: Any, block: bool, timeout: float | None, start: int) -> None:
        me, start_core = here(current), core()
        me.inside += 1
        me.entered = start
        try:
            original(queue, item, block, timeout)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            me.inside -= 1
            me.entered = 0
            if clock() - start > WORTH_NS and session.current is current:
                record_span(current, "queue", "put", start, start_core, following.data)

    put.wait = wait  # type: ignore[attr-defined]
    return put


def _appending(buffer: Buffer, following: Following) -> Any:
    current, entered = following.current, buffer.entered
    add = deque.append.__get__(buffer)  # the buffer holds this: a cycle, which `Queue._reset` leaves behind

    def append(item: Any) -> None:
        if session.current is current:
            me = here(current)
            entered.append((me.entered or clock(), me.tid))
        else:  # the trace has ended
            entered.append(_NOBODY)
        add(item)

    return append


def _feeding(buffer: Buffer, following: Following) -> tuple[Any, Any]:
    """Return `popleft`, and what makes the other two; they share the stamps of the message in hand."""
    current, commit, late = following.current, PUT | following.number << POOL_SHIFT, LATE[PUT]
    take, whose = deque.popleft.__get__(buffer), buffer.entered.popleft
    submitted, tid, start, end = 0, 0, 0, 0
    skipped, counted = SKIPPED | following.number << POOL_SHIFT, Pace()
    journal: Any = None

    def popleft() -> Any:
        nonlocal submitted, tid, start
        item = take()
        if submitted and session.current is current:  # the one before could not be pickled
            unsent = commit | UNPICKLABLE << STATUS_SHIFT
            current.journal().append(unsent, submitted, start, 0, 0, 0, 0, tid)
        submitted, tid = whose()
        start = clock()
        return item

    def stamped(send_bytes: Any, lock: Any) -> tuple[Any, Any]:
        ask, writer = lock._semlock.acquire, send_bytes.__self__
        write = sender(writer, type(writer))

        def acquire() -> bool:
            nonlocal end
            end = clock()
            return bool(ask())

        def send(payload: Any) -> None:
            nonlocal journal, submitted
            if session.current is not current:
                submitted = 0
                return write(payload)
            if journal is None:
                journal = current.journal()  # of the feeder, the only thread that comes here
            if not submitted:
                counted.count(journal, skipped)
                return write(payload)
            counted.stamped()
            at = journal.at if journal.at < journal.limit else journal.grow()
            journal.at = at + RECORD_BYTES
            size = len(payload)
            what = tid | mark_of(payload, size) << MARK_SHIFT
            pack_record(journal.buffer, at, submitted, start, end, clock(), 0, size, what, commit)
            words, submitted = journal.words, 0
            try:
                write(payload)
            except BaseException as error:
                conceal(error)
                raise
            words[(at >> 3) + late] = clock()

        return send, _Lock(acquire, lock.release)

    return popleft, stamped


class _Lock:
    """Stands for a queue's writer lock in the feeder."""

    __slots__ = ("acquire", "release")

    def __init__(self, acquire: Any, release: Any) -> None:
        self.acquire, self.release = acquire, release
