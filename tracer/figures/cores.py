"""Cores: who was on which core and when, as bars on one lane a core; from slices, else from core stamps.

Stamps say on which core a run began and on which it ended, and nothing of the time between: such a run is laid
on the core where it began, as kind `moved` if it ended on another. Runs that overlap on one core are kept apart
in rows of the lane, one for each worker seen there: they took turns, and the stamps do not say when.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Booleans, Floats, Integers, floats, integers
from tracer.analysis.runs import task_runs
from tracer.figures.lanes import HELPERS, Index, Lane
from tracer.figures.lod import Bars
from tracer.trace.trace import Trace


@dataclass(frozen=True)
class CoreLane:
    """One row of the panel: `row` of `rows` within the lane of `core`."""

    core: int
    row: int = 0
    rows: int = 1


@dataclass(frozen=True)
class CoreChart:
    """Bars by worker: kind "3" is worker number 3, "moved 3" its runs that ended elsewhere, "other" the rest."""

    lanes: tuple[CoreLane, ...]
    bars: tuple[Bars, ...]
    source: str
    moved: int


def core_chart(trace: Trace, lanes: tuple[Lane, ...]) -> CoreChart | None:
    """Lay out the cores; None where the trace says nothing of cores."""
    index = Index(list(lanes))
    numbers = np.array([lane.number or 0 for lane in lanes] + [0], dtype=np.int64)
    source = str(trace.meta.get("core_source") or "stamps")
    if source in ("kernel", "sampled") and len(trace.slices):
        frame = trace.slices
        helpers = trace.processes["process"][trace.processes["role"].isin(HELPERS).fillna(False)]
        keep = ~frame["process"].isin(helpers).fillna(False).to_numpy(dtype=bool)
        frame = frame[keep & ~frame["core"].isna().to_numpy()]
        worker = numbers[index(integers(frame, "process"), integers(frame, "tid"))]
        start, end, core = floats(frame, "start"), floats(frame, "end"), integers(frame, "core")
        return _laid_out(trace, core, worker, start, end, np.zeros(len(frame), np.bool_), source, False)
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
    cores = np.union1d(np.unique(core), _allowed(trace)).astype(np.int64)
    many = int(worker.max(initial=0)) + 1
    codes, code = np.unique(core * many + worker, return_inverse=True)
    lanes: list[CoreLane] = []
    place = np.zeros(codes.size, dtype=np.int64)
    for number in cores.tolist():
        here = np.flatnonzero(codes // many == number)
        split = rows and 1 < here.size <= 8
        if split:
            mine = core == number
            split = _overlap(start[mine], end[mine])
        place[here] = len(lanes) + (np.arange(here.size) if split else 0)
        count = here.size if split else 1
        lanes += [CoreLane(number, row, count) for row in range(count)]
    lane = place[code]
    bars = []
    order = np.argsort(worker, kind="stable")
    for mine in np.split(order, np.flatnonzero(np.diff(worker[order])) + 1) if order.size else []:
        name = str(worker[mine[0]]) if worker[mine[0]] else "other"
        for kind, which in ((name, mine[~moved[mine]]), (f"moved {name}", mine[moved[mine]])):
            if which.size:
                bars.append(Bars(kind, lane[which], start[which], end[which]))
    return CoreChart(tuple(lanes), tuple(bars), source, int(moved.sum()))


def _allowed(trace: Trace) -> Integers:
    """Return the cores that the run was allowed to use."""
    affinity = trace.meta.get("affinity")
    if affinity:
        return np.array(sorted(affinity), dtype=np.int64)
    return np.arange(int(trace.meta.get("cpu_count") or 0), dtype=np.int64)


def _overlap(start: Floats, end: Floats) -> bool:
    order = np.argsort(start, kind="stable")
    return bool((start[order][1:] < end[order][:-1]).any())
