"""Everything that a Gantt chart shows, worked out before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.analysis.concurrency import Running, concurrency
from tracer.analysis.cores.use import Use, core_use
from tracer.analysis.critical import CriticalPath, critical_path
from tracer.analysis.structure.stages import Stage
from tracer.analysis.structure.zero import zero
from tracer.analysis.summary import Summary, summarize
from tracer.figures.gantt.cores import key_of
from tracer.figures.gantt.options import GanttOptions, pinned, wanted
from tracer.figures.gantt.pins import Pin, columns_of, pin
from tracer.figures.lanes.captions import kinds_of
from tracer.figures.options import OptionsError
from tracer.looks.palette import Looks
from tracer.tables.tables import Tables
from tracer.timeline import (
    CoreTimeline,
    NothingToShow,
    ProcessTimeline,
    Selection,
    Window,
    select,
    view_of,
)
from tracer.timeline.task_columns import TaskColumns


@dataclass(frozen=True)
class ChartData:
    """Lanes, cores, counts and numbers of a run, the parts of it to draw side by side, its stages, the path.

    `cores`, `use` and `path` are None where the trace has none or they are not to be drawn; `looks` are
    those of the workers; `highlight` is what stands out, None where everything does; `pins` are
    the notes of each window.
    """

    trace: Tables
    chart: ProcessTimeline
    cores: CoreTimeline | None
    running: Running
    use: Use | None
    summary: Summary
    windows: tuple[Window, ...]
    stages: tuple[Stage, ...]
    path: CriticalPath | None
    looks: Looks
    highlight: Selection | None
    pins: tuple[tuple[Pin, ...], ...]

    @property
    def kinds(self) -> set[str]:
        """Every kind that the figure may show."""
        lines = {"busy" if self.use else "", "critical" if self.path else ""}
        on_cores = {key_of(group.kind) for group in self.cores.bars} if self.cores else set()
        return (kinds_of(self.chart) | lines | on_cores) - {""}


def chart_data(trace: Tables, options: GanttOptions) -> ChartData:
    """Work out what to show of a trace; OptionsError for lanes or times that it does not have."""
    try:
        window = options.window_of(zero(trace).ns)
        shown = view_of(trace, options.lanes, window, options.zoom, "cores" in options.panels, brackets=True)
        highlights = [wanted(text) for text in options.highlight]
        chosen = select(TaskColumns(trace), shown.chart, highlights) if highlights else None
    except NothingToShow as error:
        raise OptionsError(str(error)) from None
    lanes, cores = shown.chart, shown.cores
    pins = [pin(trace, lanes, pinned(text)) for text in options.note]
    if any(one.lane is not None for one in pins) and "processes" not in options.panels:
        raise OptionsError("note at a task: the panel of processes, where it would point, is not drawn")
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
        shown.windows,
        shown.stages,
        critical_path(trace) if options.critical_path else None,
        Looks(lanes.workers, plain=bool(cores and cores.moved), hues=options.colours.hues),
        chosen,
        columns_of(pins, shown.windows),
    )
