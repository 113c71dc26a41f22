"""Windows: which part of a run is shown, and whether its tasks need a magnifying glass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import highest, lowest
from tracer.analysis.structure.runs import all_runs
from tracer.analysis.structure.stages import Stage
from tracer.analysis.structure.zero import TRACE_BEGAN, Zero, zero
from tracer.timeline.bars import Bars
from tracer.timeline.kinds import RUNS
from tracer.timeline.processes import ProcessTimeline
from tracer.timeline.task_columns import TaskColumns

ZOOM_BELOW = 0.12  # of the window: runs that take less than this together are magnified


@dataclass(frozen=True)
class Window:
    """A part of the run in nanoseconds, never empty; `zoom` is how much it magnifies the whole.

    Its axis counts from `zero`.
    """

    start_ns: float
    end_ns: float
    zoom: float = 1.0
    zero: Zero = TRACE_BEGAN

    @property
    def length_ns(self) -> float:
        """How long it is."""
        return self.end_ns - self.start_ns


def whole(columns: TaskColumns, chart: ProcessTimeline, stages: Sequence[Stage] = ()) -> Window:
    """Return the window in which something happens: main's idle time before and after is left out."""
    groups = [group for group in chart.bars + chart.spans if len(group)]
    starts = [np.array([group.start.min() for group in groups])] if groups else []
    ends = [np.array([group.end.max() for group in groups])] if groups else []
    lives = [lane for lane in chart.lanes if lane.role != "main" or not (starts or stages)]
    starts.append(np.array([lane.born for lane in lives if lane.born is not None]))
    ends.append(np.array([lane.died for lane in lives if lane.died is not None]))
    starts.append(np.array([stage.start_ns for stage in stages]))
    ends.append(np.array([stage.end_ns for stage in stages]))
    starts.append(columns.time("submitted"))
    ends.append(columns.time("delivered"))
    start, end = lowest(*starts), highest(*ends)
    if start is None or end is None:
        start, end = 0.0, float(columns.trace.end_ns)
    begin = zero(columns.trace)
    start = max(start, min(begin.ns, end))
    length = max(end - start, 1000.0)
    return Window(start - 0.012 * length, start + 1.012 * length, zero=begin)


def happens_in(groups: Iterable[Bars], window: Window) -> bool:
    """Tell whether any of these bars lies in a window, if only in part."""
    start, end = window.start_ns, window.end_ns
    return any(bool(((group.end >= start) & (group.start <= end)).any()) for group in groups)


def when_ran(chart: ProcessTimeline) -> tuple[float, float] | None:
    """Return when the first of a chart's functions began to run, and the last one ended; None without any."""
    runs = [group for group in chart.bars if group.kind in RUNS and len(group)]
    if not runs:
        return None
    return min(float(group.start.min()) for group in runs), max(float(group.end.max()) for group in runs)


def magnified(columns: TaskColumns, base: Window) -> Window | None:
    """Return the window around all runs where they take only a small part of `base`; else None."""
    runs = [group for group in all_runs(columns.trace) if group.row.size]
    start, end = lowest(*(g.start_ns for g in runs)), highest(*(g.end_ns for g in runs))
    if start is None or end is None or not len(columns.trace.tasks):
        return None
    length = max(end - start, 1000.0)
    if length > ZOOM_BELOW * base.length_ns:
        return None
    first, last = start - 0.15 * length, end + 0.15 * length
    return Window(first, last, base.length_ns / (last - first), base.zero)
