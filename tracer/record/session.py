"""The session of this process: its beginning and end, and what becomes of it where the process forks.

    main ──ticket (memory under fork, preparation data under spawn and forkserver)──► child ──► its children

There is one session a process, `current`; None means that nothing is traced. It holds no lock, and a child
made by fork gets a session of its own before it runs a line (`_after_fork`).
"""

from __future__ import annotations

import os
import sys

from tracer.record import clock, schema
from tracer.record.process_session import Session as Session
from tracer.record.process_session import mark_of as mark_of
from tracer.record.process_session import shorten as shorten
from tracer.record.threads import get_ident as get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from tracer.record.process_session import Ticket as Ticket
    from tracer.record.process_session import Unsent as Unsent

_FORK = "fork"
_FRAMES = 6  # from a fork to who called it

current: Session | None = None
"""The session of this process, or None."""

pending: dict[int, Ticket | None] = {}
"""Tickets of children that a thread (by its ident) is starting at this moment by fork; None for one that is
to become another program at once."""

forked_at: dict[int, int] = {}
"""When the child that a thread (by its ident) is starting had come to be."""


def open_main(plan: dict[str, Any], life: int | None = None) -> Session:
    """Begin to trace this process as a main process. `life`: the descriptor whose closing ends the trace."""
    global current
    _watch_forks()
    current = Session(plan, {"role": "main", "name": "MainProcess", "start_method": None}, life)
    return current


def open_child(ticket: Ticket) -> Session:
    """Begin to trace this process as a child, with the ticket from its parent."""
    global current
    _watch_forks()
    current = Session(ticket["plan"], ticket["identity"])
    return current


def open_joined(
    plan: dict[str, Any], identity: dict[str, Any], life: int | None = None, numbers: Sequence[int] = ()
) -> Session:
    """Begin to trace this process, a program that a traced one has started or become (`Session`)."""
    global current
    _watch_forks()
    current = Session(plan, identity, life, numbers)
    return current


def leave_joined() -> None:
    """End the recording of this process, if it has joined a trace that another process began."""
    if current is not None and current.identity["start_method"] == schema.SUBPROCESS:
        close()


def close() -> None:
    """End the recording of this process."""
    global current
    session, current = current, None
    if session is not None:
        session.let_go()


def _after_fork() -> None:
    """In a child made by fork: drop what is the parent's, and begin anew."""
    global current
    parent, current = current, None
    if parent is None:
        return
    parent.let_go()
    parent.disown()
    me = get_ident()
    ticket, known = pending.get(me), me in pending
    pending.clear()
    forked_at.clear()
    if ticket is None and (known or parent.plan.get("named_only")):
        return  # it is no process of this program's, or not made by name
    current = Session(parent.plan, ticket["identity"] if ticket else _forked(parent))
    if ticket is None:  # it goes on where it was, at once
        current.record(schema.STAGE, schema.TARGET_START, current.started)


def _forked(parent: Session) -> dict[str, Any]:
    """Return who a child is that the program has forked by itself."""
    name = f"{_FORK}-{next(parent.births)}"
    who = {"role": "process", "name": name, "start_method": "fork", "birth": None}
    library = _copy_of_multiprocessing()
    return {**who, "library": library} if library else who


def _copy_of_multiprocessing() -> str:
    """Return the copy of multiprocessing that has forked here, "" where it was the program itself.

    One that is not followed: what its processes do is work of its pools, not the program's own.
    """
    frame = sys._getframe(1)
    for _ in range(_FRAMES):
        name = frame.f_globals.get("__name__")
        if isinstance(name, str) and name.endswith(".popen_fork"):
            return shorten(name.partition(".")[0], 40)
        if frame.f_back is None:
            break
        frame = frame.f_back
    return ""


def _after_fork_in_parent() -> None:
    me = get_ident()
    if me in pending:
        forked_at[me] = clock.clock()
    elif current is not None:
        next(current.births)  # which the child has, as its number


_watching = False


def _watch_forks() -> None:
    global _watching
    if not _watching and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork, after_in_parent=_after_fork_in_parent)
        _watching = True
