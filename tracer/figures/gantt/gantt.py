"""The Gantt chart of a run: panels one above the other over a time axis, a column for each window.

trace ──► chart data ──► page opened ──► panels labelled, settled, drawn ──► what has to be said ──► page
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracer.figures.gantt.captions import captions, key
from tracer.figures.gantt.chart_data import ChartData, chart_data
from tracer.figures.gantt.concurrency import ConcurrencyPanel, lines
from tracer.figures.gantt.cores import CoresPanel
from tracer.figures.gantt.notes import ABOVE_NOTES, Strip, draw_notes, strips_of
from tracer.figures.gantt.options import GanttOptions
from tracer.figures.gantt.panel import OF_PANEL, Panel
from tracer.figures.gantt.processes import ProcessesPanel
from tracer.figures.gantt.stages import draw_stages, height_of
from tracer.figures.lanes.bars import BUDGET
from tracer.figures.lanes.lane_names import lane_positions
from tracer.figures.marks.axes import head_panel, style_time_axes, time_label
from tracer.figures.marks.lane_positions import LanePositions, stack
from tracer.figures.marks.panel_notes import PanelNotes, most_notes
from tracer.figures.marks.viewport import Viewport, viewport_of
from tracer.figures.page.page import Page, open_page
from tracer.figures.reveal.build_up import BuildUp, Clock
from tracer.figures.reveal.marks import Marks, Part
from tracer.figures.style.text import Unit, unit_for
from tracer.looks.themes import Theme
from tracer.tables.tables import Tables
from tracer.timeline import Selection, Window, build_up
from tracer.wording import duration

TALLEST_LANE_PT = 60.0
LANES_HEAD_PT, COLUMN_HEAD_PT = 16.0, 22.0  # of what stands above the lanes' labels, and above a column


def draw(trace: Tables, options: GanttOptions) -> Figure:
    """Draw a run."""
    data = chart_data(trace, options)
    page = open_page(options, captions(data, options.detail), key(data, most_notes(data.kinds), options))
    marks = Marks()
    strips = strips_of(data.pins, page.width)
    noted = max(each.height for each in strips)
    panels = panels_of(data, options.panels, page.theme, page.body - noted)
    drawn, notes = _draw_panels(page, panels, data, noted, marks)

    def part(selection: Selection) -> Part | None:
        return None if selection.full else {view.ax: panel.selected(view, selection) for panel, view in drawn}

    if data.highlight is not None:
        marks.pale(part(data.highlight) or {})
    _draw_above(drawn, data, strips, marks)
    page.figure.build_up = BuildUp(
        marks,
        lambda: [part(step) for step in build_up(data.chart, data.stages)],
        {view.ax: Clock(view.window, view.unit_ns) for _, view in drawn},
        page.theme.accent,
        page.theme.background,
    )
    page.write(key(data, notes, options))
    return page.figure


def panels_of(data: ChartData, names: Sequence[str], theme: Theme, body: float) -> list[Panel]:
    """The panels of these names in `body` points, without one of cores where nothing is known of them."""
    looks, budget = data.looks, BUDGET // len(data.windows)
    cores = stack([1 / lane.rows for lane in data.cores.lanes]) if data.cores is not None else None
    lanes = lane_positions(data.chart, body)  # what room there really is depends on them
    lanes = lane_positions(data.chart, OF_PANEL * _heights(body, lanes, cores)["processes"])
    high = _heights(body, lanes, cores)
    workers = [lane.number for lane in data.chart.lanes]
    counts = data.running, data.use, lines(data.summary)
    made: dict[str, Panel] = {
        "processes": ProcessesPanel(data.chart, lanes, data.path, looks, theme, high["processes"], budget),
        "concurrency": ConcurrencyPanel(*counts, theme, high["concurrency"]),
    }
    if data.cores is not None and cores is not None:
        made["cores"] = CoresPanel(data.cores, workers, cores, looks, theme, high["cores"], budget // 2)
    return [made[name] for name in names if name in made]


def _heights(body: float, lanes: LanePositions, cores: LanePositions | None) -> dict[str, float]:
    """The height of each panel in points: lanes get what they need, processes get the rest."""
    concurrency, of_cores = 0.19 * body, 0.0
    if cores is not None:
        spare = body - concurrency - 23 * lanes.extent
        wanted = 13.5 * cores.middle.size  # room for a number in every row
        of_cores = float(np.clip(max(20 * cores.extent, min(wanted, spare)), 30, 0.28 * body))
    processes = max(body - of_cores - concurrency, 50)
    spare = min(max(processes - TALLEST_LANE_PT * lanes.extent, 0.0), 0.25 * body)
    return {"processes": processes - spare, "cores": of_cores, "concurrency": concurrency + spare}


def _draw_panels(
    page: Page, panels: Sequence[Panel], data: ChartData, noted: float, marks: Marks
) -> tuple[list[tuple[Panel, Viewport]], PanelNotes]:
    """Draw every panel in every window, with room above for stages, and `noted` points of it for notes.

    Return each panel with where it is drawn, and what has to be said about them.
    """
    windows, stages = data.windows, data.stages
    units = [unit_for(window.length_ns) for window in windows]
    above = max(_heads(windows) + noted, LANES_HEAD_PT) + height_of(stages)
    rows = _axes(page, [panel.height_pt for panel in panels], len(windows), above)
    for panel, row in zip(panels, rows, strict=True):
        for ax, window, unit in zip(row, windows, units, strict=True):
            label = time_label(window, unit) if row is rows[-1] else ""
            style_time_axes(ax, window, unit, page.theme, 9 if len(windows) == 1 else 6, label)
            panel.label(ax, first=ax is row[0])
    page.settle()
    drawn = [
        (panel, viewport_of(ax, window, unit, page.theme))
        for panel, row in zip(panels, rows, strict=True)
        for ax, window, unit in zip(row, windows, units, strict=True)
    ]
    notes = PanelNotes()
    for panel, view in drawn:
        with marks.taken(view.ax):
            notes |= panel.draw(view)
    if len(windows) > 1:
        _mark_magnified(rows, windows[1], units[0], page.theme)
        _head_columns(rows[0], windows, page.theme)
    return drawn, notes


def _draw_above(
    drawn: Sequence[tuple[Panel, Viewport]], data: ChartData, strips: Sequence[Strip], marks: Marks
) -> None:
    """Draw the stages above the last column, and above each its notes."""
    heads, lanes = _heads(data.windows), {}
    for panel, view in drawn:
        if isinstance(panel, ProcessesPanel):
            lanes[view.ax] = panel.lanes
    columns = [[view for _, view in drawn if view.window is window] for window in data.windows]
    names = draw_stages(columns[-1], data.stages, heads, marks)
    for name in names if strips[-1].pins else ():  # the arrows go behind them
        ground = {"facecolor": columns[-1][0].theme.background, "edgecolor": "none", "pad": 1.5}
        name.set(zorder=ABOVE_NOTES, bbox=ground)
    for column, notes in zip(columns, strips, strict=True):
        draw_notes(notes, column, lanes, heads + height_of(data.stages), marks)


def _heads(windows: Sequence[Window]) -> float:
    """How high the heads of the columns are, in points."""
    return COLUMN_HEAD_PT if len(windows) > 1 else 0.0


def _axes(page: Page, heights: Sequence[float], columns: int, above: float) -> list[list[Axes]]:
    """Axes for each panel in each column, so far below the header; a second column is the wider one."""
    page.reserve(above, h_pad=0.03, hspace=0.0)
    widths = (1.0,) if columns == 1 else (0.85, 1.15)
    grid = page.figure.add_gridspec(len(heights), columns, height_ratios=heights, width_ratios=widths)
    return [
        [page.figure.add_subplot(grid[row, column]) for column in range(columns)]
        for row in range(len(heights))
    ]


def _mark_magnified(rows: Sequence[Sequence[Axes]], zoom: Window, unit: Unit, theme: Theme) -> None:
    """Mark in the first column what the second one magnifies."""
    for ax, _ in rows:
        ax.axvspan(
            zoom.start_ns / unit.ns,
            zoom.end_ns / unit.ns,
            color=theme.accent,
            alpha=0.18,
            zorder=0.5,
            linewidth=1.2,
            in_layout=False,
            gid="zoomed",
        )


def _head_columns(top: Sequence[Axes], windows: Sequence[Window], theme: Theme) -> None:
    """Say above each column how much of the run it shows."""
    whole, zoom = windows
    heads = (
        f"whole run: {duration(whole.length_ns)}",
        f"the tasks: {duration(zoom.length_ns)}, magnified {zoom.zoom:,.0f}×",
    )
    for ax, head, colour in zip(top, heads, (theme.text, theme.accent), strict=True):
        head_panel(ax, head, colour, "column-head")
