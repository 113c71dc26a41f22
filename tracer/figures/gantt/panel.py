"""What a panel of the Gantt chart is."""

from __future__ import annotations

from typing import Protocol

from matplotlib.axes import Axes

from tracer.figures.marks.panel_notes import PanelNotes
from tracer.figures.marks.viewport import Viewport

BUDGET = 5000
"""Rectangles in the panel of processes, which bounds the size of an SVG; shared by the columns."""


class Panel(Protocol):
    """One panel over the time axis; the same one is drawn in each column, over another window."""

    def label(self, ax: Axes, height_pt: float, first: bool) -> None:
        """Give axes of about this height their y axis; labels only where they are the `first` column's."""

    def draw(self, view: Viewport, budget: int) -> PanelNotes:
        """Draw what the viewport shows, in about `budget` rectangles; return what has to be said."""
