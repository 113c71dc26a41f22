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
from tracer.timeline import Chart, CoreChart, NothingToShow, Window, view_of


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
        return Looks(self.chart.workers, self.cores is not None and self.cores.moved > 0, hues)


def content_of(trace: Tables, options: Options) -> Content:
    """Work out what to show of a trace; ValueError for lanes or times that it does not have."""
    try:
        shown = view_of(trace, options.lanes, options.window_ns, options.zoom, "cores" in options.panels)
    except NothingToShow as error:
        raise OptionsError(str(error)) from None
    running, use = concurrency(trace), core_use(trace)
    path = critical_path(trace) if options.critical_path else None
    return Content(shown.chart, shown.cores, running, use, summarize(trace), shown.windows, path)
