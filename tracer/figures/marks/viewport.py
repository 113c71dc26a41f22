"""The viewport of an axes: the part of the run that it shows, in so many pixels and points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracer.analysis.columns import Floats
from tracer.figures.style.text import Unit
from tracer.figures.style.themes import Theme
from tracer.timeline import Bars, Merged, Visible, Window, merge


@dataclass(frozen=True)
class Viewport:
    """An axes and its window, so many pixels wide and points high; `unit_ns` is one unit of its x axis."""

    ax: Axes
    window: Window
    pixels: int
    height_pt: float
    points_per_px: float
    unit_ns: float
    theme: Theme

    def x(self, px: Floats) -> Floats:
        """Turn pixels from the left edge into the x axis's unit."""
        return (self.window.start_ns + px * (self.window.length_ns / self.pixels)) / self.unit_ns

    def merge(
        self,
        bars: Sequence[Bars],
        lanes: int,
        budget: int,
        visible: Visible | None = None,
        first_cell: float | None = None,
    ) -> Merged:
        """Reduce bars to the pixels of this axes."""
        bounds = (self.window.start_ns, self.window.end_ns)
        return merge(bars, lanes, bounds, self.pixels, budget, first_cell, visible)


def viewport_of(ax: Axes, window: Window, unit: Unit, theme: Theme) -> Viewport:
    """The viewport of axes whose layout is settled."""
    figure, box = ax.get_figure(), ax.get_position()
    assert isinstance(figure, Figure)
    pixels = max(int(box.width * figure.get_figwidth() * figure.dpi), 10)
    height_pt = box.height * figure.get_figheight() * 72
    return Viewport(ax, window, pixels, height_pt, 72 / figure.dpi, unit.ns, theme)
