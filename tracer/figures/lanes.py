"""Lanes: the rows of the processes panel and the bars on them, as plain data; nothing here draws.

main                        its life, spans
  task handler, …           hidden threads: pickle, pipe │ unpickle, deliver
  a thread pool's threads   wait, run
worker, worker, …           start-up, wait, pipe, unpickle, run, pickle, pipe, exit
processes without a pool    start-up, run, exit
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Booleans, Floats, Integers, equals, first_known, floats, integers
from tracer.analysis.runs import PROCESSES, TASKS, all_runs
from tracer.figures.lod import Bars
from tracer.figures.palette import SPAN_OF_CATEGORY
from tracer.trace.trace import Trace

SENDING = ("task_handler", "queue_feeder")
RECEIVING = ("result_handler", "executor_manager")
HELPERS = ("forkserver", "resource_tracker", "tracer")
THIN = 0.55


@dataclass(frozen=True)
class Lane:
    """One row: who it is, how high (1 is a worker), when it lived; `number` counts workers from 1."""

    process: int
    pid: int | None
    tid: int | None
    role: str
    name: str
    number: int | None = None
    height: float = 1.0
    born: float | None = None
    died: float | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether this is a thread that multiprocessing started behind the program's back."""
        return self.role in SENDING + RECEIVING


@dataclass(frozen=True)
class Chart:
    """Lanes from top to bottom, the bars on them by kind, and the instants at which a task was lost."""

    lanes: tuple[Lane, ...]
    bars: tuple[Bars, ...]
    spans: tuple[Bars, ...]
    span_names: tuple[tuple[int, float, float, str], ...]
    lost: Bars
    hidden_roles: tuple[str, ...]


def chart(trace: Trace, only: Iterable[str] = ()) -> Chart:
    """Lay out a trace; `only` keeps the lanes whose name, role or PID is among them (empty: all)."""
    wanted = {str(item) for item in only}
    lanes = [
        lane
        for lane in _lanes(trace)
        if not wanted or wanted & {lane.name, lane.role, str(lane.pid), f"W{lane.number}"}
    ]
    index = Index(lanes)
    bars = [*_runs(trace, index), *_phases(trace, index), *_parent(trace, index), *_life(trace, index)]
    lost = next((group for group in bars if group.kind == "lost"), _bars("lost", np.zeros(0, np.int64)))
    spans, names = _spans(trace, index)
    present = {role for role in HELPERS if equals(trace.processes, "role", role).any()}
    return Chart(tuple(lanes), tuple(b for b in bars if len(b)), spans, names, lost, tuple(sorted(present)))


class Index:
    """From (process, thread) to a lane's place: a thread that has no lane of its own lies on its process's."""

    def __init__(self, lanes: list[Lane]) -> None:
        places = {(lane.process, lane.tid): place for place, lane in enumerate(lanes)}
        self.processes = np.unique([process for process, _ in places] or [0]).astype(np.int64)
        self.tids = np.unique([tid for _, tid in places if tid is not None] or [-2]).astype(np.int64)
        self.table = np.full((self.processes.size + 1, self.tids.size + 1), -1, dtype=np.int64)
        for row, process in enumerate(self.processes.tolist()):
            self.table[row, :] = places.get((process, None), -1)
            for column, tid in enumerate(self.tids.tolist()):
                if (place := places.get((process, tid))) is not None:
                    self.table[row, column] = place
        self.roles = {(lane.process, lane.role): place for place, lane in reversed(list(enumerate(lanes)))}

    def __call__(self, process: Integers, tid: Integers) -> Integers:
        """Return the lane of each pair, -1 where it has none."""
        return np.asarray(self.table[_code(self.processes, process), _code(self.tids, tid)])


def _code(known: Integers, values: Integers) -> Integers:
    place = np.minimum(np.searchsorted(known, values), known.size - 1)
    return np.where(known[place] == values, place, known.size)


def _value(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _lanes(trace: Trace) -> list[Lane]:
    frame = trace.processes
    born = first_known(*(floats(frame, c) for c in ("start_called", "forked", "started", "target_start")))
    died = first_known(floats(frame, "exited"), floats(frame, "target_end"))
    process, pid = integers(frame, "process"), integers(frame, "pid")
    roles = frame["role"].fillna("process").astype(str).tolist()
    names = frame["name"].fillna("").astype(str).tolist()
    main_first = [role != "main" for role in roles]
    order = np.lexsort((process, np.nan_to_num(born, nan=np.inf), np.array(main_first)))
    threads = _threads(trace)
    lanes: list[Lane] = []
    number = 0
    for row in order.tolist():
        if roles[row] in HELPERS:
            continue
        works = roles[row] in ("worker", "process")
        number += works
        mine = int(process[row])
        known_pid = int(pid[row]) if pid[row] >= 0 else None
        name = names[row] or roles[row]
        lanes.append(
            Lane(mine, known_pid, None, roles[row], name, number if works else None, 1.0,
                 _value(born[row]), _value(died[row]))
        )  # fmt: skip
        lanes += threads.get(mine, [])
    return _number_threads(lanes, number)


def _number_threads(lanes: list[Lane], last: int) -> list[Lane]:
    """Number the threads that run tasks after the processes."""
    result = []
    for lane in lanes:
        if lane.tid is not None and not lane.is_hidden:
            last += 1
            lane = Lane(**{**lane.__dict__, "number": last})
        result.append(lane)
    return result


def _threads(trace: Trace) -> dict[int, list[Lane]]:
    """Return the lanes of each process's threads: one a hidden role, one a thread that works."""
    frame = trace.threads.sort_values("started", kind="stable")
    roles = frame["role"].fillna("").astype(str).tolist()
    names = frame["name"].fillna("").astype(str).tolist()
    process, pid, tid = (integers(frame, column) for column in ("process", "pid", "tid"))
    started, ended = floats(frame, "started"), floats(frame, "ended")
    result: dict[int, dict[object, Lane]] = {}
    for row, role in enumerate(roles):
        mine = result.setdefault(int(process[row]), {})
        born, died = _value(started[row]), _value(ended[row])
        if role in SENDING + RECEIVING:
            old = mine.get(role)
            if old is not None:  # several pools of one process share a lane for each role
                born = min(filter(None, (old.born, born)), default=None)
                died = max(filter(None, (old.died, died)), default=None)
            mine[role] = Lane(int(process[row]), int(pid[row]), -2 - len(mine) if old is None else old.tid,
                              role, role.replace("_", " "), None, THIN, born, died)  # fmt: skip
        elif role in ("worker", "user"):
            mine[int(tid[row])] = Lane(int(process[row]), int(pid[row]), int(tid[row]), role,
                                       names[row] or "thread", None, 0.8, born, died)  # fmt: skip
    return {key: list(lanes.values()) for key, lanes in result.items()}


def _bars(kind: str, lane: Integers, *times: Floats, number: Integers | None = None) -> Bars:
    start, end = times if times else (np.zeros(lane.size), np.zeros(lane.size))
    keep = (lane >= 0) & (end >= start)
    if keep.all():
        return Bars(kind, lane, start, end, number)
    return Bars(kind, lane[keep], start[keep], end[keep], None if number is None else number[keep])


def _runs(trace: Trace, index: Index) -> list[Bars]:
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
                result.append(_bars(kind, lane[which], runs.start_ns[which], runs.end_ns[which]))
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
        _bars(kind, lane[which], start[which], end[which], number=number[which])
        for kind, which in (
            ("run", measured & ~lost & ~error),
            ("error", measured & error),
            ("lost", lost),
            ("unfinished", ~measured & ~lost),
        )
    ]


def _phases(trace: Trace, index: Index) -> list[Bars]:
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
        _bars("wait", lane, waiting, got),
        _bars("pickle", lane, floats(tasks, "run_end"), done),
        _bars("pipe", lane, done, floats(tasks, "result_sent")),
    ]
    if serialized.any():
        result += [_bars("pipe", lane, got, received), _bars("unpickle", lane, received, run_start)]
    return _joined(result)


def _parent(trace: Trace, index: Index) -> list[Bars]:
    """Return the work of the parent's hidden threads; a pool's tasks lie in the process that owns the pool."""
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
        _bars("pickle", sending, floats(tasks, "pickle_start"), sent),
        _bars("pipe", sending, sent, floats(tasks, "sent")),
        _bars("unpickle", receiving, floats(tasks, "result_received"), opened),
        _bars("deliver", receiving, opened, floats(tasks, "delivered")),
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


def _life(trace: Trace, index: Index) -> list[Bars]:
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
        _bars("call", lane, called, forked),
        _bars("interpreter", lane, first_known(forked, called), started),
        _bars("prepare", lane, started, ready),
        _bars("exit", lane, left, exited),
    ]


def _spans(trace: Trace, index: Index) -> tuple[tuple[Bars, ...], tuple[tuple[int, float, float, str], ...]]:
    """Return the spans by kind, and lane, start, end and name of the longest user spans."""
    frame = trace.spans
    if not len(frame):
        return (), ()
    lane = index(integers(frame, "process"), integers(frame, "tid"))
    start = floats(frame, "start")
    end = first_known(floats(frame, "end"), np.full(len(frame), float(trace.end_ns)))
    kinds = frame["category"].astype(object).map(SPAN_OF_CATEGORY).fillna("span_other").to_numpy()
    groups = [_bars(kind, *(a[kinds == kind] for a in (lane, start, end))) for kind in dict.fromkeys(kinds)]
    user = np.flatnonzero((kinds == "span_user") & (lane >= 0))
    longest = user[np.argsort(start[user] - end[user], kind="stable")][:100]
    names = frame["name"].astype(object).fillna("").to_numpy()
    labels = tuple((int(lane[i]), float(start[i]), float(end[i]), str(names[i])) for i in longest.tolist())
    return tuple(group for group in groups if len(group)), labels
