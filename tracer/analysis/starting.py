"""The starts of processes, workers and the program's own: when each was asked for, and when it was ready.

owner    start called ─ pickles the process ─ forks ─ writes it ─ start() returns
worker                                        └─ Python ─ imports, unpickling ─ initializer ─ ready
"""

from __future__ import annotations

from dataclasses import dataclass
from signal import SIGTERM

import numpy as np
import pandas as pd

from tracer.analysis.account import account
from tracer.analysis.account.categories import NUMBER
from tracer.analysis.cache import cached
from tracer.analysis.columns import Booleans, Floats, Integers, equals, first_known, floats, integers, look_up
from tracer.analysis.concurrency import step_function
from tracer.analysis.cores.use import cores_of
from tracer.analysis.structure.runs import process_runs, task_runs
from tracer.record.kinds import IMPORT, PREPARING, SERVICES
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class Starts:
    """One row a start of a process that is known, by the time of the call; times in ns, NaN: unknown.

    `process` is the worker, `owner` who started it, `pool` the number of its pool (-1: it is not known);
    `returned` is when `start()` returned, `line` when the worker's first line ran, `ready` when it first
    waited for a task, or had imported what it needs to unpickle the first. `method` is the start method,
    `replaces` tells which came for one that was killed; `plain` which is no pool's, and is ready where its
    function begins.
    """

    process: Integers
    owner: Integers
    pool: Integers
    called: Floats
    forked: Floats
    returned: Floats
    line: Floats
    ready: Floats
    method: list[str]
    replaces: Booleans
    plain: Booleans

    def __len__(self) -> int:
        return int(self.process.size)


@cached
def starts(trace: Tables) -> Starts:
    """Return the starts of all workers and processes of the program whose call was recorded."""
    frame = trace.processes
    own = equals(frame, "role", "worker") | equals(frame, "role", "process")
    row = np.flatnonzero(own & ~np.isnan(floats(frame, "start_called")))
    row = row[np.argsort(floats(frame, "start_called")[row], kind="stable")]
    process, pid = integers(frame, "process"), integers(frame, "pid")
    by_pid = dict(zip(pid.tolist(), process.tolist(), strict=True))
    parent = dict(zip(process.tolist(), integers(frame, "ppid").tolist(), strict=True))
    serves = set(process[frame["role"].isin(SERVICES).fillna(False).to_numpy(bool)].tolist())
    above = [by_pid.get(parent[number], -1) for number in process[row].tolist()]
    # A forkserver forks for who asked it to, which is the process that has started it.
    above = [by_pid.get(parent[number], -1) if number in serves else number for number in above]
    owner = np.array(above, np.int64)
    called, forked = floats(frame, "start_called")[row], floats(frame, "forked")[row]
    returned = first_known(_handed_over(trace, frame["name"].iloc[row], owner, called), forked, called)
    plain = equals(frame, "role", "process")[row]
    pool = np.where(plain, -1, _pools(trace, process[row], np.where(plain, -1, owner), called))
    return Starts(
        process=process[row],
        owner=owner,
        pool=pool,
        called=called,
        forked=forked,
        returned=np.fmax(returned, called),
        line=floats(frame, "started")[row],
        ready=_imported(
            trace,
            process[row],
            np.fmax(first_known(_ready(trace, process[row]), floats(frame, "exited")[row], called), called),
        ),
        method=frame["start_method"].iloc[row].fillna("").astype(str).tolist(),
        replaces=_replaces(trace, row, pool, called) & ~plain,
        plain=plain,
    )


def _handed_over(trace: Tables, names: pd.Series, owner: Integers, called: Floats) -> Floats:
    """Return when each `start()` had written its process, where that was long enough for a span."""
    spans = trace.spans[equals(trace.spans, "category", PREPARING)]
    result = np.full(called.size, np.nan)
    if not len(spans):
        return result
    begin, end, who = floats(spans, "start"), floats(spans, "end"), integers(spans, "process")
    theirs = spans["name"].fillna("").astype(str).to_numpy(object)
    following = np.append(called[1:], np.inf)
    for place, name in enumerate(names.fillna("").astype(str).tolist()):
        mine = (theirs == name) & (who == owner[place]) & (begin >= called[place])
        mine &= (begin < following[place]) | (following[place] <= called[place])
        if mine.any():
            result[place] = end[mine][0]
    return result


def _ready(trace: Tables, process: Integers) -> Floats:
    """Return when each worker had started, by the account; NaN where that has nothing of it."""
    found = account(trace)
    until = np.full(len(found.lanes), np.nan)
    for part in found.intervals.parts:
        if part.category == NUMBER["start_up"]:
            np.fmax.at(until, part.lane, part.end)
    mine = found.lanes["kind"].isin(["worker", "process"]).to_numpy()
    return look_up(found.lanes["process"].to_numpy(np.int64)[mine], process, until[mine])


def _imported(trace: Tables, process: Integers, ready: Floats) -> Floats:
    """Return when each worker had imported what its first task needs: only then can it enter the function."""
    spans = trace.spans[equals(trace.spans, "category", IMPORT)]
    if not len(spans):
        return ready
    tasks = trace.tasks
    first = pd.DataFrame({"process": integers(tasks, "process"), "at": floats(tasks, "run_start")})
    first = first.dropna().sort_values("at").drop_duplicates("process")
    entered = look_up(first["process"].to_numpy(np.int64), process, first["at"].to_numpy(np.float64))
    begin, end, who = floats(spans, "start"), floats(spans, "end"), integers(spans, "process")
    result = ready.copy()
    for place, number in enumerate(process.tolist()):
        mine = (who == number) & (begin >= ready[place]) & (end <= entered[place])
        result[place] = end[mine].max(initial=ready[place])
    return result


def _pools(trace: Tables, process: Integers, owner: Integers, called: Floats) -> Integers:
    """Return the pool of each worker: that of its tasks, else of who was started at nearly the same time."""
    tasks = trace.tasks
    known = pd.DataFrame({"process": integers(tasks, "process"), "pool": integers(tasks, "pool")})
    first = known[known["pool"] >= 0].drop_duplicates("process")
    pool = look_up(first["process"].to_numpy(np.int64), process, first["pool"].to_numpy(np.float64))
    for number in np.unique(owner).tolist():
        has = np.flatnonzero((owner == number) & ~np.isnan(pool))
        lacks = np.flatnonzero((owner == number) & np.isnan(pool))
        if not has.size or not lacks.size:
            continue
        after = np.minimum(np.searchsorted(called[has], called[lacks]), has.size - 1)
        before = np.maximum(after - 1, 0)
        sooner = called[lacks] - called[has[before]] < called[has[after]] - called[lacks]
        pool[lacks] = pool[has[np.where(sooner, before, after)]]
    return np.asarray(np.nan_to_num(pool, nan=-1.0), np.int64)


def _replaces(trace: Tables, row: Integers, pool: Integers, called: Floats) -> Booleans:
    """Tell which workers took the place of one that was killed: one for each that had died before.

    That is one whose task was lost with it, or which ended neither by itself nor by its pool's SIGTERM.
    """
    frame, tasks = trace.processes, trace.tasks
    exited, code = floats(frame, "exited")[row], integers(frame, "exitcode", missing=0)[row]
    lost = np.isin(
        integers(frame, "process")[row], integers(tasks, "process")[equals(tasks, "status", "lost")]
    )
    killed = (lost | ~np.isin(code, [0, -SIGTERM])) & ~np.isnan(exited)
    result = np.zeros(row.size, np.bool_)
    for number in np.unique(pool).tolist():
        mine = np.flatnonzero(pool == number)
        died = np.sort(exited[mine][killed[mine]])
        taken = 0
        for place in mine.tolist():
            if taken < died.size and died[taken] <= called[place]:
                result[place] = True
                taken += 1
    return result


def makings(trace: Tables) -> tuple[Floats, Floats]:
    """Return when the program made pools and started processes: begins and ends, in any order (ns).

    To make a pool lasts from its first `start()` to its last before any of its tasks ran.
    """
    found = starts(trace)
    begin, end = _makings(trace, np.arange(len(found)))
    return np.append(found.called, begin), np.append(found.returned, end)


def _makings(trace: Tables, use: Integers) -> tuple[Floats, Floats]:
    """Return the same of the starts `use`, without those of workers that were made later."""
    found, first_run = starts(trace), _first_run(trace)
    pool, plain = found.pool[use], found.plain[use]
    called, returned = found.called[use], found.returned[use]
    alone = plain | (pool < 0)
    begin, end = [called[alone]], [returned[alone]]
    for number in np.unique(pool[~alone]).tolist():
        mine = (pool == number) & ~alone & (called <= first_run.get(number, np.inf))
        if mine.any():
            begin.append(called[mine].min(keepdims=True))
            end.append(returned[mine].max(keepdims=True))
    return np.concatenate(begin), np.concatenate(end)


@dataclass(frozen=True)
class Stall:
    """How long cores stood by while workers started and tasks, or the program, waited for them (ns).

    `lost_ns` is that time, weighed with the part of the cores that stood by; `idle_ns` the part of it in
    which no task ran at all.
    """

    lost_ns: float
    idle_ns: float


@cached
def stall(trace: Tables) -> Stall:
    """Return what starting workers cost, as it was measured: nothing here is played by a model.

    Somebody waits for a start while a pool is being made (its first `start()` calls), while a task has been
    submitted that no worker has begun, and while a plain process has not begun its function. Who took the
    place of one that was killed is left out.
    """
    return stall_of(trace, np.flatnonzero(~starts(trace).replaces))


def stall_of(trace: Tables, use: Integers) -> Stall:
    """Return the same for some of the starts."""
    found = starts(trace)
    if not use.size:
        return Stall(0.0, 0.0)
    tasks, runs, others = trace.tasks, task_runs(trace), process_runs(trace)
    plain = use[found.plain[use]]
    submitted = first_known(floats(tasks, "submitted"), floats(tasks, "pickle_start"))
    run_start = floats(tasks, "run_start")
    waits = ~np.isnan(submitted) & ~np.isnan(run_start)
    steps = {
        "starting": (found.called[use], found.ready[use]),
        "making": _makings(trace, use),
        "waiting": (
            np.append(submitted[waits], found.called[plain]),
            np.append(run_start[waits], found.ready[plain]),
        ),
        "running": (np.append(runs.start_ns, others.start_ns), np.append(runs.end_ns, others.end_ns)),
    }
    edges = np.unique(np.concatenate([time for pair in steps.values() for time in pair]))
    if edges.size < 2:
        return Stall(0.0, 0.0)
    at = {name: _count_at(edges[:-1], *pair) for name, pair in steps.items()}
    _, alive = step_function(found.called[use], _ends(trace, found)[use])
    slots = float(max(min(int(alive.max(initial=1)), cores_of(trace, found.process[use]) or 1), 1))
    spare = np.minimum(np.minimum(at["starting"], at["waiting"]), np.maximum(slots - at["running"], 0.0))
    waits_for_start = (at["making"] > 0) | ((at["waiting"] > 0) & (at["starting"] > 0))
    idle = (at["running"] == 0) & waits_for_start
    lost = np.where(idle, 1.0, np.where(at["starting"] > 0, spare / slots, 0.0)) * np.diff(edges)
    return Stall(float(lost.sum()), float((np.diff(edges) * idle).sum()))


def _ends(trace: Tables, found: Starts) -> Floats:
    frame = trace.processes
    exited = look_up(integers(frame, "process"), found.process, floats(frame, "exited"))
    return np.fmax(first_known(exited, np.full(len(found), float(trace.end_ns))), found.ready)


def _first_run(trace: Tables) -> dict[int, float]:
    number, at = integers(trace.tasks, "pool"), floats(trace.tasks, "run_start")
    begun = ~np.isnan(at)
    numbers, at = number[begun], at[begun]
    return {one: float(at[numbers == one].min()) for one in np.unique(numbers).tolist()}


def _count_at(times: Floats, start: Floats, end: Floats) -> Floats:
    """Return how many of the intervals each instant lies in."""
    begun = np.searchsorted(np.sort(start), times, side="right")
    over = np.searchsorted(np.sort(end), times, side="right")
    return np.asarray(begun - over, np.float64)
