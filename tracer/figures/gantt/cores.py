"""Panel of cores: draw who held which core; all numbers come from elsewhere."""

from __future__ import annotations

import numpy as np

from tracer.figures.gantt.notes import Notes
from tracer.figures.marks.rectangles import Rows, add_rects, placed
from tracer.figures.marks.viewport import Place
from tracer.figures.style.palette import Look, Looks, ink_on
from tracer.figures.style.text import width_pt
from tracer.timeline.cores import CoreChart
from tracer.timeline.shapes import Rects

MOST_NAMES = 60  # of one worker


def _separate_cores(place: Place, chart: CoreChart, lanes: Rows) -> None:
    """Draw a fine line between cores."""
    firsts = [i for i, lane in enumerate(chart.lanes) if lane.row == 0][1:]
    edges = [(lanes.bottom[i - 1] + lanes.top[i]) / 2 for i in firsts]
    place.ax.hlines(
        edges,
        0,
        1,
        transform=place.ax.get_yaxis_transform(),
        color=place.theme.grid,
        linewidth=0.8,
        zorder=1,
        in_layout=False,
    )


def draw_cores(place: Place, chart: CoreChart, lanes: Rows, notes: Notes, budget: int, looks: Looks) -> None:
    """Draw who held each core; a run that ended on another core than it began is hatched."""
    everywhere = np.ones(len(chart.lanes), dtype=np.bool_)
    visible = {group.kind: everywhere for group in chart.bars}
    merged = place.merge(chart.bars, len(chart.lanes), budget, visible)
    notes.widened |= merged.widened
    notes.merged |= merged.merged
    unit_pt = place.height_pt / lanes.extent
    _separate_cores(place, chart, lanes)
    for rects in merged.rects:
        moved, _, name = rects.kind.rpartition(" ")
        number = int(name) if name.isdigit() else None
        look = looks(number)
        look = look.moved() if moved else look
        y0, y1 = placed(rects, lanes)
        add_rects(
            place.ax,
            place.x(rects.x0),
            place.x(rects.x1),
            y0,
            y1,
            look.colour,
            hatch=look.hatch,
            hatch_colour=place.theme.background,
            gid=f"core-{rects.kind.replace(' ', '-')}",
        )
        least = np.min((lanes.bottom - lanes.top)[rects.lane], initial=1.0)
        size = float(np.clip(0.7 * unit_pt * least, 0, 12))
        if number is not None and size >= 6.5:
            _name_workers(place, rects, lanes, f"W{number}", size, look)


def _name_workers(place: Place, rects: Rects, lanes: Rows, label: str, size: float, look: Look) -> None:
    """Write the worker's number into the bars that have room for it."""
    room = (rects.x1 - rects.x0) * place.points_per_px
    fits = np.flatnonzero(rects.exact & (room > width_pt(label, size, "bold") + 5))
    x = place.x((rects.x0 + rects.x1) / 2)
    pill = {"facecolor": look.colour, "edgecolor": "none", "pad": 1.0} if look.hatch else None
    for i in fits[np.argsort(-room[fits], kind="stable")][:MOST_NAMES].tolist():
        place.ax.text(
            x[i],
            lanes.middle[rects.lane[i]],
            label,
            fontsize=size,
            fontweight="bold",
            color=ink_on(look.colour),
            ha="center",
            va="center_baseline",
            zorder=4,
            in_layout=False,
            clip_on=True,
            gid="core-worker",
            bbox=pill,
        )
