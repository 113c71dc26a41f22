"""Where a thread stands, in words: the same for the diagnosis and for a run in progress."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tracer.analysis.standing.looks import READS, Look, Stand
from tracer.record.kinds import (
    CHILD,
    FILE,
    LOCK,
    MANAGER,
    OWN_THREADS,
    PIPE_READ,
    PIPE_WRITE,
    POLL,
    PROCESS_LOCK,
    QUEUE_FEEDER,
    SIGNAL,
    SLEEP,
    SOCKET,
    THREAD_LOCK,
)
from tracer.tables.tables import Tables
from tracer.wording import count, duration

_FRAME = re.compile(r"(?P<place>.+?:\d+) (?P<function>.+)")
"""A frame: "file.py:12 child" (see `tracer.record.stacks`)."""
_PLAIN = {
    LOCK: "on a lock",
    POLL: "in a poll or select",
    SLEEP: "in a sleep",
    SIGNAL: "waiting for a signal",
    FILE: "in a file or terminal",
    SOCKET: "on a socket",
}


def of_whom(one: Stand) -> str:
    """Return who it is: "main", "ForkPoolWorker-2 (4711)"; of a thread that is not the first, that too."""
    who = "main" if one.process_role == "main" else f"{one.name} ({one.pid})"
    if one.is_first:
        return who
    if one.role in OWN_THREADS and one.thread:
        return f"thread {one.thread} of {who}"
    return f"a thread of {who}" if one.role in ("native", "") else f"a thread ({one.role}) of {who}"


def on_what(trace: Tables, look: Look, one: Stand) -> str:
    """Return what a thread waits for, as far as it is known: "on a lock of threading …"."""
    if one.wait == THREAD_LOCK:
        return _on_thread_lock(trace, look, one)
    if one.wait == CHILD or (one.wait == POLL and look.awaited(one)):
        child = look.awaited(one)
        return (
            f"waiting for the end of {of_whom(child)}" if child else "waiting for the end of a child process"
        )
    idle = _is_idle(one)
    if one.wait == PROCESS_LOCK:
        return "on the lock of its queue of tasks" if idle else _shared_lock(look, one)
    if one.wait in (PIPE_READ, PIPE_WRITE) or (one.wait == SOCKET and one.channel):
        reads = one.wait == PIPE_READ or (one.wait == SOCKET and one.call in READS)
        what = one.channel or ("its queue of tasks" if idle and reads else "a pipe")
        return f"waiting for a message from {what}" if reads else f"in a write to {what}, whose pipe is full"
    if one.inside[0] == MANAGER:
        call = f"`{one.inside[1]}`" if one.inside[1] else "a call"
        return f"in {call} of a manager, which waits itself"
    if one.inside[0]:
        return f"in {one.inside[1]} ({one.inside[0]})"
    return _PLAIN.get(one.wait, f"in the kernel ({one.call})" if one.call else "in the kernel")


def _is_idle(one: Stand) -> bool:
    """Tell a worker that waits for a task: the line is that of its pool, or of who forked it."""
    waits = one.wait in (PROCESS_LOCK, PIPE_READ, SOCKET)
    return one.process_role == "worker" and one.task < 0 and not one.channel and waits


def _shared_lock(look: Look, one: Stand) -> str:
    """Return which of the locks that processes share it is, by a number where threads stand on several.

    What it was called as is known once the wait has ended, as by Control-C.
    """
    category, name = one.inside
    if category in ("barrier", "event", "condition"):
        return f"in the `wait()` of {'an' if category == 'event' else 'a'} {name}"
    if one.inside == ("queue", "join"):
        return "in the `join()` of a JoinableQueue"
    locks = list(dict.fromkeys(other.object for other in look.threads if other.wait == PROCESS_LOCK))
    if len(locks) < 2 or not one.object:
        return "on a lock or semaphore that processes share"
    return f"on lock {locks.index(one.object) + 1} of {len(locks)} that processes share"


def _on_thread_lock(trace: Tables, look: Look, one: Stand) -> str:
    """Return what is known of a lock of one process's threads."""
    others = [other for other in look.of(one.process) if other is not one]
    feeder = next((other for other in others if other.role == QUEUE_FEEDER), None)
    if feeder is not None and feeder.wait == PIPE_WRITE:
        queue = feeder.channel or "its queue"
        return f"waiting for its feeder thread, which is in a write to {queue}, whose pipe is full"
    if [other for other in others if other.role != "native"]:
        return "on a lock or condition of its own threads"
    forked = trace.processes.loc[trace.processes["process"] == one.process, "start_method"].eq("fork").any()
    held = ": it took the lock itself, or was forked while another thread held it" if forked else ""
    return f"on a lock or condition of threading, and no other thread is there to release it{held}"


def in_words(trace: Tables, look: Look, one: Stand) -> str:
    """Return a clause: who stands since when in which task, on what."""
    open_ = len(look.waiting) + len(look.running) + len(look.lost)
    if one.process_role == "main" and one.is_first and one.wait == THREAD_LOCK and open_ and one.task < 0:
        since = duration(max(one.since, 0))
        return f"main waits since {since}{_line(one)}; {count(open_, 'task')} had no result by then"
    since = duration(max(one.since, 0))
    return f"{of_whom(one)} stands since {since}{_where(trace, one)}, {on_what(trace, look, one)}"


def in_words_each(trace: Tables, look: Look, threads: Sequence[Stand]) -> list[str]:
    """Return a clause for each of them, in short where one before stands on the same."""
    told, said = [], set()
    for one in threads:
        what = on_what(trace, look, one)
        if what in said and not (one.process_role == "main" and one.is_first):
            told.append(f"so does {of_whom(one)} since {duration(max(one.since, 0))}{_where(trace, one)}")
        else:
            told.append(in_words(trace, look, one))
        said.add(what)
    return told


def _where(trace: Tables, one: Stand) -> str:
    """Return the task in which a thread stands, and its line of Python, as far as they are known."""
    if one.task < 0:
        return "" if _is_idle(one) else _line(one)
    name, number = trace.tasks["function"].iloc[one.task], f"task {trace.tasks['task'].iloc[one.task]}"
    frame = _FRAME.fullmatch(one.stack.split("; ")[0])
    if not isinstance(name, str):
        return f" ({number}){_line(one)}"
    if frame and frame["function"].rpartition(".")[2] == name.rpartition(".")[2]:
        return f" in `{name}` ({number}, {frame['place']})"
    return f" in `{name}` ({number}),{_line(one)}" if frame else f" in `{name}` ({number})"


def _line(one: Stand) -> str:
    """Return the line of Python that a thread is at, where it could be had."""
    frame = _FRAME.fullmatch(one.stack.split("; ")[0])
    return f" in `{frame['function']}` ({frame['place']})" if frame else ""
