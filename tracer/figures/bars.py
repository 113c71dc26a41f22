"""Bars: what happened on each lane, from the tables of a trace; nothing here draws."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Booleans, Floats, Integers, equals, first_known, floats, integers
from tracer.analysis.runs import PROCESSES, TASKS, all_runs
from tracer.figures.lod import Bars
from tracer.figures.palette import SPAN_OF_CATEGORY
from tracer.figures.places import HELPERS, RECEIVING, SENDING, Index
from tracer.reading.trace import Trace


def make_bars(kind: str, lane: Integers, *times: Floats, number: Integers | None = None) -> Bars:
    start, end = times if times else (np.zeros(lane.size), np.zeros(lane.size))
    keep = (lane >= 0) & (end >= start)
    if keep.all():
        return Bars(kind, lane, start, end, number)
    return Bars(kind, lane[keep], start[keep], end[keep], None if number is None else number[keep])


def run_bars(trace: Trace, index: Index) -> list[Bars]:
    """Return what ran: tasks split by how they ended, targets of processes, the program's own threads."""
    result: list[Bars] = []
    for runs in all_runs(trace):
        if runs.kind == TASKS:
            result += _task_runs(trace, index, runs.row, runs.start_ns, runs.end_ns, runs.measured)
        elif runs.row.size:
            frame = trace.processes if runs.kind == PROCESSES else trace.threads
            process = integers(frame, "process")[runs.row]
            tid = np.full(process.size, -1) if runs.kind == PROCESSES else integers(frame, "tid")[runs.row]
            lane = index(process, tid)
            for kind, which in (("run", runs.measured), ("unfinished", ~runs.measured)):
                result.append(make_bars(kind, lane[which], runs.start_ns[which], runs.end_ns[which]))
    return _joined(result)


def _joined(groups: list[Bars]) -> list[Bars]:
    """Join the groups of one kind into one."""
    result: dict[str, Bars] = {}
    for group in groups:
        if (old := result.get(group.kind)) is None or not len(old):
            result[group.kind] = group
        elif len(group):
            numbers = [g.number if g.number is not None else np.full(len(g), -1) for g in (old, group)]
            result[group.kind] = Bars(
                group.kind,
                np.concatenate([old.lane, group.lane]),
                np.concatenate([old.start, group.start]),
                np.concatenate([old.end, group.end]),
                np.concatenate(numbers),
            )
    return list(result.values())


def _task_runs(
    trace: Trace, index: Index, row: Integers, start: Floats, end: Floats, measured: Booleans
) -> list[Bars]:
    tasks = trace.tasks
    lane = index(integers(tasks, "process")[row], integers(tasks, "worker_tid")[row])
    number = integers(tasks, "task")[row]
    lost = equals(tasks, "status", "lost")[row]
    error = equals(tasks, "status", "error")[row]
    return [
        make_bars(kind, lane[which], start[which], end[which], number=number[which])
        for kind, which in (
            ("run", measured & ~lost & ~error),
            ("error", measured & error),
            ("lost", lost),
            ("unfinished", ~measured & ~lost),
        )
    ]


def phase_bars(trace: Trace, index: Index) -> list[Bars]:
    """Return what a worker does beside running: wait, receive, unpickle, pickle, send."""
    tasks = trace.tasks
    if not len(tasks):
        return []
    lane = index(integers(tasks, "process"), integers(tasks, "worker_tid"))
    received, run_start = floats(tasks, "received"), floats(tasks, "run_start")
    waiting, pickled = floats(tasks, "wait_start"), floats(tasks, "pickle_end")
    got = np.fmax(floats(tasks, "lock_acquired"), pickled)
    got = np.fmin(np.where(np.isnan(got), received, got), received)
    got = np.fmax(got, waiting)
    done = floats(tasks, "result_pickled")
    serialized = ~np.isnan(pickled)
    result = [
        make_bars("wait", lane, waiting, got),
        make_bars("pickle", lane, floats(tasks, "run_end"), done),
        make_bars("pipe", lane, done, floats(tasks, "result_sent")),
    ]
    if serialized.any():
        result += [make_bars("pipe", lane, got, received), make_bars("unpickle", lane, received, run_start)]
    return _joined(result)


def parent_bars(trace: Trace, index: Index) -> list[Bars]:
    """Return the work of the hidden threads, in the process that owns the pool."""
    tasks = trace.tasks
    serialized = ~tasks["pickle_start"].isna().to_numpy()
    if not serialized.any():
        return []
    pool = integers(tasks, "pool")
    sending, receiving = np.full(pool.size, -1), np.full(pool.size, -1)
    for number, (owner, kind) in _owners(trace, pool).items():
        mine = (pool == number) & serialized
        executor = "Executor" in kind
        sending[mine] = index.roles.get((owner, SENDING[executor]), -1)
        receiving[mine] = index.roles.get((owner, RECEIVING[executor]), -1)
    sent, opened = floats(tasks, "pickle_end"), floats(tasks, "result_unpickled")
    return [
        make_bars("pickle", sending, floats(tasks, "pickle_start"), sent),
        make_bars("pipe", sending, sent, floats(tasks, "sent")),
        make_bars("unpickle", receiving, floats(tasks, "result_received"), opened),
        make_bars("deliver", receiving, opened, floats(tasks, "delivered")),
    ]


def _owners(trace: Trace, pool: Integers) -> dict[int, tuple[int, str]]:
    """Return the process that owns each pool (its workers' parent, else main) and the pool's kind."""
    frame = trace.processes
    process, ppid = integers(frame, "process").tolist(), integers(frame, "ppid").tolist()
    by_pid = dict(zip(integers(frame, "pid").tolist(), process, strict=True))
    parents = dict(zip(process, ppid, strict=True))
    roles = dict(zip(process, frame["role"].astype(str).tolist(), strict=True))
    main = next((number for number, role in roles.items() if role == "main"), -1)
    numbers, first = np.unique(pool, return_index=True)
    tasks = trace.tasks.iloc[first]
    kinds = tasks["kind"].astype(object).fillna("").tolist()
    result = {}
    for number, worker, kind in zip(
        numbers.tolist(), integers(tasks, "process").tolist(), kinds, strict=True
    ):
        owner = by_pid.get(parents.get(worker, -1), main)
        result[number] = (main if roles.get(owner) in HELPERS else owner, str(kind))
    return result


def life_bars(trace: Trace, index: Index) -> list[Bars]:
    """Return start-up and end of every child."""
    frame = trace.processes
    roles = frame["role"].astype(object).fillna("")
    child = ~roles.isin(["main", *HELPERS]).to_numpy(dtype=bool)
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


def span_bars(
    trace: Trace, index: Index
) -> tuple[tuple[Bars, ...], tuple[tuple[int, float, float, str], ...]]:
    """Return the spans by kind, and lane, start, end and name of the longest user spans."""
    frame = trace.spans
    if not len(frame):
        return (), ()
    lane = index(integers(frame, "process"), integers(frame, "tid"))
    start = floats(frame, "start")
    end = first_known(floats(frame, "end"), np.full(len(frame), float(trace.end_ns)))
    kinds = frame["category"].astype(object).map(SPAN_OF_CATEGORY).fillna("span_other").to_numpy()
    groups = [
        make_bars(kind, *(a[kinds == kind] for a in (lane, start, end))) for kind in dict.fromkeys(kinds)
    ]
    user = np.flatnonzero((kinds == "span_user") & (lane >= 0))
    longest = user[np.argsort(start[user] - end[user], kind="stable")][:100]
    names = frame["name"].astype(object).fillna("").to_numpy()
    labels = tuple((int(lane[i]), float(start[i]), float(end[i]), str(names[i])) for i in longest.tolist())
    return tuple(group for group in groups if len(group)), labels
