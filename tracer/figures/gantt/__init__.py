"""The Gantt chart: processes, cores and concurrency over one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracer.figures.figure_kind import FigureKind
from tracer.figures.gantt.options import PANELS, GanttOptions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tracer.analysis.findings import Finding
    from tracer.tables.tables import Tables


def _make(trace: Tables, options: GanttOptions) -> Figure:
    from tracer.figures.gantt.gantt import draw

    return draw(trace, options)


def titled_by(trace: Tables, finding: Finding | None) -> dict[str, Any]:
    """The options with which a chart says what a run is about.

    That is a scenario's own lesson, where nothing went wrong; else a finding: its headline, and the part of
    the run that it is about.
    """
    if (lesson := trace.meta.get("headline")) and not (finding and finding.ends_it):
        return {"title": lesson}
    return {"title": finding.headline, "window_ns": finding.window_ns} if finding else {}


def _suggest(trace: Tables) -> dict[str, Any]:
    from tracer.analysis.findings import headline

    return titled_by(trace, headline(trace))


GANTT = FigureKind("gantt", "the Gantt chart", "who did what when", GanttOptions, _make, _suggest)

__all__ = ["GANTT", "PANELS", "GanttOptions", "titled_by"]
