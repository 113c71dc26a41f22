"""What counts as running: tasks, targets of plain processes and targets of the program's own threads.

    tasks      run_start    → run_end       every task that entered its function
    processes  target_start → target_end    children with role `process` (started without a pool)
    threads    started      → ended         threads with role `user` (`threading.Thread`)

An end that was never recorded (a worker that died, a trace that ended first) is taken to be the end of a
task's thread, the process's exit, or else the trace's last instant; `measured` tells these apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.cache import cached
from tracer.analysis.columns import (
    Booleans,
    Floats,
    Integers,
    equals,
    first_known,
    floats,
    highest,
    integers,
    look_up,
    lowest,
)
from tracer.analysis.intervals import thread_key
from tracer.record.kinds import OWN_THREADS, SERVICES
from tracer.tables.tables import Tables

TASKS, PROCESSES, THREADS = KINDS = ("tasks", "processes", "threads")


@dataclass(frozen=True)
class Runs:
    """Intervals of one kind, arrays of one length: `row` is the row in the table of that kind."""

    kind: str
    row: Integers
    start_ns: Floats
    end_ns: Floats
    measured: Booleans

    @property
    def total_ns(self) -> int:
        """The sum of all durations."""
        return int((self.end_ns - self.start_ns).sum())


def _closed(
    trace: Tables,
    kind: str,
    chosen: Booleans,
    start: Floats,
    end: Floats,
    process: Integers,
    thread: Floats | None = None,
) -> Runs:
    """Keep the rows that started and give each an end; `thread` is when the threads of each ended."""
    row = np.flatnonzero(chosen & ~np.isnan(start))
    start, end, process = start[row], end[row], process[row]
    measured = ~np.isnan(end)
    if not measured.all():
        exited = look_up(integers(trace.processes, "process"), process, floats(trace.processes, "exited"))
        ended = exited if thread is None else first_known(thread[row], exited)
        end = first_known(end, ended, np.full(end.shape, float(trace.end_ns)))
    return Runs(kind, row, start, np.maximum(start, end), measured)


@cached
def task_runs(trace: Tables) -> Runs:
    """Return every task that entered its function."""
    tasks = trace.tasks
    start, end = floats(tasks, "run_start"), floats(tasks, "run_end")
    chosen = np.ones(len(tasks), dtype=np.bool_)
    process, threads = integers(tasks, "process"), trace.threads
    mine = thread_key(process, integers(tasks, "worker_tid"))
    known = thread_key(integers(threads, "process"), integers(threads, "tid"))
    ended = look_up(known, mine, floats(threads, "ended"))
    return _closed(trace, TASKS, chosen, start, end, process, ended)


@cached
def process_runs(trace: Tables) -> Runs:
    """Return the targets of the children that were started without a pool."""
    frame = trace.processes
    start, end = floats(frame, "target_start"), floats(frame, "target_end")
    return _closed(trace, PROCESSES, equals(frame, "role", "process"), start, end, integers(frame, "process"))


@cached
def user_threads(trace: Tables) -> Booleans:
    """Tell which rows of `threads` the program started itself: not a library, nor what serves it."""
    helpers = trace.processes["process"][trace.processes["role"].isin(SERVICES).fillna(False)]
    inside = trace.threads["process"].isin(helpers).fillna(False).to_numpy(dtype=bool)
    own = trace.threads["role"].isin(OWN_THREADS).fillna(False).to_numpy(dtype=bool)
    return np.asarray(own & trace.threads["library"].isna().to_numpy(bool) & ~inside)


@cached
def thread_runs(trace: Tables) -> Runs:
    """Return the lives of the threads that the program started itself."""
    frame = trace.threads
    start, end = floats(frame, "started"), floats(frame, "ended")
    return _closed(trace, THREADS, user_threads(trace), start, end, integers(frame, "process"))


def all_runs(trace: Tables) -> tuple[Runs, Runs, Runs]:
    """Return the runs of every kind, in the order of `KINDS`."""
    return task_runs(trace), process_runs(trace), thread_runs(trace)


@cached
def makespan(trace: Tables) -> tuple[float, float] | None:
    """Return start and end of the makespan in nanoseconds, or None for a trace without any time.

    With tasks: from the first task's `submitted` to the last one's `delivered` (where a phase is missing: the
    nearest known), widened to processes and threads that ran beside them. Without: from the first child's
    `start_called` to the last one's `exited`, threads of the program included. With neither: main's life.
    """
    tasks, frame, threads = trace.tasks, trace.processes, trace.threads
    own = equals(frame, "role", "process") | equals(frame, "role", "worker")
    user = user_threads(trace)
    if len(tasks):
        starts = [
            first_known(floats(tasks, "submitted"), floats(tasks, "pickle_start"), floats(tasks, "run_start"))
        ]
        ends = [first_known(floats(tasks, "delivered"), floats(tasks, "run_end"))]
        for runs in all_runs(trace):
            starts.append(runs.start_ns)
            ends.append(runs.end_ns if runs.kind != TASKS else runs.end_ns[~runs.measured])
    elif own.any() or user.any():
        starts = [first_known(*(floats(frame, c)[own] for c in ("start_called", "started", "target_start")))]
        ends = [first_known(*(floats(frame, c)[own] for c in ("exited", "target_end")))]
        starts += [floats(threads, "started")[user]]
        ends += [floats(threads, "ended")[user]]
    else:
        main = equals(frame, "role", "main")
        starts = [first_known(*(floats(frame, c)[main] for c in ("started", "target_start")))]
        ends = [first_known(*(floats(frame, c)[main] for c in ("exited", "target_end")))]
    start, end = lowest(*starts), highest(*ends)
    if start is None:
        return None
    return start, max(start, end if end is not None else float(trace.end_ns))
