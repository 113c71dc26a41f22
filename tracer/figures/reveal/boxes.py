"""Boxes: a part of a panel as rectangles, x0, x1, y0 and y1 of each in data coordinates, an array (n, 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.path import Path

from tracer.analysis.columns import Booleans, Floats
from tracer.figures.marks.rectangles import compound

NOTHING: Floats = np.zeros((0, 4))


@dataclass(frozen=True)
class Area:
    """Boxes of a panel; of the marks that lie there only those of these `names`, if any are given."""

    boxes: Floats
    names: frozenset[str] | None = None


def whole(ax: Axes) -> Floats:
    """All of a panel."""
    low, high = sorted(ax.get_ylim())
    return np.array([[*ax.get_xlim(), low, high]])


def drawn(ax: Axes, *names: str) -> Floats:
    """The rectangles that are drawn under these names."""
    found = [NOTHING]
    for artist in ax.collections:
        if isinstance(artist, PathCollection) and artist.get_gid() in names:
            corners = np.concatenate([np.asarray(path.vertices) for path in artist.get_paths()])
            corners = corners.reshape(-1, 5, 2)
            x, y = corners[:, :, 0], corners[:, :, 1]
            found.append(np.stack([x.min(axis=1), x.max(axis=1), y.min(axis=1), y.max(axis=1)], axis=1))
    return np.concatenate(found)


def meet(first: Floats, second: Floats) -> Floats:
    """What lies in both."""
    low = np.maximum(first[:, None, ::2], second[None, :, ::2])
    high = np.minimum(first[:, None, 1::2], second[None, :, 1::2])
    kept = (high > low).all(axis=2)
    low, high = low[kept], high[kept]
    return np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], axis=1)


def hold(boxes: Floats, x: float, y: float) -> bool:
    """Tell whether a point lies in any of the boxes."""
    inside: Booleans = (boxes[:, 0] <= x) & (x <= boxes[:, 1]) & (boxes[:, 2] <= y) & (y <= boxes[:, 3])
    return bool(inside.any())


def outline(boxes: Floats) -> Path:
    """The boxes as one path; of none it is an empty rectangle, by which everything is clipped away."""
    if not len(boxes):
        boxes = np.zeros((1, 4))
    return compound(boxes[:, 0], boxes[:, 1], boxes[:, 2], boxes[:, 3])


def above(ax: Axes, x: float) -> tuple[float, float]:
    """A point just above a panel, which belongs to none of its lanes."""
    low, high = ax.get_ylim()
    return x, high + 0.004 * (high - low)


def of_name(areas: Iterable[Area], name: str | None) -> Floats:
    """The boxes in which a mark of this name belongs to any of the areas."""
    return np.concatenate(
        [NOTHING, *(area.boxes for area in areas if area.names is None or name in area.names)]
    )
