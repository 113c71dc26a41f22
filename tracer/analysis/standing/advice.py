"""What to do against each kind of deadlock."""

from __future__ import annotations

from tracer.analysis.standing.deadlock import Deadlock
from tracer.analysis.standing.looks import Look
from tracer.record.kinds import PIPE_READ, QUEUE_FEEDER, SOCKET, THREAD_LOCK
from tracer.tables.tables import Tables

_LOCKS = (
    "Take locks in one order everywhere, and release them in `finally`; `acquire(timeout=…)` shows where "
    "that fails. A barrier or condition needs all that it waits for."
)
_FORKED = (
    "Start the processes before any thread takes a lock, or by `spawn` or `forkserver`: a fork copies locks "
    "as they are, and not the threads that hold them."
)
_OWN_POOL = (
    "Take locks in one order everywhere; let no task wait for a task that needs a worker of its own pool."
)
_NO_WORKER = (
    "Leave `max_tasks_per_child` away, or use `multiprocessing.Pool(maxtasksperchild=…)`, which starts "
    "another worker for each that ends."
)
_HELD_LOCK = (
    "Kill no worker while it waits for a task: it holds the queue's lock then. `ProcessPoolExecutor` notices "
    "when a worker dies, and raises BrokenProcessPool."
)
_SIGTERM = (
    "If it is to end by `terminate()`, set SIGTERM back in it, by "
    "`signal.signal(signal.SIGTERM, signal.SIG_DFL)`: under fork it has its parent's handler. Or end it by a "
    "message."
)
_MESSAGES = "Let one side send before it receives, say when no more is to come, or wait with `poll(timeout)`."


def advice(trace: Tables, found: Deadlock) -> str:
    """Return what would have kept this from happening."""
    look = found.look
    if found.tasks:
        return _FORKED if all(_was_forked(trace, look, one.process) for one in found.tasks) else _OWN_POOL
    if found.why:
        return _NO_WORKER if found.why == "no worker" else _HELD_LOCK
    awaited = {child.process for child in map(look.awaited, found.joined) if child}
    children = [one for one in look.threads if one.process in awaited]
    feeder = next((one for one in children if one.role == QUEUE_FEEDER), None)
    if feeder is not None:
        queue = feeder.channel or "the queue"
        return f"Take everything out of {queue} before `join()`: a process ends when what it put is written."
    if any(one.sigterm == "caught" for one in children):
        return _SIGTERM
    if any(one.wait in (PIPE_READ, SOCKET) for one in (*children, *found.mutual)):
        return _MESSAGES
    return _LOCKS


def _was_forked(trace: Tables, look: Look, process: int) -> bool:
    """Tell whether a process was forked, and stands at a lock that no thread is there to release."""
    rows = trace.processes["process"] == process
    mine = [one for one in look.of(process) if one.role != "native"]
    return bool(
        trace.processes.loc[rows, "start_method"].eq("fork").any()
        and len(mine) == 1
        and mine[0].wait == THREAD_LOCK
    )
