"""What a view shows of a run: whose lanes, which stretch of time, which part of it magnified."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tracer.analysis.structure.stages import Stage, stages
from tracer.tables.tables import Tables
from tracer.timeline.cores import CoreTimeline, core_chart
from tracer.timeline.lanes import shown_lanes
from tracer.timeline.processes import ProcessTimeline, chart
from tracer.timeline.task_columns import TaskColumns
from tracer.timeline.window import Window, magnified, whole


class NothingToShow(ValueError):
    """The trace has no such lane, or nothing in that stretch of time."""


@dataclass(frozen=True)
class View:
    """Lanes with their bars; the cores, None where nothing is known of them; one or two windows; stages.

    The first window is the whole of what is shown; a second one magnifies its tasks.
    """

    chart: ProcessTimeline
    cores: CoreTimeline | None
    windows: tuple[Window, ...]
    stages: tuple[Stage, ...] = ()


def view_of(
    trace: Tables,
    lanes: Iterable[str] = (),
    window_ns: tuple[float, float] | None = None,
    zoom: bool = True,
    cores: bool = True,
    brackets: bool = False,
) -> View:
    """Lay out a trace.

    `lanes` chooses by name, role, PID or number ("W2"), all where it is empty; `window_ns` is a stretch of
    time, where something happens if it is None; `zoom` magnifies the tasks of a whole run where they take
    little of it; `cores` lays out the cores too; `brackets` tells that stages are
    drawn as brackets above the lanes. Raises `NothingToShow` for a choice that finds nothing.
    """
    columns, wanted = TaskColumns(trace), tuple(lanes)
    divided = stages(trace) if brackets else ()
    shown = chart(columns, wanted, divided)
    if wanted and not shown.lanes:
        known = ", ".join(dict.fromkeys(lane.name for lane in shown_lanes(trace)))
        raise NothingToShow(f"no lane {', '.join(wanted)}: there are {known or 'none'}")
    base = whole(columns, shown, divided)
    if window_ns is not None:
        first, last = base.start_ns, base.end_ns
        base = Window(*window_ns, zero=base.zero)
        if base.end_ns <= min(first, 0) or base.start_ns >= max(last, trace.end_ns):
            start, end, ends = (
                (one - base.zero.ns) / 1e6 for one in (base.start_ns, base.end_ns, trace.end_ns)
            )
            raise NothingToShow(f"nothing from {start:g} to {end:g} ms: the trace ends at {ends:g} ms")
    closer = magnified(columns, base) if zoom and window_ns is None else None
    windows = (base,) if closer is None else (base, closer)
    return View(shown, core_chart(columns, shown) if cores else None, windows, divided)
