"""Marks: rectangles in a panel's lanes as matplotlib artists, one collection a kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.path import Path

from tracer.analysis.columns import Floats
from tracer.timeline import Rects


@dataclass(frozen=True)
class Rows:
    """Where lanes lie on a y axis that points down: `top` and `bottom` of each, without the gaps."""

    top: Floats
    bottom: Floats

    @property
    def middle(self) -> Floats:
        """The middle of each lane."""
        return (self.top + self.bottom) / 2

    def at(self, share: float) -> Floats:
        """Return the height in each lane that is `share` of it above its bottom."""
        return self.bottom - share * (self.bottom - self.top)

    @property
    def extent(self) -> float:
        """The height of all lanes together, in units of a full lane, with as much room below as above."""
        return float(self.bottom[-1] + self.top[0]) if self.bottom.size else 1.0


def rows(heights: list[float], gap: float = 0.16) -> Rows:
    """Put lanes of these heights under one another, `gap` (a share of the lane) apart."""
    edges = np.concatenate([[0.0], np.cumsum(heights)])
    space = np.asarray(heights) * gap / 2
    return Rows(edges[:-1] + space, edges[1:] - space)


def compound(x0: Floats, x1: Floats, y0: Floats, y1: Floats) -> Path:
    """Return one path of many rectangles: one artist, one element in an SVG."""
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


def placed(rects: Rects, lanes: Rows, strip: tuple[float, float] = (0.0, 1.0)) -> tuple[Floats, Floats]:
    """Return y0 and y1 in data coordinates; `strip` is the part of the lane to use, from its bottom."""
    top, bottom = lanes.top[rects.lane], lanes.bottom[rects.lane]
    height = (bottom - top) * (strip[1] - strip[0])
    base = bottom - (bottom - top) * strip[0]
    return base - height * rects.y1, base - height * rects.y0
