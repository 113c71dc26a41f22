"""Lanes: the rows of the processes panel, from top to bottom; nothing here draws.

main, and below it the threads that multiprocessing hides in it
children with their threads, and main's own threads: what began first stands higher, what lived at one
time stays together
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from tracer.analysis.columns import equals, first_known, floats, integers
from tracer.analysis.structure.runs import user_threads
from tracer.record.kinds import RECEIVING, SENDING, UNRECORDED
from tracer.tables.tables import Tables
from tracer.timeline.lane_index import Lane

THIN = 0.55


def all_lanes(trace: Tables) -> list[Lane]:
    """Return a lane for each process and each thread of its that works; workers are numbered from the top."""
    threads = _threads(trace)
    first: list[Lane] = []
    own: list[list[Lane]] = []
    children: list[list[Lane]] = []
    for lane in _processes(trace):
        below = threads.get(lane.process, [])
        if lane.role != "main":
            children.append([lane, *below])
            continue
        first += [lane, *(thread for thread in below if thread.is_hidden)]
        own += [[thread] for thread in below if not thread.is_hidden]
    blocks = sorted([*_blocks(children), *_blocks(own)], key=lambda block: _birth(block[0]))
    return _numbered([*first, *(lane for block in blocks for family in block for lane in family)])


def _birth(family: list[Lane]) -> float:
    return np.inf if family[0].born is None else family[0].born


def _blocks(families: Iterable[list[Lane]]) -> list[list[list[Lane]]]:
    """Put families that lived at the same time into one block, so that a pool's workers stay together."""
    blocks: list[list[list[Lane]]] = []
    until = -np.inf
    for family in sorted(families, key=lambda family: (_birth(family), family[0].process)):
        if not blocks or _birth(family) >= until:
            blocks.append([])
        blocks[-1].append(family)
        died = family[0].died
        until = max(until, np.inf if died is None else died)
    return blocks


def _numbered(lanes: list[Lane]) -> list[Lane]:
    """Give each worker, process or thread, its number."""
    result: list[Lane] = []
    number = 0
    for lane in lanes:
        works = lane.role in ("worker", "process") or (lane.tid is not None and not lane.is_hidden)
        number += works
        result.append(replace(lane, number=number if works else None))
    return result


def _value(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _processes(trace: Tables) -> list[Lane]:
    """Return a lane for each process of the program's, in the order in which they were recorded."""
    frame = trace.processes
    born = first_known(*(floats(frame, c) for c in ("start_called", "forked", "started", "target_start")))
    died = first_known(floats(frame, "exited"), floats(frame, "target_end"))
    process, pid = integers(frame, "process").tolist(), integers(frame, "pid").tolist()
    roles = frame["role"].fillna("process").astype(str).tolist()
    names = frame["name"].fillna("").astype(str).tolist()
    allowed = set(trace.meta.get("affinity") or ())
    pinned = [
        tuple(cores) if cores is not None and set(cores) < allowed else () for cores in frame["affinity"]
    ]
    return [
        Lane(
            process[row], pid[row] if pid[row] >= 0 else None, None, role, names[row] or role, None, 1.0,
            _value(born[row]), _value(died[row]), pinned[row],
        )
        for row, role in enumerate(roles)
        if role not in UNRECORDED
    ]  # fmt: skip


def _threads(trace: Tables) -> dict[int, list[Lane]]:
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
