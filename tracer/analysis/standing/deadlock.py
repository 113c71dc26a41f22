"""Who cannot go on: threads that wait for each other, and for nobody who could still wake them.

    live    a thread that will go on by itself: it sleeps, or something outside the program wakes it
    closed  a process without a live thread: only another process can wake it
    stands  closed, and so is everybody whom it waits for

A limit of time makes a wait of the program's first thread no live one: it waits for others, up to then.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from tracer.analysis.columns import equals, floats, integers
from tracer.analysis.standing.looks import Look, Stand
from tracer.analysis.structure.runs import user_threads
from tracer.record.kinds import (
    CHILD,
    LOCK,
    MANAGER,
    PIPE_READ,
    PIPE_WRITE,
    POLL,
    PROCESS_LOCK,
    RECEIVING,
    SENDING,
    SLEEP,
    SOCKET,
    THREAD_LOCK,
    kind_of,
)
from tracer.tables.tables import Tables

_LOCKS = (THREAD_LOCK, PROCESS_LOCK, LOCK)
_MADE_BY_THE_PROGRAM = ("join", "queue", "pipe", "condition", "event", "barrier", "lock")
"""Categories of spans in which a thread waits for another thread or process of the program's own."""


@dataclass(frozen=True)
class Deadlock:
    """What cannot go on.

    `tasks` are threads that stand in a task; `queued` the rows of tasks that nobody will take, `why` says
    that: "no worker" is left, or the "lock" of the queue is held by nobody who lives; `joined` the threads
    that wait for a process which stands; `mutual` those that wait for what another process must do; `inside`
    main's first thread and its others, where they wait for each other, or for threads that are gone.
    """

    look: Look
    tasks: tuple[Stand, ...] = ()
    queued: tuple[int, ...] = ()
    why: str = ""
    joined: tuple[Stand, ...] = ()
    mutual: tuple[Stand, ...] = ()
    idle: tuple[Stand, ...] = field(default=())
    inside: tuple[Stand, ...] = ()

    @property
    def waiting(self) -> tuple[Stand, ...]:
        """All who wait for others, and stand in no task."""
        return (*self.joined, *self.mutual, *self.inside)

    def __bool__(self) -> bool:
        return bool(self.tasks or self.queued or self.joined or self.mutual or self.inside)


def deadlock(trace: Tables, look: Look) -> Deadlock:
    """Tell who of a look cannot go on; nobody, where that is not certain."""
    live = {one.process for one in look.threads if is_live(look, one)}
    all_closed = not live and not look.strangers
    after = trace.tasks["status"].isin(["ok", "error"]).to_numpy(bool)
    # Where nobody could wake anybody, what moved later was ended from outside, as by Control-C.
    outside = any(one.role == "native" and one.wait not in _LOCKS for one in look.threads)
    for_ever = all_closed and not outside and look.main is not None and not look.main.limited
    tasks = tuple(
        one
        for one in look.threads
        if one.task >= 0
        and (for_ever or not after[one.task])
        and one.process not in live
        and (one.wait == THREAD_LOCK or (all_closed and is_inner(look, one)))
    )
    main = look.main
    queued, why = _queued(trace, look) if main is not None and main.process not in live else ((), "")
    joined = tuple(one for one in look.threads if one.task < 0 and _joins(look, one, live, all_closed))
    mutual = tuple(
        one
        for one in look.threads
        if all_closed and one.is_first and one.task < 0 and _awaits_another(one)
        if one.process_role != "worker" and (one.process_role == "main" or joined)
    )
    of_main = any(one.process_role == "main" for one in (*joined, *mutual))
    if not of_main or (main is not None and _may_idle(trace, main)):
        mutual = ()  # processes that idle until main, which waits for something else, gives them work
    idle = tuple(
        one for one in look.threads if one.process_role == "worker" and one.is_first and one.task < 0
    )
    found = Deadlock(look, tasks, queued, why, joined, mutual, idle)
    return replace(found, inside=_inside(trace, look)) if for_ever and not found else found


def _inside(trace: Tables, look: Look) -> tuple[Stand, ...]:
    """Return main's threads where all that are left wait for each other without a limit of time.

    One that handles SIGTERM may wait for that, and idle till then. Where no thread had failed, so may one
    that began to wait when none was there, and one that ended in order: a signal has woken it.
    """
    main, threads = look.main, trace.threads
    if main is None or main.sigterm:
        return ()
    mine = tuple(one for one in look.of(main.process) if not one.is_hidden)
    if any(one.wait != THREAD_LOCK or one.limited for one in mine):
        return ()
    own = (integers(threads, "process") == main.process) & user_threads(trace)
    own &= floats(threads, "started") <= look.seen
    failed = own & threads["error"].notna().to_numpy(bool)
    there = own & ~(floats(threads, "ended") <= main.since)
    waits = failed.any() or (there.any() and not _ended_in_order(trace))
    return (main, *(one for one in mine if one is not main)) if waits else ()


def is_live(look: Look, one: Stand) -> bool:
    """Tell whether a thread goes on by itself, or may be woken from outside the program."""
    if one.is_hidden:
        return False
    if is_inner(look, one):
        return one.limited and not one.woke and not (one.is_first and one.process_role == "main")
    polls = one.wait == SLEEP and one.woke and one.task < 0
    return not (polls and (one.process_role == "main" or not one.is_first))


def is_inner(look: Look, one: Stand) -> bool:
    """Tell whether a thread waits for another thread or process of the program's own."""
    if one.inside[0] in (*_MADE_BY_THE_PROGRAM, MANAGER) or one.wait in _LOCKS:
        return True
    if one.wait == CHILD:
        return look.awaited(one) is not None
    if one.wait in (PIPE_READ, PIPE_WRITE, SOCKET):
        idle = one.process_role == "worker" and one.task < 0 and one.wait != SOCKET
        return bool(one.channel) or idle or (one.wait == PIPE_WRITE and one.task >= 0)
    return one.wait == POLL and one.is_hidden


def _joins(look: Look, one: Stand, live: set[int], all_closed: bool) -> bool:
    """Tell whether a thread waits for the end of a process that will not end.

    That stands itself, alone or with all the rest; or it was sent SIGTERM, does not die of that, and goes on.
    """
    child = look.awaited(one)
    if child is None or child.process == one.process:
        return False
    if child.terminated and child.sigterm:
        return not (one.process in live and one.inside[0] != "join")
    if one.process in live or child.process in live:
        return False
    alone = all(other.wait == THREAD_LOCK for other in look.of(child.process))
    return all_closed or alone


def _awaits_another(one: Stand) -> bool:
    """Tell whether a thread waits for what another process is to send, to take or to release."""
    known = one.wait in (PIPE_READ, PIPE_WRITE, SOCKET) and bool(one.channel)
    return known or one.wait == PROCESS_LOCK or one.inside[0] in ("queue", "pipe", "lock")


def _may_idle(trace: Tables, main: Stand) -> bool:
    """Tell whether main may wait for a signal, which it handles, by an event that processes share."""
    if main.wait != PROCESS_LOCK or main.inside[0] not in ("", "event", "condition"):
        return False
    return bool(main.sigterm) or (main.inside[0] != "" and _ended_in_order(trace))


def _ended_in_order(trace: Tables) -> bool:
    main = equals(trace.processes, "role", "main")
    return bool((integers(trace.processes, "exitcode")[main] == 0).any())


def _queued(trace: Tables, look: Look) -> tuple[tuple[int, ...], str]:
    """Return the tasks that wait and that nobody will take, and why."""
    tasks = trace.tasks
    waiting = np.array(look.waiting, np.int64)
    kinds = [kind_of(kind) for kind in tasks["kind"].fillna("").to_numpy(object)[waiting].tolist()]
    piped = np.array([kind.piped and kind.pooled and not kind.written for kind in kinds], np.bool_)
    waiting = waiting[piped]
    if not waiting.size:
        return (), ""
    pools = {*integers(tasks, "pool")[waiting].tolist()}
    others = set(integers(tasks, "pool").tolist()) - pools
    if len(pools) != 1 or others:
        return (), ""  # it is not known which worker is whose
    is_worker = equals(trace.processes, "role", "worker")
    workers = set(integers(trace.processes, "process")[is_worker].tolist())  # those that are gone included
    alive = workers & {*look.alive, *look.strangers}
    serving = {one.role for one in look.threads if one.process_role != "worker"}
    if not workers or not serving.intersection((*SENDING, *RECEIVING)):
        return (), ""  # their workers were not recorded, or the pool is closed, and the tasks are given up
    if workers & set(look.strangers):
        return (), ""  # one is being started
    if not alive:
        return tuple(waiting.tolist()), "no worker"
    first = [one for one in look.threads if one.process in alive and one.is_first]
    stand_at_the_lock = [one.wait == PROCESS_LOCK and one.task < 0 for one in first]
    if len(first) == len(alive) and all(stand_at_the_lock):
        return tuple(waiting.tolist()), "lock"
    return (), ""
