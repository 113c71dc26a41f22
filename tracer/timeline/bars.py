"""Bars: what happened on each lane, from the tables of a trace; nothing here draws."""

from __future__ import annotations

from operator import attrgetter

import numpy as np
import pandas as pd

from tracer.analysis.columns import Floats, Integers, equals, first_known, floats, integers
from tracer.analysis.structure.runs import PROCESSES, TASKS, Runs
from tracer.figures.style.palette import SPAN_OF_CATEGORY
from tracer.record.kinds import UNRECORDED, kind_of
from tracer.tables.tables import Tables
from tracer.timeline.facts import Facts, chosen
from tracer.timeline.lane_index import Index
from tracer.timeline.shapes import Bars


def make_bars(kind: str, lane: Integers, *times: Floats, number: Integers | None = None) -> Bars:
    """Return bars of one kind from `times`, start and end; those without a lane or an end are left out."""
    start, end = times if times else (np.zeros(lane.size), np.zeros(lane.size))
    keep = (lane >= 0) & (end >= start)
    kept = None if number is None else chosen(number, keep)
    return Bars(kind, chosen(lane, keep), chosen(start, keep), chosen(end, keep), kept)


def run_bars(facts: Facts, index: Index, lane: Integers) -> list[Bars]:
    """Return what ran: tasks split by how they ended, targets of processes, the program's own threads.

    `lane` is each task's.
    """
    result: list[Bars] = []
    for runs in facts.runs:
        if runs.kind == TASKS:
            result += _task_runs(facts, lane, runs)
        elif runs.row.size:
            frame = facts.trace.processes if runs.kind == PROCESSES else facts.trace.threads
            process = integers(frame, "process")[runs.row]
            tid = np.full(process.size, -1) if runs.kind == PROCESSES else integers(frame, "tid")[runs.row]
            place = index(process, tid)
            for kind, which in (("run", runs.measured), ("unfinished", ~runs.measured)):
                result.append(make_bars(kind, place[which], runs.start_ns[which], runs.end_ns[which]))
    return result


def _task_runs(facts: Facts, lane: Integers, runs: Runs) -> list[Bars]:
    tasks, measured = facts.trace.tasks, runs.measured
    lane, number = chosen(lane, runs.row), chosen(facts.number("task"), runs.row)
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


def phase_bars(facts: Facts, lane: Integers) -> list[Bars]:
    """Return what workers do beside running: wait, receive, unpickle, pickle, send; `lane` is each task's."""
    if not lane.size:
        return []
    received, waiting, pickled = facts.time("received"), facts.time("wait_start"), facts.time("pickle_end")
    got = np.fmax(facts.time("lock_acquired"), pickled)
    np.fmin(got, received, out=got)  # what is not known takes no part
    np.fmax(got, waiting, out=got)
    done = facts.time("result_pickled")
    result = [
        make_bars("wait", lane, waiting, got),
        make_bars("pickle", lane, facts.time("run_end"), done),
        make_bars("pipe", lane, done, facts.time("result_sent")),
    ]
    if not np.isnan(pickled).all():
        result += [
            make_bars("pipe", lane, got, received),
            make_bars("unpickle", lane, received, facts.time("run_start")),
        ]
    return result


def parent_bars(facts: Facts, index: Index) -> list[Bars]:
    """Return the work of the hidden threads, in the process that owns the pool."""
    pickle_start = facts.time("pickle_start")
    if np.isnan(pickle_start).all():
        return []
    code, pools = pd.factorize(facts.number("pool"))
    owners = _owners(facts.trace, pools)
    sending, receiving = (
        np.array([index.roles.get((owner, role(kind_of(kind))), -1) for owner, kind in owners])[code]
        for role in (attrgetter("sending"), attrgetter("receiving"))
    )
    sent, opened = facts.time("pickle_end"), facts.time("result_unpickled")
    return [
        make_bars("pickle", sending, pickle_start, sent),
        make_bars("pipe", sending, sent, facts.time("sent")),
        make_bars("unpickle", receiving, facts.time("result_received"), opened),
        make_bars("deliver", receiving, opened, facts.time("delivered")),
    ]


def _owners(trace: Tables, pools: Integers) -> list[tuple[int, str]]:
    """Return the process that owns each pool (its workers' parent, else main) and the pool's kind."""
    frame = trace.processes
    process, ppid = integers(frame, "process").tolist(), integers(frame, "ppid").tolist()
    by_pid = dict(zip(integers(frame, "pid").tolist(), process, strict=True))
    parents = dict(zip(process, ppid, strict=True))
    roles = dict(zip(process, frame["role"].astype(str).tolist(), strict=True))
    main = next((number for number, role in roles.items() if role == "main"), -1)
    tasks = trace.tasks.drop_duplicates("pool")  # in the order of `pools`
    kinds = tasks["kind"].astype(object).fillna("").tolist()
    result = []
    for _, worker, kind in zip(pools.tolist(), integers(tasks, "process").tolist(), kinds, strict=True):
        owner = by_pid.get(parents.get(worker, -1), main)
        result.append((main if roles.get(owner) in UNRECORDED else owner, str(kind)))
    return result


def life_bars(trace: Tables, index: Index) -> list[Bars]:
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


def span_bars(
    trace: Tables, index: Index
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
