"""Place: an axes with the part of the run that it shows, and how large it is in pixels and points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracer.figures.style.palette import Theme
from tracer.figures.style.text import Unit
from tracer.timeline import Bars, Merged, Visible, Window, merge


@dataclass(frozen=True)
class Place:
    """An axes with its window: how many pixels wide and high, and nanoseconds per unit of its x axis."""

    ax: Axes
    window: Window
    pixels: int
    height_pt: float
    points_per_px: float
    unit_ns: float
    theme: Theme

    def x(self, px: np.ndarray) -> np.ndarray:
        """Turn pixels from the left edge into the x axis's unit."""
        return (self.window.start_ns + px * (self.window.length_ns / self.pixels)) / self.unit_ns

    def merge(
        self,
        bars: tuple[Bars, ...],
        lanes: int,
        budget: int,
        visible: Visible | None = None,
        first_cell: float | None = None,
    ) -> Merged:
        """Reduce bars to the pixels of this axes."""
        bounds = (self.window.start_ns, self.window.end_ns)
        return merge(bars, lanes, bounds, self.pixels, budget, first_cell, visible)


def place_of(ax: Axes, window: Window, unit: Unit, theme: Theme) -> Place:
    """Return the place of axes whose layout is settled."""
    figure, box = ax.get_figure(), ax.get_position()
    assert isinstance(figure, Figure)
    pixels = max(int(box.width * figure.get_figwidth() * figure.dpi), 10)
    height_pt = box.height * figure.get_figheight() * 72
    return Place(ax, window, pixels, height_pt, 72 / figure.dpi, unit.ns, theme)
