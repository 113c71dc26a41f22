"""Bars: what happened on each lane, as arrays, from the tables of a trace."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.columns import Floats, Integers, chosen, equals, first_known, floats, integers
from tracer.analysis.cores.slices import held_cores
from tracer.analysis.intervals import latest_before
from tracer.analysis.structure import results
from tracer.analysis.structure.pools import pools
from tracer.analysis.structure.runs import PROCESSES, TASKS, Runs, all_runs
from tracer.record.kinds import QUEUE_FEEDER, UNRECORDED
from tracer.tables.tables import Tables
from tracer.timeline.kinds import ON_CORE, SPAN_OF_CATEGORY
from tracer.timeline.lanes import Lane, Places
from tracer.timeline.steps import hidden_steps, worker_steps
from tracer.timeline.task_columns import TaskColumns


@dataclass(frozen=True)
class Bars:
    """Bars of one kind: arrays of one length; `number` is the task's number (-1: none), or absent.

    Of a span it is the row in the table of spans.

    `lane` is the place of a lane in the view, times are nanoseconds since the trace's origin.
    """

    kind: str
    lane: Integers
    start: Floats
    end: Floats
    number: Integers | None = None

    def __len__(self) -> int:
        return int(self.lane.size)

    @property
    def total_ns(self) -> float:
        """All of them together."""
        return float((self.end - self.start).sum())


def make_bars(kind: str, lane: Integers, *times: Floats, number: Integers | None = None) -> Bars:
    """Return bars of one kind from `times`, start and end; those without a lane or an end are left out."""
    start, end = times if times else (np.zeros(lane.size), np.zeros(lane.size))
    keep = (lane >= 0) & (end >= start)
    kept = None if number is None else chosen(number, keep)
    return Bars(kind, chosen(lane, keep), chosen(start, keep), chosen(end, keep), kept)


def run_bars(columns: TaskColumns, index: Places, lane: Integers) -> list[Bars]:
    """Return what ran: tasks split by how they ended, targets of processes, the program's own threads.

    `lane` is that of each task, here and below.
    """
    result: list[Bars] = []
    for runs in all_runs(columns.trace):
        if runs.kind == TASKS:
            result += _task_runs(columns, lane, runs)
        elif runs.row.size:
            frame = columns.trace.processes if runs.kind == PROCESSES else columns.trace.threads
            process = integers(frame, "process")[runs.row]
            tid = np.full(process.size, -1) if runs.kind == PROCESSES else integers(frame, "tid")[runs.row]
            place = index(process, tid)
            for kind, which in (("run", runs.measured), ("unfinished", ~runs.measured)):
                result.append(make_bars(kind, place[which], runs.start_ns[which], runs.end_ns[which]))
    return result


def _task_runs(columns: TaskColumns, lane: Integers, runs: Runs) -> list[Bars]:
    tasks, measured = columns.trace.tasks, runs.measured
    lane, number = chosen(lane, runs.row), chosen(columns.number("task"), runs.row)
    lost = chosen(equals(tasks, "status", "lost"), runs.row)
    error = chosen(equals(tasks, "status", "error"), runs.row)
    kinds = {
        "run": measured & ~lost & ~error,
        "error": measured & error,
        "lost": lost,
        "unfinished": ~measured & ~lost,
    }
    return [
        make_bars(
            kind,
            chosen(lane, which),
            chosen(runs.start_ns, which),
            chosen(runs.end_ns, which),
            number=chosen(number, which),
        )
        for kind, which in kinds.items()
        if which.any()
    ]


def phase_bars(columns: TaskColumns, lane: Integers) -> list[Bars]:
    """Return what workers do beside running: wait, receive, unpickle, pickle, send."""
    task = columns.number("task")
    return [make_bars(step.kind, lane, step.start, step.end, number=task) for step in worker_steps(columns)]


def handler_lanes(columns: TaskColumns, index: Places) -> tuple[Integers, Integers]:
    """Return for each task the lanes of the threads that send it and that receive its result, -1: none."""
    code, numbers = pd.factorize(columns.number("pool"))
    lanes = np.full((numbers.size, 2), -1)
    for pool in pools(columns.trace):
        roles = (pool.traits.sending, pool.traits.receiving) if pool.traits.piped else ("", "")
        lanes[numbers == pool.number] = [index.roles.get((pool.owner, role), -1) for role in roles]
    return lanes[code, 0], lanes[code, 1]


def hidden_bars(columns: TaskColumns, index: Places) -> list[Bars]:
    """Return the work of the hidden threads, in the process that owns the pool."""
    sends, receives = hidden_steps(columns)
    if not sends:
        return []
    sending, receiving = handler_lanes(columns, index)
    lanes = [*((sending, step) for step in sends), *((receiving, step) for step in receives)]
    task = columns.number("task")
    return [make_bars(step.kind, lane, step.start, step.end, number=task) for lane, step in lanes]


def fed_bars(columns: TaskColumns, index: Places) -> list[Bars]:
    """Return the work of the workers' feeders, which take results one after the other."""
    begun, done = columns.time("run_end"), columns.time("result_pickled")
    fed = np.flatnonzero(results.is_fed(columns.trace) & ~np.isnan(done))
    if not fed.size:
        return []
    process = columns.number("process")
    fed = fed[np.lexsort((done[fed], process[fed]))]
    process, done = process[fed], done[fed]
    sent = first_known(columns.time("result_sent")[fed], done)
    feeders = {who: index.roles.get((who, QUEUE_FEEDER), -1) for who in np.unique(process).tolist()}
    lane = np.array([feeders[who] for who in process.tolist()], np.int64)
    begun = np.fmax(begun[fed], latest_before(process, sent))
    task = columns.number("task")[fed]
    pickling = make_bars("pickle", lane, begun, done, number=task)
    return [pickling, make_bars("pipe", lane, done, sent, number=task)]


def life_bars(trace: Tables, index: Places) -> list[Bars]:
    """Return start-up and end of every child."""
    frame = trace.processes
    roles = frame["role"].astype(object).fillna("")
    child = ~roles.isin(["main", *UNRECORDED]).to_numpy(dtype=bool)
    frame = frame[child]
    lane = index(integers(frame, "process"), np.full(len(frame), -1))
    called, forked, started, ready, left, exited = (
        floats(frame, c)
        for c in ("start_called", "forked", "started", "target_start", "target_end", "exited")
    )
    return [
        make_bars("call", lane, called, forked),
        make_bars("interpreter", lane, first_known(forked, called), started),
        make_bars("prepare", lane, started, ready),
        make_bars("exit", lane, left, exited),
    ]


def on_core_bars(trace: Tables, lanes: Sequence[Lane], index: Places) -> tuple[Bars, ...]:
    """Return when processes that are no workers held a core: main by its first thread, a manager by any.

    None where there are no slices.
    """
    if (holds := held_cores(trace)) is None:
        return ()
    works = np.array([lane.number is not None for lane in lanes] + [True])
    only = np.array([lane.pid or 0 if lane.role == "main" else 0 for lane in lanes] + [0])
    lane = index(holds.process, holds.tid)
    others = works[lane] | ((only[lane] > 0) & (only[lane] != holds.tid))
    lane = np.where(others, -1, lane)[holds.thread]
    found = make_bars(ON_CORE.name, lane, holds.start.astype(np.float64), holds.end.astype(np.float64))
    return (found,) if len(found) else ()


def span_bars(
    trace: Tables, index: Places, leave_out: Collection[int] = ()
) -> tuple[tuple[Bars, ...], tuple[tuple[int, float, float, str], ...]]:
    """Return the spans by kind, and lane, start, end and name of the longest user spans.

    `leave_out` are rows of the table.
    """
    frame = trace.spans
    if not len(frame):
        return (), ()
    lane = index(integers(frame, "process"), integers(frame, "tid"))
    lane[np.isin(np.arange(lane.size), list(leave_out))] = -1
    start = floats(frame, "start")
    end = first_known(floats(frame, "end"), np.full(len(frame), float(trace.end_ns)))
    kinds = frame["category"].astype(object).map(SPAN_OF_CATEGORY).fillna("span_other").to_numpy()
    row = np.arange(len(frame))
    groups = [
        make_bars(kind, *(a[kinds == kind] for a in (lane, start, end)), number=row[kinds == kind])
        for kind in dict.fromkeys(kinds)
    ]
    user = np.flatnonzero((kinds == "span_user") & (lane >= 0))
    longest = user[np.argsort(start[user] - end[user], kind="stable")][:100]
    names = frame["name"].astype(object).fillna("").to_numpy()
    labels = tuple((int(lane[i]), float(start[i]), float(end[i]), str(names[i])) for i in longest.tolist())
    return tuple(group for group in groups if len(group)), labels
