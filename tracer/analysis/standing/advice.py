"""What to do against each kind of deadlock."""

from __future__ import annotations

from tracer.analysis.columns import equals, floats, integers
from tracer.analysis.standing.deadlock import Deadlock
from tracer.analysis.standing.ended import stopped_before
from tracer.analysis.standing.looks import Look
from tracer.analysis.standing.reasons import reasons
from tracer.record.kinds import (
    EXECUTOR_MANAGER,
    MANAGER,
    PIPE_READ,
    PROCESS_LOCK,
    QUEUE_FEEDER,
    SOCKET,
    THREAD_LOCK,
    kind_of,
)
from tracer.tables.tables import Tables

_LOCKS = (
    "Take locks in one order everywhere, and release them in `finally`; `acquire(timeout=…)` shows where "
    "that fails. A barrier or condition needs all that it waits for."
)
_FORKED = (
    "Start the processes before any thread takes a lock, or by `spawn` or `forkserver`: a fork copies locks "
    "as they are, and not the threads that hold them. No lock or queue of threading reaches another process."
)
_OWN_POOL = (
    "Let no task wait for a task that needs a worker of its own pool; take locks in one order everywhere."
)
_NO_WORKER = (
    "Leave `max_tasks_per_child` away, or use `multiprocessing.Pool(maxtasksperchild=…)`, which starts "
    "another worker for each that ends."
)
_NO_MORE = "Find out what ended the workers, and why their pool starts no others: see what stands on stderr."
_HELD_LOCK = (
    "Kill no worker while it waits for a task: it holds the queue's lock then. `ProcessPoolExecutor` notices "
    "when a worker dies, and raises BrokenProcessPool."
)
_SIGTERM = (
    "If it is to end by `terminate()`, set SIGTERM back in it, by "
    "`signal.signal(signal.SIGTERM, signal.SIG_DFL)`: under fork it has its parent's handler. Or end it by a "
    "message."
)
_MESSAGES = (
    "Let one side send before it receives, or wait with `poll(timeout)`. `recv()` sees an end only when "
    "every process has closed its copy of the other end."
)
_SENTINEL = "Put one sentinel, such as None, for each consumer, in `finally`; or wait with `get(timeout=…)`."
_DEAD = (
    "Find what ended the process that died: see its traceback on stderr. Let one that fails say so in "
    "`finally`, and wait with a limit of time."
)
_MANAGED = (
    "Let whoever is to set a manager's event, put into its queue or release its lock do so in `finally`, or "
    "wait with a limit of time."
)
_TERMINATED = (
    "End a process by a message or an event, not by `terminate()`: a lock that it holds stays locked."
)
_BY_WAIT = {
    "barrier": "A barrier opens when all its parties have come: count them, and `abort()` where one fails.",
    "event": "Let whoever is to set the event do so in `finally`, or wait with a limit of time.",
    "condition": "Let whoever is to notify do so in `finally`, or wait with a limit of time.",
}
"""By the category of the span in which a thread stood."""
_UNDONE = (
    "Call `task_done()` in `finally`, for each item that was taken, and let no consumer end before that."
)
_THREADS = (
    "See on stderr whether a thread ended with an error: let each wake in `finally` whoever waits for it (a "
    "queue's `join()` by `task_done()`), or wait with a limit of time."
)


def advice(trace: Tables, found: Deadlock) -> str:
    """Return what would have kept this from happening."""
    look = found.look
    if found.tasks:
        if all(_was_forked(trace, look, one.process) for one in found.tasks):
            return _FORKED
        if any(one.inside[0] == MANAGER for one in found.tasks):
            return _MANAGED
        on_locks = all(one.wait == PROCESS_LOCK for one in found.tasks) or not look.waiting
        return _LOCKS if on_locks else _OWN_POOL
    if found.why == "no worker":
        return _NO_WORKER if _left_in_order(trace, look) else _NO_MORE
    if found.why:
        return _HELD_LOCK
    if found.inside:
        return _THREADS if len(found.inside) == 1 else _LOCKS
    awaited = {child.process for child in map(look.awaited, found.joined) if child}
    children = [one for one in look.threads if one.process in awaited]
    feeder = next((one for one in children if one.role == QUEUE_FEEDER), None)
    if feeder is not None:
        queue = feeder.channel or "the queue"
        return f"Take everything out of {queue} before `join()`: a process ends when what it put is written."
    if any(one.sigterm == "caught" for one in children):
        return _SIGTERM
    if any(one.is_first and _was_forked(trace, look, one.process) for one in children):
        return _FORKED
    standing = (*children, *found.mutual)
    if any(one.inside == ("queue", "join") for one in standing):
        return _UNDONE
    if reasons(trace, found):
        return _DEAD
    if any(one.inside[0] == MANAGER for one in standing):
        return _MANAGED
    reading = [one for one in standing if one.wait in (PIPE_READ, SOCKET)]
    if reading:
        by_pipe = any(not one.channel or one.channel.startswith("Connection") for one in reading)
        return _MESSAGES if by_pipe else _SENTINEL
    if stopped_before(trace, look.seen) and any(one.wait == PROCESS_LOCK for one in standing):
        return _TERMINATED
    return next((_BY_WAIT[one.inside[0]] for one in standing if one.inside[0] in _BY_WAIT), _LOCKS)


def _left_in_order(trace: Tables, look: Look) -> bool:
    """Tell whether all workers that had been there were an executor's that left with exit code 0."""
    people = trace.processes
    gone = equals(people, "role", "worker") & (floats(people, "exited") <= look.seen)
    kinds = trace.tasks["kind"].iloc[list(look.waiting)].fillna("")
    executors = all(kind_of(kind).receiving == EXECUTOR_MANAGER for kind in kinds)
    return executors and not integers(people, "exitcode", missing=0)[gone].any()


def _was_forked(trace: Tables, look: Look, process: int) -> bool:
    """Tell whether a process was forked, and stands at a lock that no thread is there to release."""
    rows = trace.processes["process"] == process
    mine = [one for one in look.of(process) if one.role != "native"]
    return bool(
        trace.processes.loc[rows, "start_method"].eq("fork").any()
        and len(mine) == 1
        and mine[0].wait == THREAD_LOCK
    )
