"""The stamps of one queue in one process: closures that stand for its `get` and `put`, and its buffer.

What is done here by hand is the common case, on what was bound beforehand (`messages`), so that a message
costs about what it costs untraced; a `get` that does not wait for ever is the stock one.
"""

from __future__ import annotations

from functools import partial

from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.stdlib.channels import Here, Taker, here, known, mark_of
from tracer.instrument.stdlib.messages import receiver, sender
from tracer.instrument.stdlib.pace import Pace
from tracer.record import session
from tracer.record.clock import clock, core
from tracer.record.journal import pack_record, to_json
from tracer.record.schema import (
    CORE_SHIFT,
    LATE,
    MARK_SHIFT,
    POOL_SHIFT,
    PUT,
    RECORD_BYTES,
    SKIPPED,
    STATUS_SHIFT,
    TAKE,
    UNPICKLABLE,
)
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


class Following:
    """A queue as this process follows it: its `number`, 0 where it does not.

    `take(original, queue, block, timeout)` and `put(original, queue, item)` stand for its methods; `original`
    is the stock one, in whose name exceptions are raised.
    """

    __slots__ = ("current", "data", "number", "put", "take")

    take: Any
    put: Any

    def __init__(self, current: Session, number: int) -> None:
        self.current, self.number = current, number
        self.data = to_json({"queue": number}) if number else ""


def stamped_take(following: Following, package: ModuleType, queue: Any, empty: Any) -> Any:
    """Make what stands for `queue.get`; `empty` is the exception of a `get` that found nothing in time."""
    current, number = following.current, following.number
    lock, receive = queue._rlock._semlock, receiver(queue._reader, package.connection.Connection)
    loads = package.reduction.ForkingPickler.loads
    counted = getattr(queue, "_sem", None)
    release = counted.release if counted is not None else None
    commit = TAKE | number << POOL_SHIFT
    skipped = SKIPPED | number << POOL_SHIFT | 1 << STATUS_SHIFT
    failed, late = commit | UNPICKLABLE << STATUS_SHIFT, LATE[TAKE]

    def take(original: Any, queue: Any, block: bool, timeout: float | None) -> Any:
        try:
            me = known.found
            if me.current is not current:
                me = here(current)
        except AttributeError:
            me = here(current)
        mine = me.takers.get(number) or me.taker(number)
        pace = mine.pace
        if pace.skip:
            return skim(me, mine, original, queue, block, timeout)
        now = clock()
        waiting = mine.waiting
        if not waiting:  # as `Taker.wait` does
            waiting = mine.waiting = now
            if mine.late:
                mine.words[mine.late] = now
                mine.late = 0
        if not block or timeout is not None or (release is not None and queue._closed):
            return poll(me, original, queue, block, timeout)
        try:
            with lock:
                acquired = clock()
                payload = receive()
            if release is not None:
                release()
        except BaseException as error:
            mine.waiting = 0
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.receiving(error, original, queue)
            raise
        received = clock()
        size = len(payload)
        mark = mark_of(payload, size)
        try:
            item = loads(payload)
        except BaseException as error:
            me.journal.append(failed, waiting, acquired, received, 0, 0, size, mark)
            mine.waiting = 0
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.unpickling(error, original)
            raise
        journal = me.journal
        at = journal.at if journal.at < journal.limit else journal.grow()
        journal.at = at + RECORD_BYTES
        word = commit + (core() << CORE_SHIFT)
        pack_record(journal.buffer, at, waiting, acquired, received, clock(), 0, size, mark, word)
        mine.words, mine.late, mine.waiting = journal.words, (at >> 3) + late, 0
        pace.left -= 1
        if not pace.left:
            pace.burst_ended(now)
        return item

    def skim(me: Here, mine: Taker, original: Any, queue: Any, block: bool, timeout: float | None) -> Any:
        if mine.late:
            mine.wait(clock())
        item = original(queue) if release is None else original(queue, block, timeout)
        mine.waiting = 0
        mine.pace.count(me.journal, skipped)
        return item

    def poll(me: Here, original: Any, queue: Any, block: bool, timeout: float | None) -> Any:
        if getattr(queue._recv_bytes, "__func__", None) is not None:  # the stock one
            queue._recv_bytes = _noted(current, queue._recv_bytes)
        mine = me.taker(number)
        me.size = -1
        me.inside += 1
        try:
            item = original(queue, block, timeout)
        except BaseException as error:
            conceal(error)
            if me.size >= 0:
                me.journal.append(failed, mine.waiting, me.acquired, me.received, 0, 0, me.size, me.mark)
            if type(error) is not empty:  # else the wait goes on
                mine.waiting = 0
            raise
        finally:
            me.inside -= 1
        stamps = mine.waiting, me.acquired, me.received, clock(), 0, me.size, me.mark
        words, index = me.journal.append(commit | core() << CORE_SHIFT, *stamps)
        mine.take(words, index << 3)
        return item

    return take


def _noted(current: Session, stock: Any) -> Any:
    """Make what stands for the reader's `recv_bytes` in the stock `get`, where it has the reader's lock."""

    def recv_bytes(*arguments: Any) -> Any:
        if session.current is not current:
            return stock(*arguments)
        me = here(current)
        me.acquired = clock()
        try:
            payload = stock(*arguments)
        except BaseException as error:
            conceal(error)
            raise
        me.received, me.size = clock(), len(payload)
        me.mark = mark_of(payload, me.size)
        return payload

    return recv_bytes


def stamped_put(following: Following, package: ModuleType, queue: Any) -> Any:
    """Make what stands for `SimpleQueue.put`."""
    current, number = following.current, following.number
    lock, send = queue._wlock and queue._wlock._semlock, sender(queue._writer, package.connection.Connection)
    dumps = package.reduction.ForkingPickler.dumps
    commit, late = PUT | number << POOL_SHIFT, LATE[PUT]
    skipped, pace = SKIPPED | number << POOL_SHIFT, Pace()

    def put(original: Any, queue: Any, item: Any) -> None:
        me = here(current)
        if pace.skip:
            original(queue, item)
            pace.count(me.journal, skipped)
            return
        submitted = clock()
        try:
            payload = dumps(item)
        except BaseException as error:
            me.journal.append(commit | UNPICKLABLE << STATUS_SHIFT, submitted, submitted, 0, 0, 0, 0, me.tid)
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.pickling(error, dumps, partial(original, queue))
            raise
        pickled, size = clock(), len(payload)
        what = me.tid | mark_of(payload, size) << MARK_SHIFT
        try:
            with lock:
                journal = me.journal
                at = journal.at if journal.at < journal.limit else journal.grow()
                journal.at = at + RECORD_BYTES
                pack_record(journal.buffer, at, submitted, submitted, pickled, clock(), 0, size, what, commit)
                words = journal.words
                send(payload)
        except BaseException as error:
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.sending(error, original, queue, payload)
            raise
        words[(at >> 3) + late] = clock()
        pace.left -= 1
        if pace.left <= 0:
            pace.burst_ended(submitted)

    return put
