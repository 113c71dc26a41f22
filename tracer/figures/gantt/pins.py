"""What the speaker's notes are about: an instant, or a task's bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import integers
from tracer.analysis.structure.runs import task_runs
from tracer.analysis.structure.zero import zero
from tracer.figures.options import OptionsError
from tracer.figures.style.text import clean
from tracer.tables.tables import Tables
from tracer.timeline import ProcessTimeline, Window

LONGEST = 120
"""Characters of a note."""


@dataclass(frozen=True)
class Pin:
    """A note and what it is about: an instant since the trace began, and the place of a lane, if any."""

    at_ns: float
    lane: int | None
    text: str


def pin(trace: Tables, chart: ProcessTimeline, note: tuple[str, float, str]) -> Pin:
    """Find what a note is about. Raises OptionsError where that is not shown."""
    what, value, text = note
    if what == "time":
        return Pin(zero(trace).ns + value * 1e6, None, clean(text, LONGEST))
    runs, numbers = task_runs(trace), integers(trace.tasks, "task")
    row = np.flatnonzero(numbers[runs.row] == value)
    lanes = chart.task_lane[runs.row[row]]
    if not row.size or lanes[0] < 0:
        raise OptionsError(f"note task={value:g}: no lane that is drawn ran such a task")
    middle = (runs.start_ns[row[0]] + runs.end_ns[row[0]]) / 2
    return Pin(float(middle), int(lanes[0]), clean(text, LONGEST))


def columns_of(pins: Sequence[Pin], windows: Sequence[Window]) -> tuple[tuple[Pin, ...], ...]:
    """The notes of each column, the last that shows what they are about. Raises OptionsError for others."""
    found: list[list[Pin]] = [[] for _ in windows]
    for one in sorted(pins, key=lambda each: each.at_ns):
        shown = [place for place, each in enumerate(windows) if each.start_ns <= one.at_ns <= each.end_ns]
        if not shown:
            base = windows[0]
            at, low, high = ((t - base.zero.ns) / 1e6 for t in (one.at_ns, base.start_ns, base.end_ns))
            raise OptionsError(f"note at {at:g} ms: {low:.4g} to {high:.4g} ms are drawn")
        found[shown[-1]].append(one)
    return tuple(map(tuple, found))
