"""What the hooks on queues and pipes share: which of them are followed, and what a thread knows of each.

A channel is a pipe with messages in one direction, such as the one in a `Queue`. Its identity is that of the
pipe's file, which all processes that share it find, whichever way they came to it. Both ends stamp within the
channel's locks, so that the n-th message written is the n-th read: nothing is added to a message.
"""

from __future__ import annotations

import os
from _struct import Struct  # `struct` may be a module of the program's own
from _thread import _local

from tracer.instrument.stdlib.pace import Pace
from tracer.record import schema, session
from tracer.record.clock import clock
from tracer.record.journal import Journal
from tracer.record.session import Session
from tracer.record.threads import thread_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WORTH_NS = 20_000
"""A call that took less is no span."""

_INODE_BITS = 44
_LARGEST = (1 << 62) - 1
_MOST = 1 << 24  # as many as a record has room for
_LATE = schema.LATE[schema.TAKE]
_unpack = Struct("<I").unpack_from


class Taker:
    """What one thread has taken from one channel.

    `waiting` is since when it has waited for the next message, over all polls, 0 where it does not; `late`
    the word of `words` where the end of the run belongs that began with the last message, 0 where there is
    none to end; `pace` tells whether messages come too fast to stamp them all.
    """

    __slots__ = ("late", "pace", "waiting", "words")

    def __init__(self) -> None:
        self.late = self.waiting = 0
        self.words: Any = None
        self.pace = Pace()

    def wait(self, now: int) -> int:
        """The thread comes back for the next message: end the run before; return when it came first."""
        if not self.waiting:
            self.waiting = now
            if self.late:
                self.words[self.late] = now
                self.late = 0
        return self.waiting

    def take(self, words: Any, at: int) -> None:
        """The thread has taken a message, with a record at this byte of its journal."""
        self.words, self.late, self.waiting = words, (at >> 3) + _LATE, 0


class Here:
    """The calling thread: its journal and number, and what it does with channels.

    `entered` is when the call of `put` began that is in progress; `inside` counts the calls in progress whose
    own waits for locks are no spans; `acquired received size mark` are of the last message read in a stock
    method.
    """

    __slots__ = (
        *("current", "journal", "tid", "takers", "entered", "inside"),
        *("acquired", "received", "size", "mark"),
    )

    def __init__(self, current: Session) -> None:
        self.current = current
        self.journal: Journal = current.journal()
        self.tid = thread_id()
        self.takers: dict[int, Taker] = {}
        self.entered = self.inside = 0
        self.acquired = self.received = self.size = self.mark = 0

    def taker(self, number: int) -> Taker:
        """Return what the thread has taken from a channel, by its number."""
        found = self.takers.get(number)
        if found is None:
            found = self.takers[number] = Taker()
        return found


known = _local()
"""`known.found` is the calling thread's `Here`, of whichever session; for the hot paths."""


def here(current: Session) -> Here:
    """Return what is known of the calling thread in this session."""
    try:
        found: Here = known.found
        if found.current is current:
            return found
    except AttributeError:
        pass
    found = known.found = Here(current)
    return found


def is_inside() -> bool:
    """Tell whether the calling thread is in a call that has a span of its own, or serves the queues."""
    found: Here | None = getattr(known, "found", None)
    return found is not None and found.inside > 0


def mark_of(payload: Any, size: int) -> int:
    """Return 31 bits by which most messages of this size can be told apart.

    A pickle's last byte says nothing. (Unpacking is 20 times as quick as `int.from_bytes` of a slice.)
    """
    if size > 4:
        return _unpack(payload, size - 5)[0] & 0x7FFFFFFF  # type: ignore[no-any-return]
    return _unpack(payload)[0] & 0x7FFFFFFF if size == 4 else 0


def identity_of(descriptor: int) -> int:
    """Return the number of a pipe's or socket's file, the same in every process. Raises OSError."""
    status = os.fstat(descriptor)
    return (status.st_dev << _INODE_BITS ^ status.st_ino) & _LARGEST


def is_wanted(current: Session | None, category: str) -> bool:
    """Tell whether spans of this category are recorded in this process."""
    if current is None or category in current.silent:
        return False
    role = current.identity["role"]
    if current.plan.get("named_only") and role == "main":
        return False  # who has named nothing that is recorded
    return bool(role != "manager")


def number_of(
    current: Session, identity: int, what: str, room: int = 0, form: int = schema.QUEUE_OF_OWN
) -> int | None:
    """Return the number of a channel in this process, written down when it is new; None for one too many.

    `what` is the name of its class, which may be any; `form` one of those of `schema.CHANNEL`.
    """
    numbers = current.channels
    number = numbers.get(identity)
    if number is None:
        number = numbers[identity] = len(numbers) + 1
        if number < _MOST:
            commit = schema.CHANNEL | number << schema.POOL_SHIFT
            current.record(commit, identity, current.name(what), room, form)
    return number if number < _MOST else None


def claim(*ends: Any) -> None:
    """Let a library's hooks have these queues and connections for themselves: no messages are recorded here.

    Of other processes' records of them no tasks are made. To be called on a queue that the library has made,
    before it is used or handed on; what is no queue or connection is passed over.
    """
    current = session.current
    for end in ends:
        try:
            end._tracer_claimed = True
            vars(end).pop("_tracer_pipe", None)
            reader = getattr(end, "_reader", end)
            if current is not None:
                current.record(schema.CLAIM, identity_of(reader.fileno()))
        except Exception:  # closed by now, or of another make
            continue


def claim_queues(*queues: Any) -> None:
    """Let a library's hooks have these queues for themselves, and the connections at both of their ends."""
    for queue in queues:
        claim(queue, *filter(None, (getattr(queue, name, None) for name in ("_reader", "_writer"))))


def is_claimed(end: Any) -> bool:
    """Tell whether a queue or connection serves a library, or a pool whose queues are stamped."""
    marks = vars(end)
    return "_tracer_claimed" in marks or "_tracer_pool" in marks


def poll_began(number: int, current: Session) -> None:
    """The calling thread asked a channel whether a message is there, and there is none."""
    here(current).taker(number).wait(clock())
