"""Rectangles on lanes as matplotlib artists, one collection a kind."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.path import Path

from tracer.analysis.columns import Floats
from tracer.figures.marks.lane_positions import WHOLE, LanePositions, Strip
from tracer.figures.marks.viewport import Viewport
from tracer.timeline import Rects

LEAST_PX = 1.5  # the height of a line


def compound(x0: Floats, x1: Floats, y0: Floats, y1: Floats) -> Path:
    """One path of many rectangles: one artist, one element in an SVG."""
    count = x0.size
    vertices = np.empty((count, 5, 2))
    vertices[:, :, 0] = np.stack([x0, x1, x1, x0, x0], axis=1)
    vertices[:, :, 1] = np.stack([y0, y0, y1, y1, y0], axis=1)
    codes = np.tile(
        np.array([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], np.uint8), count
    )
    return Path(vertices.reshape(-1, 2), codes)


def add_rects(
    ax: Axes,
    x0: Floats,
    x1: Floats,
    y0: Floats,
    y1: Floats,
    colour: str,
    hatch: str = "",
    hatch_colour: str = "#FFFFFF",
    edge: str = "none",
    gid: str = "",
    zorder: float = 2.0,
    alpha: float | None = None,
) -> PathCollection | None:
    """Draw rectangles given in data coordinates as one collection; None where there are none."""
    if not x0.size:
        return None
    artist = PathCollection(
        [compound(x0, x1, y0, y1)],
        facecolors=[colour],
        edgecolors=[hatch_colour if hatch and edge == "none" else edge],
        linewidths=[0.0 if edge == "none" else 0.5],
        hatch=hatch or None,
        zorder=zorder,
        alpha=alpha,
    )
    artist.set_in_layout(False)
    artist.set_gid(gid or None)
    ax.add_collection(artist, autolim=False)
    return artist


def draw_rects(
    view: Viewport,
    rects: Rects,
    lanes: LanePositions,
    colour: str,
    strip: Strip = WHOLE,
    **style: Any,
) -> None:
    """Draw the rectangles of a viewport into a strip of their lanes; `style` is that of `add_rects`."""
    y0, y1 = placed(view, rects, lanes, strip)
    add_rects(view.ax, view.x(rects.x0), view.x(rects.x1), y0, y1, colour, **style)


def placed(view: Viewport, rects: Rects, lanes: LanePositions, strip: Strip = WHOLE) -> tuple[Floats, Floats]:
    """The rectangles' y0 and y1 in data coordinates, in a strip of their lanes.

    Merged ones are as high as their share of the time, but never less than a line that can be seen.
    """
    top, bottom = lanes.top[rects.lane], lanes.bottom[rects.lane]
    height = (bottom - top) * (strip[1] - strip[0])
    base = bottom - (bottom - top) * strip[0]
    least = LEAST_PX * view.points_per_px * lanes.extent / view.height_pt
    high = np.where(rects.exact, 0.0, np.minimum(least, height))
    low = base - height * rects.y0
    return np.minimum(base - height * rects.y1, low - high), low
