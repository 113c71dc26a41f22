"""The chart of cores: who was on which core and when, from slices, else from core stamps; a lane a core.

Stamps say on which core a run began and on which it ended, and nothing of the time between: such a run is
laid on the core where it began, as kind `moved` if it ended on another. Runs that overlap on one core are
kept apart in rows of the lane: their workers took turns, and the stamps do not say when.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.columns import Booleans, Floats, Integers, chosen, floats, integers
from tracer.analysis.cores.slices import held_cores
from tracer.analysis.cores.use import allowed_cores
from tracer.analysis.intervals import union
from tracer.analysis.structure.runs import task_runs
from tracer.tables.tables import Tables
from tracer.timeline.bars import Bars
from tracer.timeline.kinds import UNSHOWN
from tracer.timeline.lanes import LaneIndex
from tracer.timeline.other_programs import other_programs
from tracer.timeline.processes import ProcessTimeline
from tracer.timeline.task_columns import TaskColumns

MOST_ROWS = 8
SEVERAL, HIDDEN = -1, -2  # in place of a worker: on a core that would need more rows; without a lane
MANY_CORES = 16  # above this, cores on which nothing was seen get no lane


@dataclass(frozen=True)
class CoreLane:
    """One row of the panel: `row` of `rows` within the lane of `core`."""

    core: int
    row: int = 0
    rows: int = 1


@dataclass(frozen=True)
class CoreTimeline:
    """Bars by worker: kind "3" is worker number 3, "moved 3" its runs that ended elsewhere, "other" the rest.

    "unshown" are workers whose lanes were not chosen.
    "by NAME" are other programs of that name, "by " those that go without (see `other_programs`).
    "several" is a core on which more than `MOST_ROWS` workers' runs overlap: the time in which there was any.
    """

    lanes: tuple[CoreLane, ...]
    bars: tuple[Bars, ...]
    source: str
    moved: int
    unseen: int = 0  # allowed cores without a lane
    others_are_known: bool = False  # the kernel told of every program: a core without a bar was idle


@dataclass(frozen=True)
class _Group:
    """The bars of one worker on one core, `moved` or not; at least one."""

    core: int
    worker: int
    moved: bool
    start: Floats
    end: Floats


def core_chart(columns: TaskColumns, chart: ProcessTimeline) -> CoreTimeline | None:
    """Lay out the cores; None where the trace says nothing of cores."""
    numbers = np.array(
        [
            *(lane.number or 0 for lane in chart.lanes),
            *(HIDDEN if lane.number else 0 for lane in chart.left_out),
            0,
        ],
        dtype=np.int64,
    )
    index = LaneIndex((*chart.lanes, *chart.left_out)) if chart.left_out else chart.index
    if (holds := held_cores(columns.trace)) is not None:
        worker = numbers[index(holds.process, holds.tid)][holds.thread]
        start, end = holds.start.astype(np.float64), holds.end.astype(np.float64)
        groups = _groups(holds.core, worker, np.zeros(worker.size, np.bool_), start, end)
        return _laid_out(columns.trace, groups, holds.source, False)
    runs, core, last = task_runs(columns.trace), columns.number("core_start"), columns.number("core_end")
    core, last = chosen(core, runs.row), chosen(last, runs.row)
    known = core >= 0
    if not known.any():
        return None
    lane = chart.task_lane
    if chart.left_out:
        lane = index(columns.number("process"), columns.number("worker_tid"))
    worker = chosen(numbers[lane], runs.row)
    moved = (last >= 0) & (last != core)
    every = (chosen(column, known) for column in (core, worker, moved, runs.start_ns, runs.end_ns))
    return _laid_out(columns.trace, _groups(*every), "stamps", True)


def _groups(core: Integers, worker: Integers, moved: Booleans, start: Floats, end: Floats) -> list[_Group]:
    """Sort bars by worker, `moved` and core."""
    many = int(core.max(initial=0)) + 1
    code, codes = pd.factorize((2 * worker + moved) * many + core)
    small = code.astype(np.int16) if codes.size < 2**15 else code  # of which numpy sorts by digits
    order = np.argsort(small, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(code, minlength=codes.size))])
    start, end = start[order], end[order]
    return [
        _Group(
            int(codes[i] % many),
            int(codes[i] // many // 2),
            bool(codes[i] // many % 2),
            start[first[i] : first[i + 1]],
            end[first[i] : first[i + 1]],
        )
        for i in np.argsort(codes).tolist()
    ]


def _laid_out(trace: Tables, groups: list[_Group], source: str, rows: bool) -> CoreTimeline:
    """Put groups on lanes; with `rows`, workers that overlap on a core get rows of their own."""
    seen = np.unique([group.core for group in groups]).astype(np.int64)
    cores = np.union1d(seen, allowed_cores(trace)).astype(np.int64)
    unseen = cores.size - seen.size if cores.size > MANY_CORES else 0
    lanes: list[CoreLane] = []
    bars: list[tuple[int, Bars]] = []
    for core in (seen if unseen else cores).tolist():
        here = [group for group in groups if group.core == core]
        row = _rows_of(here) if rows else {}
        count = max(row.values(), default=0) + 1
        if count > MOST_ROWS:
            any_of = union(
                *(np.concatenate([getattr(group, end) for group in here]) for end in ("start", "end"))
            )
            lane = np.full(any_of.start.size, len(lanes))
            bars.append((SEVERAL, Bars("several", lane, any_of.start, any_of.end)))
            row, count, here = {}, 1, []
        for group in here:
            who = {0: "other", HIDDEN: UNSHOWN.name}.get(group.worker, str(group.worker))
            kind = f"moved {who}" if group.moved else who
            lane = np.full(group.start.size, len(lanes) + row.get(group.worker, 0))
            bars.append((2 * group.worker + group.moved, Bars(kind, lane, group.start, group.end)))
        lanes += [CoreLane(core, place, count) for place in range(count)]
    bars.sort(key=lambda bar: bar[0])
    first = {lane.core: place for place, lane in reversed(list(enumerate(lanes)))}
    others = other_programs(trace)
    for name, part in others[others["core"].isin(first)].groupby("kind"):
        lane = integers(part.assign(lane=part["core"].map(first)), "lane")
        bars.append((SEVERAL, Bars(str(name), lane, floats(part, "start"), floats(part, "end"))))
    moved = sum(group.start.size for group in groups if group.moved)
    known = len(trace.others) > 0
    return CoreTimeline(tuple(lanes), tuple(group for _, group in bars), source, moved, unseen, known)


def _rows_of(groups: list[_Group]) -> dict[int, int]:
    """Give workers whose times on a core overlap rows of their own, the first that is free."""
    times: dict[int, tuple[float, float]] = {}
    for group in groups:
        first, last = times.get(group.worker, (np.inf, -np.inf))
        times[group.worker] = min(first, float(group.start.min())), max(last, float(group.end.max()))
    free: list[float] = []
    row: dict[int, int] = {}
    for worker, (first, last) in sorted(times.items(), key=lambda item: item[1][0]):
        row[worker] = next((i for i, end in enumerate(free) if end <= first), len(free))
        free[row[worker] : row[worker] + 1] = [last]
    return row
