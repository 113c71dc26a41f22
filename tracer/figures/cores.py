"""Cores: who was on which core and when, as bars on one lane a core; from slices, else from core stamps.

Stamps say on which core a run began and on which it ended, and nothing of the time between: such a run is
laid on the core where it began, as kind `moved` if it ended on another. Runs that overlap on one core are
kept apart in rows of the lane: their workers took turns, and the stamps do not say when.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Booleans, Floats, Integers, integers
from tracer.analysis.held import Held, held
from tracer.analysis.runs import task_runs
from tracer.figures.lod import Bars
from tracer.figures.places import Index, Lane
from tracer.reading.trace import Trace

MOST_ROWS = 8
SEVERAL = -1  # in place of a worker, on a core that would need more rows than that
MANY_CORES = 16  # above this, cores on which nothing was seen get no lane


@dataclass(frozen=True)
class CoreLane:
    """One row of the panel: `row` of `rows` within the lane of `core`."""

    core: int
    row: int = 0
    rows: int = 1


@dataclass(frozen=True)
class CoreChart:
    """Bars by worker: kind "3" is worker number 3, "moved 3" its runs that ended elsewhere, "other" the rest.

    "several" is a core on which more than `MOST_ROWS` workers' runs overlap: the time in which there was any.
    """

    lanes: tuple[CoreLane, ...]
    bars: tuple[Bars, ...]
    source: str
    moved: int
    unseen: int = 0  # allowed cores without a lane


def core_chart(trace: Trace, lanes: tuple[Lane, ...], holds: Held | None = None) -> CoreChart | None:
    """Lay out the cores; None where the trace says nothing of cores. `holds` is `held(trace)` if known."""
    index = Index(list(lanes))
    numbers = np.array([lane.number or 0 for lane in lanes] + [0], dtype=np.int64)
    if (holds := holds or held(trace)) is not None:
        worker = numbers[index(holds.process, holds.tid)][holds.thread]
        start, end = holds.start.astype(np.float64), holds.end.astype(np.float64)
        moved = np.zeros(worker.size, np.bool_)
        return _laid_out(trace, holds.core, worker, start, end, moved, holds.source, False)
    runs, tasks = task_runs(trace), trace.tasks
    core = integers(tasks, "core_start")[runs.row]
    known = core >= 0
    if not known.any():
        return None
    row, core = runs.row[known], core[known]
    last = integers(tasks, "core_end")[row]
    worker = numbers[index(integers(tasks, "process")[row], integers(tasks, "worker_tid")[row])]
    moved = (last >= 0) & (last != core)
    return _laid_out(trace, core, worker, runs.start_ns[known], runs.end_ns[known], moved, "stamps", True)


def _laid_out(
    trace: Trace, core: Integers, worker: Integers, start: Floats, end: Floats, moved: Booleans, source: str,
    rows: bool,
) -> CoreChart:  # fmt: skip
    seen = np.unique(core)
    cores = np.union1d(seen, _allowed(trace)).astype(np.int64)
    unseen = cores.size - seen.size if cores.size > MANY_CORES else 0
    cores = seen if unseen else cores
    many = int(worker.max(initial=0)) + 1
    codes, code = np.unique(core * many + worker, return_inverse=True)
    first, last = np.full(codes.size, np.inf), np.full(codes.size, -np.inf)
    np.minimum.at(first, code, start)
    np.maximum.at(last, code, end)
    lanes: list[CoreLane] = []
    crowded: list[int] = []
    place = np.zeros(codes.size, dtype=np.int64)
    for number in cores.tolist():
        here = np.flatnonzero(codes // many == number)
        row = _rows_of(first[here], last[here]) if rows else np.zeros(here.size, dtype=np.int64)
        count = int(row.max(initial=0)) + 1
        if count > MOST_ROWS:
            row, count = row * 0, 1
            crowded.append(number)
        place[here] = len(lanes) + row
        lanes += [CoreLane(number, place_in, count) for place_in in range(count)]
    lane = place[code]
    worker = np.where(np.isin(core, crowded), SEVERAL, worker)
    bars = []
    order = np.argsort(worker, kind="stable")
    for mine in np.split(order, np.flatnonzero(np.diff(worker[order])) + 1) if order.size else []:
        if worker[mine[0]] == SEVERAL:
            bars.append(_united("several", lane[mine], start[mine], end[mine]))
            continue
        name = str(worker[mine[0]]) if worker[mine[0]] else "other"
        for kind, which in ((name, mine[~moved[mine]]), (f"moved {name}", mine[moved[mine]])):
            if which.size:
                bars.append(Bars(kind, lane[which], start[which], end[which]))
    return CoreChart(tuple(lanes), tuple(bars), source, int(moved.sum()), unseen)


def _allowed(trace: Trace) -> Integers:
    """Return the cores that the run was allowed to use."""
    affinity = trace.meta.get("affinity")
    if affinity:
        return np.array(sorted(affinity), dtype=np.int64)
    return np.arange(int(trace.meta.get("cpu_count") or 0), dtype=np.int64)


def _rows_of(first: Floats, last: Floats) -> Integers:
    """Give workers whose times on a core overlap rows of their own, the first that is free."""
    free: list[float] = []
    row = np.zeros(first.size, dtype=np.int64)
    for worker in np.argsort(first, kind="stable").tolist():
        found = next((i for i, end in enumerate(free) if end <= first[worker]), len(free))
        free[found : found + 1] = [float(last[worker])]
        row[worker] = found
    return row


def _united(kind: str, lane: Integers, start: Floats, end: Floats) -> Bars:
    """Return for each lane the intervals in which it has any bar."""
    order = np.lexsort((start, lane))
    lane, start, end = lane[order], start[order], end[order]
    shift = lane * (float(end.max()) + 1.0)  # keeps lanes apart on one axis
    until = np.maximum.accumulate(end + shift)
    opens = np.append(True, (start + shift)[1:] > until[:-1])
    closes = np.append(opens[1:], True)
    return Bars(kind, lane[opens], start[opens], (until - shift)[closes])
