"""The Gantt chart: processes, cores and concurrency over one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracer.figures.figure_kind import FigureKind
from tracer.figures.gantt.options import PANELS, GanttOptions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tracer.analysis.findings import Finding
    from tracer.tables.tables import Tables


_DATA = ("pickle", "unpickle", "pipe")
_WAITS = ("blocked", "span_lock")
ABOUT: dict[str, tuple[str, ...]] = {
    "tiny-tasks": (*_DATA, "wait"),
    "args-pickling": _DATA,
    "result-pickling": _DATA,
    "straggler": ("run", "wait"),
    "chunk-imbalance": ("run", "wait"),
    "too-few-tasks": ("run", "wait"),
    "machine-busy": ("other_programs",),
    "oversubscribed": ("preempted",),
    "nested-threads": ("preempted",),
    "gil-bound": ("blocked",),
    "lock-contention": _WAITS,
    "manager-bound": ("blocked", "span_queue", "on_core"),
    "io-bound": ("blocked",),
    "slow-producer": ("wait", "on_core"),
    "slow-consumer": ("deliver", "wait", "on_core"),
    "serial-section": ("on_core",),
    "imports": ("span_import",),
    "startup": ("call", "interpreter", "prepare"),
    "stuck": (*_WAITS, "span_queue", "span_join"),
}
"""The kinds of bars that a finding is about, by its code; what went wrong is in the legend anyway."""


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
    if finding is None:
        return {}
    about = ABOUT.get(finding.code, ())
    return {"title": finding.headline, "window_ns": finding.window_ns, "about": about}


def _suggest(trace: Tables) -> dict[str, Any]:
    from tracer.analysis.findings import headline

    return titled_by(trace, headline(trace))


GANTT = FigureKind("gantt", "the Gantt chart", "who did what when", GanttOptions, _make, _suggest, True)

__all__ = ["GANTT", "PANELS", "GanttOptions", "titled_by"]
