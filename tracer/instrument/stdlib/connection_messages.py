"""What stands for the methods of a `Connection` by which a message comes and goes."""

from __future__ import annotations

from functools import partial

from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.stdlib import messages
from tracer.instrument.stdlib.channels import here, mark_of
from tracer.instrument.stdlib.connection_ends import Following, following_of
from tracer.record import schema
from tracer.record.clock import clock, core
from tracer.record.journal import pack_record
from tracer.record.schema import (
    CORE_SHIFT,
    MARK_SHIFT,
    POOL_SHIFT,
    PUT,
    RECORD_BYTES,
    SKIPPED,
    STATUS_SHIFT,
    TAKE,
    UNPICKLABLE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_LATE = schema.LATE[PUT]


def send_object(package: ModuleType, original: Any) -> Any:
    """`send`, where one message goes into a pipe in the usual way; anything else is left to the stock one."""
    stock, dumps = send_with(original), package.reduction.ForkingPickler.dumps

    def send(self: Any, obj: Any) -> None:
        following = following_of(self) if "_tracer_pipe" in self.__dict__ else None
        if (
            following is None
            or not following.is_plain
            or following.outgoing.skip
            or not (self._writable and self._handle)
        ):
            try:
                return stock(self, obj)  # type: ignore[no-any-return]
            except BaseException as error:
                conceal(error)
                raise
        me, kind, start = here(following.current), type(self), clock()
        try:
            payload = dumps(obj)
        except BaseException as error:
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.pickling(error, dumps, partial(original, self))
            raise
        made, size = clock(), len(payload)
        what = me.tid | mark_of(payload, size) << MARK_SHIFT
        journal = me.journal
        at = journal.at if journal.at < journal.limit else journal.grow()
        journal.at = at + RECORD_BYTES
        commit = PUT | following.number << POOL_SHIFT
        pack_record(journal.buffer, at, start, start, made, made, 0, size, what, commit)
        words = journal.words
        try:
            messages.write(self, kind, payload, size)
        except BaseException as error:
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.sending_to(error, original, kind, size)
            raise
        words[(at >> 3) + _LATE] = clock()
        pace = following.outgoing
        pace.left -= 1
        if pace.left <= 0:
            pace.burst_ended(start)

    return send


def recv_object(package: ModuleType, original: Any) -> Any:
    """`recv`, where one message comes out of a pipe in the usual way."""
    stock, loads = recv_with(original), package.reduction.ForkingPickler.loads

    def recv(self: Any) -> Any:
        following = following_of(self) if "_tracer_pipe" in self.__dict__ else None
        if (
            following is None
            or not following.is_plain
            or following.incoming.skip
            or not (self._readable and self._handle)
        ):
            try:
                return stock(self)
            except BaseException as error:
                conceal(error)
                raise
        me, number = here(following.current), following.number
        mine = me.takers.get(number) or me.taker(number)
        waiting = mine.wait(clock())
        payload = None
        try:
            payload = following.receive()
        except EOFError:
            mine.waiting = 0
        except BaseException as error:
            mine.waiting = 0
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.receiving_from(error, original, type(self))
            raise
        if payload is None:  # let the stock method come to the end of the pipe, too
            try:
                return original(self)
            except BaseException as error:
                conceal(error)
                raise
        received, size = clock(), len(payload)
        mark, commit = mark_of(payload, size), TAKE | number << POOL_SHIFT
        try:
            item = loads(payload)
        except BaseException as error:
            mine.waiting = 0
            stamps = waiting, received, received, 0, 0, size, mark
            me.journal.append(commit | UNPICKLABLE << STATUS_SHIFT, *stamps)
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.unpickling(error, original)
            raise
        journal = me.journal
        at = journal.at if journal.at < journal.limit else journal.grow()
        journal.at = at + RECORD_BYTES
        commit += core() << CORE_SHIFT
        pack_record(journal.buffer, at, waiting, received, received, clock(), 0, size, mark, commit)
        mine.take(journal.words, at)
        pace = following.incoming
        pace.left -= 1
        if pace.left <= 0:
            pace.burst_ended(waiting)
        return item

    return recv


def send_with(original: Any) -> Any:
    def send(self: Any, *args: Any, **kwargs: Any) -> None:
        following = following_of(self) if "_tracer_pipe" in self.__dict__ else None
        me = None
        if following is not None and not following.outgoing.skip:
            me = here(following.current)
            me.entered = clock()
        try:
            original(self, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            if me is not None:
                me.entered = 0

    return send


def recv_with(original: Any) -> Any:
    def recv(self: Any, *args: Any, **kwargs: Any) -> Any:
        following = following_of(self) if "_tracer_pipe" in self.__dict__ else None
        try:
            if following is None:
                return original(self, *args, **kwargs)
            return _recv_stamped(following, original, self, args, kwargs)
        except BaseException as error:
            conceal(error)
            raise

    return recv


def _recv_stamped(following: Following, original: Any, connection: Any, args: Any, kwargs: Any) -> Any:
    me, number, pace = here(following.current), following.number, following.incoming
    mine = me.takers.get(number) or me.taker(number)
    if pace.skip:
        if mine.late:
            mine.wait(clock())
        item = original(connection, *args, **kwargs)
        mine.waiting = 0
        pace.count(me.journal, SKIPPED | number << POOL_SHIFT | 1 << STATUS_SHIFT)
        return item
    waiting = mine.wait(clock())
    commit = TAKE | number << POOL_SHIFT
    me.size = -1
    try:
        item = original(connection, *args, **kwargs)
    except BaseException as error:
        conceal(error)
        mine.waiting = 0
        if me.size >= 0:
            stamps = waiting, me.received, me.received, 0, 0, me.size, me.mark
            me.journal.append(commit | UNPICKLABLE << STATUS_SHIFT, *stamps)
        raise
    if me.size >= 0:
        got, journal = me.received, me.journal
        at = journal.at if journal.at < journal.limit else journal.grow()
        journal.at = at + RECORD_BYTES
        word = commit + (core() << CORE_SHIFT)
        pack_record(journal.buffer, at, waiting, got, got, clock(), 0, me.size, me.mark, word)
        mine.take(journal.words, at)
        pace.left -= 1
        if pace.left <= 0:
            pace.burst_ended(waiting)
    return item
