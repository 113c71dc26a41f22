"""The runs of a comparison: the lanes of each, and the stretch of time around its makespan that all share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tracer.analysis.comparison.compared_run import MeasuredRun
from tracer.analysis.structure.runs import makespan
from tracer.analysis.structure.zero import Zero
from tracer.tables.tables import Tables
from tracer.timeline import ProcessTimeline, Window, view_of

BEFORE, AFTER = 0.35, 0.1
"""What is shown before and after the makespans at most, as a share of the longest one."""


@dataclass(frozen=True)
class ComparedRun:
    """One run on its way into the figure: its lanes, and the part of it to draw.

    `begin_ns` is where its makespan begins, `end_ns` where it ends.
    """

    side: MeasuredRun
    chart: ProcessTimeline
    begin_ns: float
    end_ns: float
    window: Window


def run_of(trace: Tables, side: MeasuredRun) -> ComparedRun:
    """Lay out a run and find its makespan; its window is all of it until `within` gives it the common one."""
    shown = view_of(trace, zoom=False, cores=False)
    window = shown.windows[0]
    begin, end = makespan(trace) or (window.start_ns, window.end_ns)
    return ComparedRun(side, shown.chart, begin, end, window)


def common_window(runs: Sequence[ComparedRun]) -> tuple[tuple[float, float], bool]:
    """The window of all runs, counted from the start of the makespan; whether some go on beyond it."""
    longest = max(max(run.end_ns - run.begin_ns for run in runs), 1000.0)
    before = max(run.begin_ns - run.window.start_ns for run in runs)
    after = max(run.window.end_ns - run.begin_ns for run in runs) - longest
    first, last = min(before, BEFORE * longest), longest + min(max(after, 0.02 * longest), AFTER * longest)
    return (-max(first, 0.01 * longest), last), before > first or after > AFTER * longest


def within(run: ComparedRun, window: tuple[float, float]) -> ComparedRun:
    """A run with the window in which it is drawn; `window` counts from the start of its makespan."""
    first, last = (run.begin_ns + edge for edge in window)
    return replace(run, window=Window(first, last, zero=Zero(run.begin_ns)))
