"""Hooks on `multiprocessing.connection`: what goes over the program's own pipes (`Pipe`), at both ends.

    send   submitted ─ pickled ─ write ─ sent        recv   wait_start ─ received ─ unpickled: run_start
                                                            the next recv ─ run_end

An end of a pipe that goes both ways writes into the one and reads from the other of two channels. Pipes of
queues, pools and managers, and what listeners and clients connect, are left alone.
"""

from __future__ import annotations

import sys
import weakref
from functools import partial

from tracer.instrument.core.patch import Patches, package_of
from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.stdlib import channels
from tracer.instrument.stdlib.channels import WORTH_NS, here, mark_of
from tracer.instrument.stdlib.pace import PIPE_FAST_NS, Pace
from tracer.record import schema, session
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
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

CATEGORY = "pipe"
_LATE = schema.LATE[PUT]
_OTHERS = ("concurrent.futures.", "multiprocessing.")
"""Pipes that the standard library makes for itself; the program's own come through a context."""


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hooks on `multiprocessing.connection`, or a copy of it, in place."""
    package = package_of(module).__name__
    base = module._ConnectionBase
    patches.replace(module, "Pipe", partial(_pipe, package))
    patches.replace(module, "rebuild_connection", _rebuild)
    for method in ("send", "send_bytes"):
        patches.replace(base, method, _send)
    for method in ("recv", "recv_bytes", "recv_bytes_into"):
        patches.replace(base, method, _recv)
    patches.replace(base, "poll", _poll)


def _is_the_programs(package: str, frame: Any) -> bool:
    """Tell whether a call of `Pipe` is the program's: straight, or through a context of the package."""
    if frame.f_globals.get("__name__") == f"{package}.context":
        frame = frame.f_back
    return not str(frame and frame.f_globals.get("__name__")).startswith((*_OTHERS, f"{package}."))


def _pipe(package: str, original: Any) -> Any:
    def pipe(duplex: bool = True) -> Any:
        try:
            ends = original(duplex)
        except BaseException as error:
            conceal(error)
            raise
        current = session.current
        if current is not None and _is_the_programs(package, sys._getframe(1)):
            for end in ends:
                end._tracer_pipe = True
            if duplex:
                first, second = (channels.identity_of(end.fileno()) for end in ends)
                current.record(schema.PIPE, first, second)
        return ends

    return pipe


def _rebuild(original: Any) -> Any:
    def rebuild_connection(*args: Any, **kwargs: Any) -> Any:
        connection = original(*args, **kwargs)
        if session.current is not None:
            connection._tracer_pipe = True
        return connection

    return rebuild_connection


class _Following:
    """A connection as this process follows it; `number` is 0 where it does not."""

    __slots__ = ("current", "incoming", "number", "outgoing")

    def __init__(self, current: Session, number: int) -> None:
        self.current, self.number = current, number
        self.incoming, self.outgoing = Pace(PIPE_FAST_NS), Pace(PIPE_FAST_NS)


def _following(connection: Any) -> _Following | None:
    mine, current = connection.__dict__, session.current
    if current is None or "_tracer_pipe" not in mine:
        return None
    found: _Following | None = mine.get("_tracer_following")
    if found is None or found.current is not current:
        try:
            found = connection._tracer_following = _follow(current, connection)
        except OSError:
            return None  # closed: the stock method says so
    return found if found.number else None


def _follow(current: Session, connection: Any) -> _Following:
    """Decide about a connection that this process uses for the first time. Raises OSError."""
    number = None
    if channels.is_wanted(current, CATEGORY) and not channels.is_claimed(connection):
        identity = channels.identity_of(connection.fileno())
        number = channels.number_of(current, identity, type(connection).__name__)
    made = _Following(current, number or 0)
    if number:
        # What hangs on a connection must not keep it alive.
        find, kind = weakref.ref(connection), type(connection)
        connection._send_bytes = _writing(made, find, kind._send_bytes)
        connection._recv_bytes = _reading(made, find, kind._recv_bytes)
    return made


def _writing(following: _Following, find: Any, stock: Any) -> Any:
    """Make what stands for `_send_bytes`, where a message is made and goes into the pipe."""
    current, pace = following.current, following.outgoing
    commit, skipped = PUT | following.number << POOL_SHIFT, SKIPPED | following.number << POOL_SHIFT

    def send_bytes(payload: Any) -> None:
        if session.current is not current:
            return stock(find(), payload)  # type: ignore[no-any-return]
        me = here(current)
        if pace.skip:
            pace.count(me.journal, skipped)
            return stock(find(), payload)  # type: ignore[no-any-return]
        made, size = clock(), len(payload)
        start, what = me.entered or made, me.tid | mark_of(payload) << MARK_SHIFT
        journal = me.journal
        at = journal.at if journal.at < journal.limit else journal.grow()
        journal.at = at + RECORD_BYTES
        pack_record(journal.buffer, at, start, start, made, made, 0, size, what, commit)
        words = journal.words
        try:
            stock(find(), payload)
        except BaseException as error:
            conceal(error)
            raise
        words[(at >> 3) + _LATE] = clock()
        pace.left -= 1
        if pace.left <= 0:
            pace.burst_ended(start)

    return send_bytes


def _reading(following: _Following, find: Any, stock: Any) -> Any:
    """Make what stands for `_recv_bytes`, where a message comes out of the pipe."""
    current, pace = following.current, following.incoming

    def recv_bytes(*limit: Any) -> Any:
        try:
            payload = stock(find(), *limit)
        except BaseException as error:
            conceal(error)
            raise
        if not pace.skip and payload is not None and session.current is current:
            me, now = here(current), clock()
            with payload.getbuffer() as view:
                me.received, me.size, me.mark = now, len(view), mark_of(view)
        return payload

    return recv_bytes


def _send(original: Any) -> Any:
    def send(self: Any, *args: Any, **kwargs: Any) -> None:
        following = _following(self)
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


def _recv(original: Any) -> Any:
    def recv(self: Any, *args: Any, **kwargs: Any) -> Any:
        following = _following(self)
        try:
            if following is None:
                return original(self, *args, **kwargs)
            return _recv_stamped(following, original, self, args, kwargs)
        except BaseException as error:
            conceal(error)
            raise

    return recv


def _recv_stamped(following: _Following, original: Any, connection: Any, args: Any, kwargs: Any) -> Any:
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


def _poll(original: Any) -> Any:
    def poll(self: Any, timeout: float | None = 0.0) -> bool:
        following = _following(self)
        start = clock()
        try:
            result = bool(original(self, timeout))
        except BaseException as error:
            conceal(error)
            raise
        if following is not None and (not result or clock() - start > WORTH_NS):
            mine = here(following.current).taker(following.number)
            mine.wait(start)
        return result

    return poll
