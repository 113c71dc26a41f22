"""The panel of processes: the lanes, and over them the critical path."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from tracer.analysis.critical import CriticalPath
from tracer.figures.gantt.critical_path import draw_critical_path
from tracer.figures.gantt.panel import OF_PANEL
from tracer.figures.lanes.bars import draw_lanes
from tracer.figures.lanes.lane_names import heading, lane_labels
from tracer.figures.lanes.selected import on_lanes
from tracer.figures.marks.axes import say_nothing_is_there
from tracer.figures.marks.lane_labels import head_labels, label_lanes
from tracer.figures.marks.lane_positions import LanePositions
from tracer.figures.marks.panel_notes import PanelNotes
from tracer.figures.marks.viewport import Viewport
from tracer.figures.reveal.boxes import Area
from tracer.figures.style.text import unit_for
from tracer.looks.palette import Looks
from tracer.looks.themes import Theme
from tracer.timeline import ProcessTimeline, Selection, happens_in, when_ran


@dataclass(frozen=True)
class ProcessesPanel:
    """The lanes of a chart, by about `budget` rectangles.

    A worker's number beside its name is the key to the panel of cores.
    """

    chart: ProcessTimeline
    lanes: LanePositions
    path: CriticalPath | None
    looks: Looks
    theme: Theme
    height_pt: float
    budget: int

    def label(self, ax: Axes, first: bool) -> None:
        """Write who each lane is."""
        room_pt = OF_PANEL * self.height_pt
        label_lanes(
            ax, self.lanes, lane_labels(self.chart, self.lanes, self.looks), room_pt, self.theme, first
        )
        if first and self.chart.lanes:
            head_labels(ax, heading(self.chart), self.theme)

    def draw(self, view: Viewport) -> PanelNotes:
        """Draw the lanes, and the path if there is one; say so where nothing happened."""
        if not happens_in((*self.chart.bars, *self.chart.spans, *self.chart.deaths), view.window):
            say_nothing_is_there(view.ax, self._nothing(view), self.theme)
        notes = draw_lanes(view, self.chart, self.lanes, self.budget)
        if self.path is not None:
            notes |= draw_critical_path(view, self.chart, self.lanes, self.path)
        return notes

    def selected(self, view: Viewport, selection: Selection) -> list[Area]:
        """Whole lanes, stretches of them, kinds of bars."""
        return on_lanes(view, self.lanes, selection)

    def _nothing(self, view: Viewport) -> str:
        ran = when_ran(self.chart)
        if ran is None:
            return "nothing was recorded here"
        first, last = (f"{(edge - view.window.zero.ns) / view.unit_ns:.4g}" for edge in ran)
        unit = unit_for(view.window.length_ns).symbol
        return f"nothing was recorded here: functions ran from {first} to {last} {unit}"
