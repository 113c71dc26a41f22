"""Content: everything that a figure shows, worked out before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.analysis.concurrency import Running, concurrency
from tracer.analysis.cores.use import Use, core_use
from tracer.analysis.critical import CriticalPath, critical_path
from tracer.analysis.summary import Summary, summarize
from tracer.figures.options import Options, OptionsError
from tracer.figures.style.palette import Hues, Looks
from tracer.tables.tables import Tables
from tracer.timeline.cores import CoreChart, core_chart
from tracer.timeline.facts import Facts
from tracer.timeline.lanes import all_lanes
from tracer.timeline.processes import Chart, chart
from tracer.timeline.window import Window, magnified, whole


@dataclass(frozen=True)
class Content:
    """Lanes, cores, counts and numbers of a run, the parts of it to draw side by side, the path to draw."""

    chart: Chart
    cores: CoreChart | None
    running: Running
    use: Use | None
    summary: Summary
    windows: tuple[Window, ...]
    path: CriticalPath | None

    def looks(self, hues: Hues) -> Looks:
        """Return the looks of the workers in these colours."""
        workers = self.chart.workers
        return self.cores.looks(workers, hues) if self.cores else Looks(workers, hues=hues)


def content_of(trace: Tables, options: Options) -> Content:
    """Work out what to show of a trace; ValueError for lanes or times that it does not have."""
    facts = Facts(trace)
    lanes = chart(facts, options.lanes)
    if options.lanes and not lanes.lanes:
        known = ", ".join(dict.fromkeys(lane.name for lane in all_lanes(trace)))
        raise OptionsError(f"no lane {', '.join(options.lanes)}: there are {known or 'none'}")
    cores = core_chart(facts, lanes) if "cores" in options.panels else None
    base = whole(facts, lanes)
    if options.window_ns is not None:
        first, last = base.start_ns, base.end_ns
        base = Window(*options.window_ns)
        if base.end_ns <= min(first, 0) or base.start_ns >= max(last, trace.end_ns):
            window = f"{base.start_ns / 1e6:g} to {base.end_ns / 1e6:g} ms"
            raise OptionsError(f"nothing from {window}: the trace ends at {trace.end_ns / 1e6:g} ms")
    zoom = magnified(facts, base) if options.zoom and options.window_ns is None else None
    windows = (base,) if zoom is None else (base, zoom)
    running, use = concurrency(trace), core_use(trace)
    path = critical_path(trace) if options.critical_path else None
    return Content(lanes, cores, running, use, summarize(trace), windows, path)
