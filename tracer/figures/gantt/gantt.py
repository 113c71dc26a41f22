"""The Gantt chart of a run: processes, cores and concurrency over one time axis, on one slide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracer.analysis.sentence import sentence
from tracer.figures.gantt import captions
from tracer.figures.gantt.concurrency import draw_concurrency, lines
from tracer.figures.gantt.content import Content, content_of
from tracer.figures.gantt.cores import draw_cores
from tracer.figures.gantt.critical_path import draw_critical
from tracer.figures.gantt.notes import Notes
from tracer.figures.gantt.processes import draw_processes
from tracer.figures.marks import axes, lane_labels
from tracer.figures.marks.rectangles import rows
from tracer.figures.marks.viewport import Place, place_of
from tracer.figures.options import Options
from tracer.figures.page import layout
from tracer.figures.style.fonts import styled
from tracer.figures.style.palette import THEMES, Theme
from tracer.figures.style.text import Unit, unit_for
from tracer.tables.tables import Tables
from tracer.wording import duration

TALLEST_LANE_PT = 60.0
BUDGET = 5000  # rectangles in the processes panel, which bounds the size of an SVG


@styled
def gantt(trace: Tables, options: Options | None = None, **changes: Any) -> Figure:
    """Draw a run as one figure for a 16:9 slide.

    `options` say what to draw and how; `changes` are fields of `Options` to set, for example
    `gantt(trace, theme="dark", lanes=("main", "W2"))`. Any trace can be drawn, the empty one too.
    Raises ValueError for options that make no sense.
    """
    chosen = replace(options or Options(), **changes)
    theme = THEMES[chosen.theme]
    content = content_of(trace, chosen)
    figure = layout.new_figure(chosen, theme)
    header = layout.add_header(
        figure, chosen.title or sentence(content.summary), captions.subtitle(trace, content.summary), theme
    )
    use = content.use if "concurrency" in chosen.panels else None
    possible = captions.possible(content.chart, use) | ({"critical"} if chosen.critical_path else set())
    footer = layout.add_footer(
        figure,
        captions.footer(trace, content.chart, content.cores),
        captions.alert(trace),
        captions.notes(Notes(True, True, True, 1.0, possible), content.chart, content.cores),
        captions.legend(content.chart, possible),
        theme,
    )
    notes = _Drawing(figure, trace, content, chosen, theme, header, footer.height).draw()
    layout.write_below(
        figure,
        footer,
        captions.notes(notes, content.chart, content.cores),
        captions.legend(content.chart, notes.seen),
        theme,
    )
    return figure


class _Drawing:
    """One figure on its way: panels one above the other, a column for each window."""

    def __init__(
        self,
        figure: Figure,
        trace: Tables,
        content: Content,
        options: Options,
        theme: Theme,
        header: float,
        footer: float,
    ) -> None:
        self.figure, self.trace, self.content, self.theme = figure, trace, content, theme
        self.panels = [p for p in options.panels if p != "cores" or content.cores is not None]
        self.looks = content.looks(theme.hues)
        self.lines = lines(content.summary, trace.meta)
        body = figure.get_figheight() * 72 - header - footer
        self.core_lanes = rows([1 / lane.rows for lane in (content.cores.lanes if content.cores else ())])
        self.lanes = lane_labels.lane_rows(content.chart, body)  # what room there really is depends on them
        self.lanes = lane_labels.lane_rows(content.chart, 0.93 * self._shares(body)["processes"])
        self.shares = self._shares(body)
        layout.reserve(figure, header, footer, 22 if len(content.windows) > 1 else 16, h_pad=0.03, hspace=0.0)
        grid = figure.add_gridspec(
            len(self.panels),
            len(content.windows),
            height_ratios=[self.shares[p] for p in self.panels],
            width_ratios=(1.0,) if len(content.windows) == 1 else (0.85, 1.15),
        )
        self.axes = {
            (panel, column): figure.add_subplot(grid[row, column])
            for row, panel in enumerate(self.panels)
            for column in range(len(content.windows))
        }

    def _shares(self, body: float) -> dict[str, float]:
        """Return the height of each panel in points: lanes get what they need, processes get the rest."""
        concurrency = 0.19 * body
        spare = body - concurrency - 23 * self.lanes.extent
        wanted = 13.5 * self.core_lanes.middle.size  # room for a number in every row
        rows_pt = max(20 * self.core_lanes.extent, min(wanted, spare))
        cores = float(np.clip(rows_pt, 30, 0.28 * body)) if self.content.cores else 0.0
        processes = max(body - cores - concurrency, 50)
        spare = min(max(processes - TALLEST_LANE_PT * self.lanes.extent, 0.0), 0.25 * body)
        return {"processes": processes - spare, "cores": cores, "concurrency": concurrency + spare}

    def draw(self) -> Notes:
        """Draw every panel in every window; return what is to be said about them."""
        ticks = 9 if len(self.content.windows) == 1 else 6
        units = [unit_for(window.length_ns) for window in self.content.windows]
        for (panel, column), ax in self.axes.items():
            window, unit = self.content.windows[column], units[column]
            last = panel == self.panels[-1]
            axes.style_axes(ax, self.theme, unit, last, window.start_ns, window.end_ns, ticks)
            if last:
                ax.set_xlabel(
                    axes.axis_label(window.start_ns, window.end_ns, unit),
                    fontsize=12,
                    color=self.theme.text,
                )
            self._label(panel, column, ax)
        layout.settle(self.figure)
        notes = Notes()
        for (panel, column), ax in self.axes.items():
            place = place_of(ax, self.content.windows[column], units[column], self.theme)
            self._panel(panel, place, notes)
        if len(self.content.windows) > 1:
            self._magnifier(units[0])
        return notes

    def _panel(self, panel: str, place: Place, notes: Notes) -> None:
        budget = BUDGET // len(self.content.windows)
        if panel == "processes":
            draw_processes(place, self.content.chart, self.lanes, notes, budget)
            if self.content.path is not None:
                draw_critical(place, self.content.chart, self.lanes, self.content.path, notes)
        elif panel == "cores" and self.content.cores is not None:
            draw_cores(place, self.content.cores, self.core_lanes, notes, budget // 2, self.looks)
        else:
            draw_concurrency(place, self.content.running, self.content.use, self.lines, notes)

    def _label(self, panel: str, column: int, ax: Axes) -> None:
        height = 0.93 * self.shares[panel]
        content, theme, first = self.content, self.theme, column == 0
        if panel == "processes":
            labels = lane_labels.of_lanes(content.chart, self.lanes, self.looks)
            axes.label_lanes(ax, self.lanes, labels, height, theme, first)
            if first and content.chart.lanes:
                axes.head_labels(ax, lane_labels.heading(content.chart), theme)
        elif panel == "cores" and content.cores is not None:
            labels = lane_labels.of_cores(content.cores, self.core_lanes, self.looks)
            axes.label_lanes(ax, self.core_lanes, labels, height, theme, first)
        else:
            top = max([content.running.peak, *(value for value, _ in self.lines), 1])
            axes.label_counts(ax, top, captions.counted(content.running.kinds), theme, first)

    def _magnifier(self, unit: Unit) -> None:
        """Mark in the first column what the second one magnifies, and head both columns."""
        whole_window, zoom = self.content.windows
        for panel in self.panels:
            self.axes[panel, 0].axvspan(
                zoom.start_ns / unit.ns,
                zoom.end_ns / unit.ns,
                color=self.theme.accent,
                alpha=0.18,
                zorder=0.5,
                linewidth=1.2,
                in_layout=False,
                gid="zoomed",
            )
        heads = (
            f"whole run: {duration(whole_window.length_ns)}",
            f"the tasks: {duration(zoom.length_ns)}, magnified {zoom.zoom:,.0f}×",
        )
        for column, head in enumerate(heads):
            self.axes[self.panels[0], column].annotate(
                head,
                (0, 1),
                xycoords="axes fraction",
                xytext=(0, 5),
                textcoords="offset points",
                ha="left",
                va="bottom",
                fontsize=12.5,
                fontweight="bold",
                in_layout=False,
                gid="column-head",
                color=(self.theme.text, self.theme.accent)[column],
            )
