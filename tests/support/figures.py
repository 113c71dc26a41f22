"""What is on a figure, by the names (gid) of its artists."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text

from tracer.analysis.columns import Floats


def texts(figure: Figure, gid: str) -> list[str]:
    """The texts of a name that are not empty."""
    return [t.get_text() for t in figure.findobj(Text) if t.get_gid() == gid and t.get_text()]


def rectangles(figure: Figure, gid: str) -> Floats:
    """x0, x1, y0, y1 of each rectangle of a name, on a figure of one panel."""
    (ax,) = figure.axes
    (artist,) = [one for one in ax.collections if one.get_gid() == gid]
    corners = np.asarray(artist.get_paths()[0].vertices).reshape(-1, 5, 2)
    return np.stack([corners[:, 0, 0], corners[:, 1, 0], corners[:, 0, 1], corners[:, 2, 1]], axis=1)
