"""Frame: a figure of one panel with its header, footer and legend, and where the panel goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracer.analysis.summary import summarize
from tracer.figures.gantt import captions
from tracer.figures.marks.axes import dress
from tracer.figures.options import Options
from tracer.figures.page import layout
from tracer.figures.page.legend import MARGIN_PT, Entry
from tracer.figures.style.palette import THEMES, Theme
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class Frame:
    """A figure with its header and footer; `top` of the rest is in points from below."""

    figure: Figure
    theme: Theme
    top: float
    footer: layout.Footer

    @property
    def bottom(self) -> float:
        """Where the footer ends, in points from below."""
        return self.footer.height

    @property
    def width(self) -> float:
        """The figure's width in points."""
        return float(self.figure.get_figwidth()) * 72

    def axes(self, left: float, right: float, above: float = 8.0, below: float = 44.0) -> Axes:
        """Return axes that leave this room free, in points, between the header and the footer."""
        height = float(self.figure.get_figheight()) * 72
        low, high = self.bottom + below, self.top - above
        box = (
            left / self.width,
            low / height,
            (self.width - left - right) / self.width,
            (high - low) / height,
        )
        ax = self.figure.add_axes(box)
        dress(ax, self.theme)
        return ax

    def height_of(self, ax: Axes) -> float:
        """Return the height of axes in points."""
        return float(ax.get_position().height) * float(self.figure.get_figheight()) * 72

    def width_of(self, ax: Axes) -> float:
        """Return the width of axes in points."""
        return float(ax.get_position().width) * self.width


def frame(trace: Tables, options: Options, title: str, notes: str, entries: Sequence[Entry]) -> Frame:
    """Return a figure with a title, the run's setting, notes, a legend, and what it was measured with."""
    theme = THEMES[options.theme]
    figure = layout.new_figure(options, theme)
    figure.set_layout_engine("none")
    header = layout.add_header(figure, title, captions.subtitle(trace, summarize(trace)), theme)
    footer = layout.add_footer(
        figure, captions.measured_with(trace), captions.alert(trace), notes, entries, theme
    )
    layout.write_below(figure, footer, notes, entries, theme)
    return Frame(figure, theme, float(figure.get_figheight()) * 72 - header, footer)


__all__ = ["MARGIN_PT", "Frame", "frame"]
