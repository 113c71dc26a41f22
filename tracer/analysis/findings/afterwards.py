"""What followed a death: who waited for a result that nobody sends, and how long, as far as it was measured.

worker   ── run ── ✕ died          its pool ended
main     ░░░░░░░░░░▓▓▓▓▓▓▓▓ blocked ▓▓▓▓▓▓│          counted: ▓, where no other task or process ran
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Booleans, Floats, equals, first_known, floats, integers
from tracer.analysis.cores.slices import PREEMPTED
from tracer.analysis.findings.context import Context
from tracer.analysis.intervals import union
from tracer.analysis.structure.endings import DIED, Failure, fates
from tracer.analysis.structure.pools import of_kinds
from tracer.analysis.structure.runs import Runs, all_runs
from tracer.record.kinds import EXECUTOR_MANAGER

LOCK_NS = 10e6
"""A lock that is free is taken in microseconds: who waited so long for it, while nobody else took a task,
waited for one that nobody gave back."""


@dataclass(frozen=True)
class Stalled:
    """How the owner of a dead worker, `who`, waited, in nanoseconds of the trace.

    `start` → `end`: from the death, or the last task that was still run, to the end of its pool or program;
    `blocked` is how long its first thread had no need of a core in that while nothing else ran, None where
    that was not measured. `until` says in words what the end was.
    """

    who: str
    start: float
    end: float
    blocked: float | None
    until: str


@dataclass(frozen=True)
class LockLeft:
    """What became of the lock of a pool's queue, which a worker held when it died, in nanoseconds.

    `waited` is how long a living worker waited for it, `needed` the part of that in which there was a task to
    take; `task` the number of the task that came next, None where none came: then nobody has taken one of the
    `left` tasks that had been sent.
    """

    waited: float
    needed: float
    task: int | None
    left: int


def siblings(context: Context, one: Failure) -> Booleans:
    """Tell which processes the owner of a dead one has started too, the dead one left out."""
    frame = context.trace.processes
    number, owner = integers(frame, "process"), integers(frame, "ppid")
    mine = owner[number == one.process]
    same = equals(frame, "role", one.role) & (owner == (mine[0] if mine.size else -1))
    return np.asarray(same & (number != one.process), np.bool_)


def of_processes(context: Context, ones: Sequence[Failure]) -> Booleans:
    """Tell which tasks these processes had."""
    numbers = np.array([one.process for one in ones], np.int64)
    return np.isin(integers(context.trace.tasks, "process"), numbers)


def unpickling(context: Context) -> Booleans:
    """Tell which tasks ended their worker while it unpickled their arguments: that it could not is known."""
    tasks = context.trace.tasks
    known = ~np.isnan(floats(tasks, "process")) & np.isnan(floats(tasks, "run_start"))
    return np.asarray(equals(tasks, "status", "unpicklable") & known, np.bool_)


def unanswered(context: Context) -> Booleans:
    """Tell which lost tasks nobody will answer: their owner was not told that the worker has died.

    An executor learns of it and breaks; a library's pool answers with an error of its own.
    """
    tasks = context.trace.tasks
    told = of_kinds(context.trace, lambda kind: kind.receiving == EXECUTOR_MANAGER)
    answered = ~np.isnan(floats(tasks, "delivered")) | ~tasks["error"].isna().to_numpy(bool)
    lost = equals(tasks, "status", "lost") | unpickling(context)
    return np.asarray(lost & ~answered & ~told, np.bool_)


def stalled(context: Context, one: Failure) -> Stalled | None:
    """Measure how its owner waited after a worker had died; None where it is not known when it died."""
    if one.at_ns is None:
        return None
    trace, frame = context.trace, context.trace.processes
    who, pool = integers(trace.tasks, "process"), integers(trace.tasks, "pool")
    elsewhere = ~np.isin(pool, pool[who == one.process])
    beside = siblings(context, one) & ~np.isin(integers(frame, "process"), who[elsewhere])
    workers = np.append(integers(frame, "process")[beside], one.process)
    mine = np.isin(who, workers)
    last = floats(trace.tasks, "run_end")[mine]
    start = float(max(np.nanmax(last), one.at_ns)) if (~np.isnan(last)).any() else float(one.at_ns)
    ends = first_known(floats(frame, "stopped"), floats(frame, "target_end"), floats(frame, "exited"))
    ends = ends[beside & (fates(trace) != DIED)]
    number, pid = integers(frame, "process"), integers(frame, "pid")
    owner = np.flatnonzero(pid == integers(frame, "ppid")[number == one.process][0])
    whole = floats(frame, "exited")[owner] if owner.size else np.zeros(0)
    over = float(whole[0]) if whole.size and whole[0] > start else float(trace.end_ns)
    ends = ends[ends > start]
    end = min(float(ends.max()), over) if ends.size else over
    until = "it ended its workers" if end < over else "its own end"
    if end <= start:
        return None
    if not owner.size:
        return Stalled("its owner", start, end, None, until)
    row = _beyond_its_server(context, int(owner[0]))
    name = "main" if frame["role"].iloc[row] == "main" else str(frame["name"].iloc[row])
    return Stalled(name, start, end, blocked(context, int(number[row]), int(pid[row]), start, end), until)


def _beyond_its_server(context: Context, row: int) -> int:
    """Return the row of a process's owner: of a fork server's child that is who started the server."""
    frame = context.trace.processes
    starter = np.flatnonzero(integers(frame, "pid") == integers(frame, "ppid")[row])
    is_server = frame["role"].iloc[row] == "forkserver"
    return int(starter[0]) if is_server and starter.size else row


def blocked(context: Context, process: int, pid: int, start: float, end: float) -> float | None:
    """Return how long a process's first thread needed no core while nothing of the program ran."""
    holds = context.holds
    if holds is None:
        return None
    thread = holds.find(np.array([process]), np.array([pid]))[0]
    if thread < 0:
        return None
    begin, stop = _quiet(context, start, end)
    both = np.full(begin.size, thread)
    first, last = holds.key(both, begin), holds.key(both, stop)
    held = holds.slices.within(first, last).sum()
    if holds.exact:
        held += holds.gaps(PREEMPTED).within(first, last).sum()
    return float(max((stop - begin).sum() - held, 0.0))


def _quiet(context: Context, start: float, end: float) -> tuple[Floats, Floats]:
    """Return the parts of a time in which no task or process ran, and no thread of the program had a core.

    A thread that waits too, such as a timer, does nothing that main could wait for.
    """
    tasks, processes, threads = all_runs(context.trace)
    computed, until = _on_cores(context, threads)
    begins = np.concatenate([tasks.start_ns, processes.start_ns, computed])
    ends = np.concatenate([tasks.end_ns, processes.end_ns, until])
    inside = (begins < end) & (ends > start)
    busy = union(
        np.maximum(begins[inside], start).astype(np.int64), np.minimum(ends[inside], end).astype(np.int64)
    )
    edges = np.concatenate([[start], np.column_stack([busy.start, busy.end]).ravel(), [end]])
    return edges[0::2], np.maximum(edges[1::2], edges[0::2])


def _on_cores(context: Context, threads: Runs) -> tuple[Floats, Floats]:
    """Return when these threads of the program held a core."""
    holds, frame = context.holds, context.trace.threads
    if holds is None:
        return threads.start_ns, threads.end_ns
    place = holds.find(integers(frame, "process")[threads.row], integers(frame, "tid")[threads.row])
    mine = np.isin(holds.thread, place[place >= 0])
    return holds.start[mine].astype(np.float64), holds.end[mine].astype(np.float64)


def waited_by_main(context: Context, since: float) -> float:
    """Return for how many seconds after that instant main needed no core while nothing ran."""
    people = context.trace.processes
    main = np.flatnonzero(equals(people, "role", "main"))
    if not main.size:
        return 0.0
    ran = floats(context.trace.tasks, "run_end")
    start = max(since, float(np.nanmax(ran))) if (~np.isnan(ran)).any() else since
    exited = floats(people, "exited")[main[0]]
    end = float(context.trace.end_ns) if np.isnan(exited) else float(exited)
    number, pid = (int(integers(people, name)[main[0]]) for name in ("process", "pid"))
    return (blocked(context, number, pid, start, end) or 0.0) / 1e9 if end > start else 0.0


def lock_left(context: Context, one: Failure) -> LockLeft | None:
    """Find what shows that a worker died with the lock of its queue: nobody else takes a task for long.

    The lock of a queue is held by the worker that waits for the next task.
    """
    if one.at_ns is None:
        return None
    tasks, frame = context.trace.tasks, context.trace.processes
    beside = siblings(context, one)
    workers = integers(frame, "process")[beside]
    times = {name: floats(tasks, name) for name in ("sent", "wait_start", "lock_acquired", "received")}
    mine = np.isin(integers(tasks, "process"), workers) & (times["received"] > one.at_ns)
    if mine.any():
        row = np.flatnonzero(mine)[np.argmin(times["received"][mine])]
        since = max(float(one.at_ns), times["wait_start"][row])
        waited = times["lock_acquired"][row] - since
        if not waited >= LOCK_NS:
            return None
        needed = times["lock_acquired"][row] - max(since, times["sent"][row])
        return LockLeft(float(waited), float(max(needed, 0.0)), int(integers(tasks, "task")[row]), 0)
    pool = integers(tasks, "pool")[np.isin(integers(tasks, "process"), np.append(workers, one.process))]
    left = equals(tasks, "status", "unfinished") & np.isnan(times["received"]) & ~np.isnan(times["sent"])
    left &= np.isin(integers(tasks, "pool"), pool)
    ready = floats(frame, "target_start")[beside & (fates(context.trace) != DIED)]
    over = stalled(context, one)
    if not left.any() or over is None or not (ready < over.end).any():
        return None
    since = max(over.start, float(np.nanmin(times["sent"][left])), float(np.nanmin(ready)))
    needed = over.end - since
    return LockLeft(needed, needed, None, int(left.sum())) if needed >= LOCK_NS else None
