"""A manager's queues (`Manager().Queue()`): each message at both ends, stamped around the proxy's calls.

    put    called: submitted ─ the manager has it: sent          get   called: wait_start ─ run_start
                                                                       the next get ─ run_end

The manager's process passes messages on in the order in which they come to it, about that of the calls. What
they weigh is not known: they are pickled within a longer message.
"""

from __future__ import annotations

from tracer.instrument.core import labels
from tracer.instrument.stdlib.channels import Here, number_of
from tracer.record import schema
from tracer.record.clock import clock, core
from tracer.record.journal import pack_record
from tracer.record.schema import (
    CORE_SHIFT,
    MARK_SHIFT,
    NONE_BYTES,
    NONE_MARK,
    POOL_SHIFT,
    PUT,
    RECORD_BYTES,
    TAKE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from tracer.record.session import Session

PUTS, GETS = ("put", "put_nowait"), ("get", "get_nowait")
_TYPES = ("Queue", "JoinableQueue")
_LARGEST = (1 << 62) - 57
_MARKS = 0x7FFFFFFF
_LONGEST = 64


def channel_of(current: Session, proxy: Any, method: str) -> int:
    """Return the number of the queue that a proxy stands for; 0 where the call is no message of a queue's."""
    if method not in PUTS and method not in GETS:
        return 0
    known: tuple[Session, int, Any] | None = vars(proxy).get("_tracer_queue")
    if known is None or known[0] is not current:
        number = _number(current, proxy)
        label = labels.message_writer(current, number) if number else None
        known = proxy._tracer_queue = current, number, label
    return known[1]


def _number(current: Session, proxy: Any) -> int:
    token: Any = getattr(proxy, "_token", None)
    kind = getattr(token, "typeid", None)
    if kind not in _TYPES:
        return 0
    name = f"{token.address!r} {token.id}".encode(errors="backslashreplace")
    identity = int.from_bytes(name, "little") % _LARGEST
    return number_of(current, identity, f"manager's {kind}", form=schema.MANAGERS_QUEUE) or 0


def note_put(me: Here, number: int, proxy: Any, args: Any, start: int) -> None:
    """Record that a message was put, by a call with these arguments that began at `start`."""
    try:
        message = args[0][0] if args and args[0] else next(iter(args[1].values()))
    except (LookupError, TypeError, AttributeError, StopIteration):
        return
    label = proxy._tracer_queue[2]
    if label is not None:
        label(start, me.tid, message)
    size, mark = _look_of(message)
    what = me.tid | mark << MARK_SHIFT
    _write(me, PUT | number << POOL_SHIFT, start, 0, 0, start, clock(), size, what)


def note_taken(me: Here, number: int, message: Any) -> None:
    """Record that the calling thread has taken a message; its run ends as it comes back for the next."""
    mine = me.taker(number)
    now = clock()
    size, mark = _look_of(message)
    commit = (TAKE | number << POOL_SHIFT) + (core() << CORE_SHIFT)
    at = _write(me, commit, mine.waiting, now, now, now, 0, size, mark)
    mine.take(me.journal.words, at)


def _write(me: Here, commit: int, *body: int) -> int:
    journal = me.journal
    at = journal.at if journal.at < journal.limit else journal.grow()
    journal.at = at + RECORD_BYTES
    pack_record(journal.buffer, at, *body, commit)
    return at


def _look_of(message: Any) -> tuple[int, int]:
    """Return bytes and mark of a message: alike for what is alike, and of None as if it were pickled.

    Of the program's own types the name must do: their methods are not to be called.
    """
    if message is None:
        return NONE_BYTES, NONE_MARK
    kind = type(message)
    if kind is int:
        return 0, message % _MARKS
    text = message[:_LONGEST] if kind in (str, bytes) else kind.__qualname__
    look = text if isinstance(text, bytes) else text.encode(errors="backslashreplace")
    return 0, int.from_bytes(look, "little") % _MARKS
