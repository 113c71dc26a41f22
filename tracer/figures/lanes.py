"""Lanes: the rows of the processes panel, from top to bottom; nothing here draws."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import equals, first_known, floats, integers
from tracer.analysis.runs import user_threads
from tracer.figures.places import HELPERS, RECEIVING, SENDING, Lane
from tracer.reading.trace import Trace

THIN = 0.55


def _value(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def all_lanes(trace: Trace) -> list[Lane]:
    """Return a lane for each process and for each thread of its that works."""
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
