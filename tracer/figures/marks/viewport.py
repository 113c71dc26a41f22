"""The viewport of an axes: the part of the run that it shows, in so many pixels and points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from tracer.analysis.columns import Floats
from tracer.figures.marks.axes import figure_of
from tracer.figures.style.text import Unit
from tracer.looks.themes import Theme
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

    @property
    def width_pt(self) -> float:
        """How wide the axes are, in points."""
        return self.pixels * self.points_per_px

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
    per_px = 72 / figure_of(ax).dpi
    return Viewport(ax, window, max(int(ax.bbox.width), 10), ax.bbox.height * per_px, per_px, unit.ns, theme)
