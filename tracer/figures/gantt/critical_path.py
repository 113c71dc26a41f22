"""The critical path on the Gantt chart: a line along the lower edge of the lanes that it passes."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Floats, Integers
from tracer.analysis.critical import CriticalPath
from tracer.figures.marks.lane_positions import LanePositions
from tracer.figures.marks.panel_notes import PanelNotes
from tracer.figures.marks.rectangles import add_rects
from tracer.figures.marks.viewport import Viewport
from tracer.timeline import ProcessTimeline
from tracer.timeline.critical_path import stretches

LINE_PT, HALO_PT = 3.6, 1.0
SHARE = 0.3  # of a lane that is too low for the whole line
TURN_PX = 3.0  # a turn to a shorter stretch is not drawn: it would only be a blot


def draw_critical_path(
    view: Viewport, chart: ProcessTimeline, lanes: LanePositions, path: CriticalPath
) -> PanelNotes:
    """Draw the path where it passes the chart's lanes and the window."""
    lane, start, end = stretches(chart, path)
    left, right = view.window.start_ns, view.window.end_ns
    inside = (end > left) & (start < right)
    lane, start, end = lane[inside], np.maximum(start[inside], left), np.minimum(end[inside], right)
    if not lane.size or (lane < 0).all():
        return PanelNotes()
    pixel = view.window.length_ns / view.pixels
    _turns(view, lanes, lane, start, end, pixel)
    lane, start, end = _joined(lane, start, end, pixel)
    end = np.maximum(end, start + 1.2 * pixel)
    unit_pt = view.height_pt / lanes.extent
    high = np.minimum(LINE_PT / unit_pt, SHARE * lanes.height)[lane]
    halo = HALO_PT / unit_pt
    x0, x1, y0, y1 = start / view.unit_ns, end / view.unit_ns, lanes.bottom[lane] - high, lanes.bottom[lane]
    add_rects(view.ax, x0, x1, y0 - halo, y1 + halo, view.theme.panel, gid="critical-halo", zorder=5.4)
    add_rects(view.ax, x0, x1, y0, y1, view.theme.accent, gid="critical", zorder=5.5)
    return PanelNotes({"critical": np.inf})


def _turns(
    view: Viewport, lanes: LanePositions, lane: Integers, start: Floats, end: Floats, pixel: float
) -> None:
    """Draw upright lines where the path turns from one lane to another and stays for a while on both."""
    long = (end - start >= TURN_PX * pixel) & (lane >= 0)
    lane, start = lane[long], start[long]
    turn = np.flatnonzero(lane[1:] != lane[:-1])
    if not turn.size:
        return
    x = start[turn + 1] / view.unit_ns
    ends = lanes.bottom[lane[turn]], lanes.bottom[lane[turn + 1]]
    for width, colour, order in ((3.4, view.theme.panel, 5.2), (1.6, view.theme.accent, 5.3)):
        view.ax.vlines(
            x,
            np.minimum(*ends),
            np.maximum(*ends),
            color=colour,
            linewidth=width,
            zorder=order,
            in_layout=False,
            gid="critical-turn" if order > 5.25 else "critical-turn-halo",
        )


def _joined(lane: Integers, start: Floats, end: Floats, pixel: float) -> tuple[Integers, Floats, Floats]:
    """Join stretches of one lane that lie less than a pixel apart."""
    shown = np.flatnonzero(lane >= 0)
    order = shown[np.lexsort((start[shown], lane[shown]))]
    lane, start, end = lane[order], start[order], end[order]
    apart = np.append(True, (lane[1:] != lane[:-1]) | (start[1:] - end[:-1] > pixel))[: lane.size]
    return lane[apart], start[apart], end[np.append(apart[1:], True)]
