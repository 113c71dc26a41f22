"""Everything that a Gantt chart shows, worked out before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.analysis.concurrency import Running, concurrency
from tracer.analysis.cores.use import Use, core_use
from tracer.analysis.critical import CriticalPath, critical_path
from tracer.analysis.summary import Summary, summarize
from tracer.figures.gantt.options import GanttOptions
from tracer.figures.lanes.captions import kinds_of
from tracer.figures.options import OptionsError
from tracer.figures.style.palette import Looks
from tracer.figures.style.themes import THEMES
from tracer.tables.tables import Tables
from tracer.timeline.cores import CoreChart, core_chart
from tracer.timeline.facts import Facts
from tracer.timeline.lanes import all_lanes
from tracer.timeline.processes import Chart, chart
from tracer.timeline.window import Window, magnified, whole


@dataclass(frozen=True)
class ChartData:
    """Lanes, cores, counts and numbers of a run, the parts of it to draw side by side, the path to draw.

    `cores`, `use` and `path` are None where the trace has none or they are not to be drawn; `looks` are
    those of the workers.
    """

    trace: Tables
    chart: Chart
    cores: CoreChart | None
    running: Running
    use: Use | None
    summary: Summary
    windows: tuple[Window, ...]
    path: CriticalPath | None
    looks: Looks

    @property
    def kinds(self) -> set[str]:
        """Every kind that the figure may show."""
        return (
            kinds_of(self.chart) | ({"busy"} if self.use else set()) | ({"critical"} if self.path else set())
        )


def chart_data(trace: Tables, options: GanttOptions) -> ChartData:
    """Work out what to show of a trace; OptionsError for lanes or times that it does not have."""
    facts = Facts(trace)
    lanes = chart(facts, options.lanes)
    if options.lanes and not lanes.lanes:
        known = ", ".join(dict.fromkeys(lane.name for lane in all_lanes(trace)))
        raise OptionsError(f"no lane {', '.join(options.lanes)}: there are {known or 'none'}")
    windows = _windows(facts, lanes, options)
    cores = core_chart(facts, lanes) if "cores" in options.panels else None
    if cores is None and set(options.panels) == {"cores"}:
        raise OptionsError("no panel to draw: the trace does not say who was on which core")
    running, use = concurrency(trace), core_use(trace)
    return ChartData(
        trace,
        lanes,
        cores,
        running,
        use if "concurrency" in options.panels else None,
        summarize(trace),
        windows,
        critical_path(trace) if options.critical_path else None,
        Looks(lanes.workers, plain=bool(cores and cores.moved), hues=THEMES[options.theme].hues),
    )


def _windows(facts: Facts, lanes: Chart, options: GanttOptions) -> tuple[Window, ...]:
    """The part of the run to draw and, where its tasks are too short to be seen, those magnified."""
    base = whole(facts, lanes)
    if options.window_ns is None:
        zoom = magnified(facts, base) if options.zoom else None
        return (base,) if zoom is None else (base, zoom)
    end_ns, window = facts.trace.end_ns, Window(*options.window_ns)
    if window.end_ns <= min(base.start_ns, 0) or window.start_ns >= max(base.end_ns, end_ns):
        asked = f"{window.start_ns / 1e6:g} to {window.end_ns / 1e6:g} ms"
        raise OptionsError(f"nothing from {asked}: the trace ends at {end_ns / 1e6:g} ms")
    return (window,)
