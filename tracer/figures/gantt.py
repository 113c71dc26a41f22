"""The Gantt chart of a run: processes, cores and concurrency over one time axis, on one slide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from tracer.analysis.sentence import count, sentence
from tracer.analysis.units import duration
from tracer.figures import axes, captions, layout
from tracer.figures.content import Content, content_of
from tracer.figures.core_panel import draw_cores
from tracer.figures.cores import CoreChart
from tracer.figures.counts import draw_concurrency
from tracer.figures.critical import draw_critical
from tracer.figures.marks import rows
from tracer.figures.notes import Notes
from tracer.figures.options import Options
from tracer.figures.palette import THEMES, Theme
from tracer.figures.panels import draw_processes
from tracer.figures.place import Place
from tracer.figures.text import Unit, unit_for
from tracer.reading.trace import Trace

TALLEST_LANE_PT = 60.0
BUDGET = 5000  # rectangles in the processes panel, which bounds the size of an SVG


def gantt(trace: Trace, options: Options | None = None, **changes: Any) -> Figure:
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
        figure, footer, captions.notes(notes, content.chart, content.cores),
        captions.legend(content.chart, notes.seen), theme,
    )  # fmt: skip
    return figure


class _Drawing:
    """One figure on its way: panels one above the other, a column for each window."""

    def __init__(
        self, figure: Figure, trace: Trace, content: Content, options: Options, theme: Theme, header: float,
        footer: float,
    ) -> None:  # fmt: skip
        self.figure, self.trace, self.content, self.theme = figure, trace, content, theme
        self.panels = [p for p in options.panels if p != "cores" or content.cores is not None]
        self.lanes = rows([lane.height for lane in content.chart.lanes])
        cores = content.cores.lanes if content.cores else ()
        self.core_lanes = rows([1 / lane.rows for lane in cores])
        height_pt = figure.get_figheight() * 72
        body = height_pt - header - footer
        self.shares = self._shares(body)
        titles = 22 if len(content.windows) > 1 else 16
        engine = figure.get_layout_engine()
        assert isinstance(engine, ConstrainedLayoutEngine)
        engine.set(
            rect=(0.012, footer / height_pt, 0.976, (body - titles) / height_pt),
            h_pad=0.03,
            w_pad=0.06,
            hspace=0.0,
        )
        grid = figure.add_gridspec(
            len(self.panels), len(content.windows), height_ratios=[self.shares[p] for p in self.panels],
            width_ratios=(1.0,) if len(content.windows) == 1 else (0.85, 1.15),
        )  # fmt: skip
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
        if engine := self.figure.get_layout_engine():
            engine.execute(self.figure)
            # What is merged and labelled from here on fits this layout. "none" would keep a placeholder, for
            # which every format that is saved is drawn twice.
            wanted = any(rcParams[name] for name in ("figure.autolayout", "figure.constrained_layout.use"))
            self.figure.set_layout_engine("none" if wanted else None)
        notes = Notes()
        for (panel, column), ax in self.axes.items():
            self._panel(panel, self._place(ax, column, units[column]), notes)
        if len(self.content.windows) > 1:
            self._magnifier(units[0])
        return notes

    def _place(self, ax: Axes, column: int, unit: Unit) -> Place:
        box = ax.get_position()
        pixels = max(int(box.width * self.figure.get_figwidth() * self.figure.dpi), 10)
        height = box.height * self.figure.get_figheight() * 72
        points = 72 / self.figure.dpi
        return Place(ax, self.content.windows[column], pixels, height, points, unit.ns, self.theme)

    def _panel(self, panel: str, place: Place, notes: Notes) -> None:
        budget = BUDGET // len(self.content.windows)
        if panel == "processes":
            draw_processes(place, self.content.chart, self.lanes, notes, budget)
            if self.content.path is not None:
                draw_critical(place, self.content.chart, self.lanes, self.content.path, notes)
        elif panel == "cores" and self.content.cores is not None:
            draw_cores(place, self.content.cores, self.core_lanes, notes, budget // 2, self.content.looks)
        else:
            draw_concurrency(place, self.content.running, self.content.use, self._lines(), notes)

    def _label(self, panel: str, column: int, ax: Axes) -> None:
        height = 0.93 * self.shares[panel]
        if panel == "processes":
            axes.label_lanes(ax, self.lanes, self._lane_labels(), height, self.theme, column == 0)
            if column == 0 and self.content.chart.lanes:
                axes.head_labels(ax, self._lane_heading(), self.theme)
        elif panel == "cores" and self.content.cores is not None:
            labels = self._core_labels(self.content.cores)
            axes.label_lanes(ax, self.core_lanes, labels, height, self.theme, column == 0)
        else:
            top = max([self.content.running.peak, *(value for value, _ in self._lines()), 1])
            label = captions.counted(self.content.running.kinds)
            axes.label_counts(ax, top, label, self.theme, column == 0)

    def _lane_labels(self) -> axes.LaneLabels:
        lanes = self.content.chart.lanes
        texts = [axes.label_of(lane) for lane in lanes]
        numbers, hidden = [lane.number for lane in lanes], [lane.is_hidden for lane in lanes]
        return axes.LaneLabels(texts, self.lanes.middle, numbers, hidden, self.content.looks)

    def _core_labels(self, cores: CoreChart) -> axes.LaneLabels:
        """Return one label a core, in the middle of its rows."""
        firsts = [i for i, lane in enumerate(cores.lanes) if lane.row == 0]
        lasts = [i + cores.lanes[i].rows - 1 for i in firsts]
        middles = (self.core_lanes.top[firsts] + self.core_lanes.bottom[lasts]) / 2
        texts = [f"core {cores.lanes[i].core}" for i in firsts]
        return axes.LaneLabels(texts, middles, [None] * len(texts), [False] * len(texts), self.content.looks)

    def _lane_heading(self) -> str:
        pinned = any(lane.pinned for lane in self.content.chart.lanes)
        return "name · PID · bound to" if pinned else "name · PID"

    def _lines(self) -> list[tuple[float, str]]:
        """Return the lines to compare concurrency with: workers, cores; one that is far off is left out."""
        summary, meta = self.content.summary, self.trace.meta
        workers = summary.workers_at_once
        noun, plural = "worker", "workers"
        if not summary.workers and not (summary.children and summary.threads):
            workers = summary.children or summary.threads
            noun, plural = ("process", "processes") if summary.children else ("thread", "threads")
            workers = workers if workers <= 3 * summary.peak_concurrency else 0
        cores = len(meta.get("affinity") or ()) or int(meta.get("cpu_count") or 0)
        first, second = count(workers, noun, plural), count(cores, "core")
        if workers and workers == cores:
            return [(workers, f"{first} = {second}")]
        lines = [(float(workers), first)] if workers else []
        if cores and cores <= 4 * max(workers, summary.peak_concurrency, 1):
            lines.append((float(cores), second))
        return lines

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
                head, (0, 1), xycoords="axes fraction", xytext=(0, 5), textcoords="offset points", ha="left",
                va="bottom", fontsize=12.5, fontweight="bold", in_layout=False, gid="column-head",
                color=(self.theme.text, self.theme.accent)[column],
            )  # fmt: skip
