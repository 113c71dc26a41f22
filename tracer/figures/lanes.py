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

from tracer.analysis.columns import equals, first_known, floats, integers
from tracer.analysis.held import Held
from tracer.analysis.runs import user_threads
from tracer.figures.bars import life_bars, make_bars, parent_bars, phase_bars, run_bars, span_bars
from tracer.figures.lod import Bars
from tracer.figures.places import HELPERS, RECEIVING, SENDING, Index, Lane
from tracer.figures.states import state_bars
from tracer.reading.trace import Trace

THIN = 0.55


@dataclass(frozen=True)
class Chart:
    """Lanes from top to bottom, the bars on them by kind, and the instants at which a task was lost.

    `states` are parts of the runs in which no core was held (see `tracer.figures.states`).
    """

    lanes: tuple[Lane, ...]
    bars: tuple[Bars, ...]
    spans: tuple[Bars, ...]
    states: tuple[Bars, ...]
    span_names: tuple[tuple[int, float, float, str], ...]
    lost: Bars
    hidden_roles: tuple[str, ...]


def chart(trace: Trace, only: Iterable[str] = (), holds: Held | None = None) -> Chart:
    """Lay out a trace; `only` keeps the lanes whose name, role or PID is among them (empty: all).

    `holds` is `held(trace)`: without it nothing is said of what the runs had of a core.
    """
    wanted = {str(item) for item in only}
    lanes = [
        lane
        for lane in _lanes(trace)
        if not wanted or wanted & {lane.name, lane.role, str(lane.pid), f"W{lane.number}"}
    ]
    index = Index(lanes)
    bars = [
        *run_bars(trace, index),
        *phase_bars(trace, index),
        *parent_bars(trace, index),
        *life_bars(trace, index),
    ]
    lost = next((group for group in bars if group.kind == "lost"), make_bars("lost", np.zeros(0, np.int64)))
    spans, names = span_bars(trace, index)
    present = {role for role in HELPERS if equals(trace.processes, "role", role).any()}
    states = state_bars(trace, index, holds)
    shown = tuple(group for group in bars if len(group))
    return Chart(tuple(lanes), shown, spans, states, names, lost, tuple(sorted(present)))


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
    allowed = set(trace.meta.get("affinity") or ())
    pinned = [
        tuple(cores) if cores is not None and set(cores) < allowed else () for cores in frame["affinity"]
    ]
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
                 _value(born[row]), _value(died[row]), pinned[row])
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
    frame = trace.threads[user_threads(trace) | ~equals(trace.threads, "role", "user")]
    frame = frame.sort_values("started", kind="stable")
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
