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
from tracer.record import schema, session
from tracer.record.clock import clock, core
from tracer.record.schema import CORE_SHIFT, MARK_SHIFT, POOL_SHIFT, PUT, STATUS_SHIFT, TAKE, UNPICKLABLE
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

    __slots__ = ("current", "number")

    def __init__(self, current: Session, number: int) -> None:
        self.current, self.number = current, number


def _following(connection: Any) -> _Following | None:
    known, current = connection.__dict__, session.current
    if current is None or "_tracer_pipe" not in known:
        return None
    found: _Following | None = known.get("_tracer_following")
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
    if number:
        # What hangs on a connection must not keep it alive.
        find, kind = weakref.ref(connection), type(connection)
        connection._send_bytes = _writing(current, number, find, kind._send_bytes)
        connection._recv_bytes = _reading(current, find, kind._recv_bytes)
    return _Following(current, number or 0)


def _writing(current: Session, number: int, find: Any, stock: Any) -> Any:
    """Make what stands for `_send_bytes`, where a message is made and goes into the pipe."""
    commit = PUT | number << POOL_SHIFT

    def send_bytes(payload: Any) -> None:
        if session.current is not current:
            return stock(find(), payload)  # type: ignore[no-any-return]
        me, made, size = here(current), clock(), len(payload)
        start, what = me.entered or made, me.tid | mark_of(payload) << MARK_SHIFT
        words, at = me.journal.append(commit, start, start, made, made, 0, size, what)
        try:
            stock(find(), payload)
        except BaseException as error:
            conceal(error)
            raise
        words[at + _LATE] = clock()

    return send_bytes


def _reading(current: Session, find: Any, stock: Any) -> Any:
    """Make what stands for `_recv_bytes`, where a message comes out of the pipe."""

    def recv_bytes(*limit: Any) -> Any:
        try:
            payload = stock(find(), *limit)
        except BaseException as error:
            conceal(error)
            raise
        if payload is not None and session.current is current:
            me, now = here(current), clock()
            with payload.getbuffer() as view:
                me.received, me.size, me.mark = now, len(view), mark_of(view)
        return payload

    return recv_bytes


def _send(original: Any) -> Any:
    def send(self: Any, *args: Any, **kwargs: Any) -> None:
        following = _following(self)
        me = None if following is None else here(following.current)
        if me is not None:
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
        if following is None:
            try:
                return original(self, *args, **kwargs)
            except BaseException as error:
                conceal(error)
                raise
        me, number = here(following.current), following.number
        mine = me.taker(number)
        waiting = mine.wait(clock())
        commit = TAKE | number << POOL_SHIFT
        me.size = -1
        try:
            item = original(self, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            mine.waiting = 0
            if me.size >= 0:
                stamps = waiting, me.received, me.received, 0, 0, me.size, me.mark
                me.journal.append(commit | UNPICKLABLE << STATUS_SHIFT, *stamps)
            raise
        if me.size >= 0:
            stamps = waiting, me.received, me.received, clock(), 0, me.size, me.mark
            words, at = me.journal.append(commit | core() << CORE_SHIFT, *stamps)
            mine.take(words, at << 3)
        return item

    return recv


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
