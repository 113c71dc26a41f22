"""Spans over the upper part of their lanes: the user's own, with their names, locks, queues, joins, …"""

from __future__ import annotations

import numpy as np

from tracer.figures.marks.lane_positions import LanePositions, Strip
from tracer.figures.marks.panel_notes import PanelNotes, notes_of
from tracer.figures.marks.rectangles import draw_rects
from tracer.figures.marks.viewport import Viewport
from tracer.figures.style.text import LEAST_PT, clean, width_pt
from tracer.looks.palette import STYLE
from tracer.timeline import ProcessTimeline

SPAN_STRIP: Strip = (0.80, 1.0)
"""The part of a lane that spans take."""


def draw_spans(view: Viewport, chart: ProcessTimeline, lanes: LanePositions, budget: int) -> PanelNotes:
    """Draw spans in the upper part of their lanes; return what has to be said about them."""
    everywhere = np.ones(len(chart.lanes), dtype=np.bool_)
    notes = PanelNotes()
    for group in chart.spans:
        merged = view.merge((group,), len(chart.lanes), max(budget // 5, 200), {group.kind: everywhere})
        notes |= notes_of(view, merged, lanes, SPAN_STRIP)
        for rects in merged.rects:
            kind = STYLE[rects.kind]
            style = {"gid": kind.name, "zorder": 3, "hatch": kind.hatch, "edge": view.theme.panel}
            draw_rects(view, rects, lanes, view.theme.fill(kind), SPAN_STRIP, **style)
    _name_spans(view, chart, lanes)
    return notes


def _name_spans(view: Viewport, chart: ProcessTimeline, lanes: LanePositions) -> None:
    """Write the names of the longest spans where they have room and cover no other's."""
    size = float(np.clip(0.34 * view.height_pt / max(lanes.extent, 1), 0, 11))
    if size < LEAST_PT:
        return
    left, right = view.window.start_ns, view.window.end_ns
    taken: list[tuple[int, float, float]] = []
    for lane, start, end, name in chart.span_names:
        start, end = max(start, left), min(end, right)
        room = (end - start) / view.window.length_ns * view.pixels * view.points_per_px
        label = clean(name, 40)
        if room < width_pt(label, size) + 6 or any(a == lane and start < c and b < end for a, b, c in taken):
            continue
        taken.append((lane, start, end))
        view.ax.text(
            start / view.unit_ns,
            lanes.at(0.78)[lane],
            f" {label}",
            fontsize=size,
            color=view.theme.text,
            va="top",
            ha="left",
            zorder=4,
            in_layout=False,
            clip_on=True,
            parse_math=False,
            gid="span-name",
        )
