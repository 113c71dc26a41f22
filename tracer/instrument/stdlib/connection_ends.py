"""A connection as one process follows it, and the stamps below its stock methods."""

from __future__ import annotations

import weakref

from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.stdlib import channels, messages
from tracer.instrument.stdlib.channels import here, mark_of
from tracer.instrument.stdlib.pace import PIPE_FAST_NS, Pace
from tracer.record import schema, session
from tracer.record.clock import clock
from tracer.record.journal import pack_record
from tracer.record.schema import (
    MARK_SHIFT,
    POOL_SHIFT,
    PUT,
    RECORD_BYTES,
    SKIPPED,
)
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CATEGORY = "pipe"
_LATE = schema.LATE[PUT]


class Following:
    """A connection as this process follows it; `number` is 0 where it does not."""

    __slots__ = ("current", "incoming", "is_plain", "number", "outgoing", "receive")

    receive: Any

    def __init__(self, current: Session, number: int) -> None:
        self.current, self.number, self.is_plain = current, number, False
        self.incoming, self.outgoing = Pace(PIPE_FAST_NS), Pace(PIPE_FAST_NS)

    def sends(self, connection: Any) -> bool:
        """Tell whether a message is stamped by hand as it is sent, the usual way into an open pipe."""
        return bool(self.is_plain and not self.outgoing.skip and connection._writable and connection._handle)

    def receives(self, connection: Any) -> bool:
        """The same of one that is received."""
        return bool(self.is_plain and not self.incoming.skip and connection._readable and connection._handle)


def following_of(connection: Any) -> Following | None:
    """Return how a connection with the mark `_tracer_pipe` is followed in this process; None: it is not.

    Hooks look for the mark themselves: a library's own pipes come through them several times a task.
    """
    mine, current = connection.__dict__, session.current
    if current is None:
        return None
    found: Following | None = mine.get("_tracer_following")
    if found is None or found.current is not current:
        try:
            found = connection._tracer_following = _follow(current, connection)
        except OSError:
            return None  # closed: the stock method says so
    return found if found.number else None


def _follow(current: Session, connection: Any) -> Following:
    """Decide about a connection that this process uses for the first time. Raises OSError."""
    number = None
    if channels.is_wanted(current, CATEGORY) and not channels.is_claimed(connection):
        identity = channels.identity_of(connection.fileno())
        number = channels.number_of(current, identity, type(connection).__name__, form=schema.PIPE_ALONE)
    made = Following(current, number or 0)
    if number:
        # What hangs on a connection must not keep it alive.
        find, kind = weakref.ref(connection), type(connection)
        connection._send_bytes = _writing(made, find, kind._send_bytes)
        connection._recv_bytes = _reading(made, find, kind._recv_bytes)
        made.is_plain = messages.is_plain(connection, kind)
        made.receive = messages.receiver(connection, kind)
    return made


def _writing(following: Following, find: Any, stock: Any) -> Any:
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
        start, what = me.entered or made, me.tid | mark_of(payload, size) << MARK_SHIFT
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


def _reading(following: Following, find: Any, stock: Any) -> Any:
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
                me.received, me.size, me.mark = now, len(view), mark_of(view, len(view))
        return payload

    return recv_bytes
