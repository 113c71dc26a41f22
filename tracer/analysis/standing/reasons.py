"""Whose death may be why others wait: of those that died before, who has to do with what is waited for.

a message of a queue or connection  who used that; where nobody who died did, who used none that is known
a call of a manager                 who used no queue or connection that is known
a lock that processes share         who was killed or left at once; an exception lets go of `with lock:`
a lock of threads                   no other process
"""

from __future__ import annotations

import json

from tracer.analysis.standing.deadlock import Deadlock
from tracer.analysis.standing.ended import dead_before
from tracer.analysis.standing.looks import READS, Stand
from tracer.analysis.structure.endings import Failure
from tracer.record.kinds import MANAGER, PIPE_READ, PROCESS_LOCK, SOCKET
from tracer.tables.tables import Tables

Reason = tuple[Failure, str]
"""Who died, and what does not come any more, as a clause."""

_SENT = "what it was to send never comes"
_PERHAPS = "if it was to send or set that, it never comes"
HELD = "if it held that lock, that stays locked"


def reasons(trace: Tables, found: Deadlock) -> list[Reason]:
    """Return the processes whose death may be why the others wait; none where tasks stand by themselves."""
    look = found.look
    dead = dead_before(trace, look.seen)
    if found.tasks or found.why == "no worker" or not dead:
        return []
    if found.why == "lock":
        return [(one, "it must have held the lock of the queue") for one in dead]
    used = {one.process: _channels(trace, one.process) for one in dead}
    wanted = {one.channel for one in look.threads if _awaits_message(one)}
    told: dict[int, Reason] = {one.process: (one, _SENT) for one in dead if used[one.process] & wanted}
    if not told and (wanted or any(one.inside[0] == MANAGER for one in look.threads)):
        told = {one.process: (one, _PERHAPS) for one in dead if not used[one.process]}
    if any(one.wait == PROCESS_LOCK for one in look.threads):
        at_once = [one for one in dead if not one.error] or dead
        told |= {one.process: (one, _both(told.get(one.process))) for one in at_once}
    return [told[one.process] for one in dead if one.process in told]


def _both(reason: Reason | None) -> str:
    return HELD if reason is None else f"{reason[1]}, and {HELD}"


def _awaits_message(one: Stand) -> bool:
    reads = one.wait == PIPE_READ or (one.wait == SOCKET and one.call in READS)
    return reads and bool(one.channel)


def _channels(trace: Tables, process: int) -> set[str]:
    """Return the queues and connections that a process is known to have waited for, or put into."""
    spans = trace.spans
    mine = spans["data"][(spans["process"] == process) & spans["category"].isin(["queue", "pipe"])]
    return {name for text in mine.dropna().astype(str) if (name := _name(text))}


def _name(text: str) -> str:
    try:
        found = json.loads(text)
    except ValueError:
        return ""
    name = found.get("queue") if isinstance(found, dict) else None
    return name if isinstance(name, str) else ""
