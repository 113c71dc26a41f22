"""What a panel of the Gantt chart is."""

from __future__ import annotations

from typing import Protocol

from matplotlib.axes import Axes

from tracer.figures.marks.panel_notes import PanelNotes
from tracer.figures.marks.viewport import Viewport
from tracer.figures.reveal.boxes import Area
from tracer.timeline import Selection


class Panel(Protocol):
    """One panel over the time axis; the same one is drawn in each column, over another window."""

    @property
    def height_pt(self) -> float:
        """Its height in the figure, of which `OF_PANEL` are its axes."""

    def label(self, ax: Axes, first: bool) -> None:
        """Give axes their y axis; with labels only where they are the `first` column's."""

    def draw(self, view: Viewport) -> PanelNotes:
        """Draw what the viewport shows; return what has to be said about it."""

    def selected(self, view: Viewport, selection: Selection) -> list[Area]:
        """Where in the viewport, once that is drawn, the selected part lies."""


OF_PANEL = 0.93
"""The share of a panel's height that its axes take, about."""
