"""A figure's page: the words are written first, the panels get the room that is left.

title, subtitle          written when the page is opened
┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
panels                   settled, then drawn
┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
legend, notes            room is kept for the most there can be; written when it is known what was drawn
footer                   written when the page is opened
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import Bbox

from tracer.figures.marks.axes import dress
from tracer.figures.options import Options
from tracer.figures.page import legend
from tracer.figures.page.header_footer import Footer, add_footer, add_header, write_notes
from tracer.figures.reveal.build_up import BuildUp
from tracer.figures.style.fonts import fit, silent
from tracer.figures.style.text import clean, on_one_line, shortened
from tracer.looks.themes import Theme

MOST_SAID = 300
"""Characters of a title or subtitle that is given."""


class Drawing(Figure):
    """A figure that a notebook shows as a picture, whether or not pyplot was imported.

    Whoever saves or measures it, matplotlib says nothing of fonts. `build_up` is how it is drawn step by
    step, None where it is not; `title` and `description` are what it says to who cannot see it, and are
    written into its files.
    """

    build_up: BuildUp | None = None
    title = ""
    description = ""

    def __getstate__(self) -> dict[str, Any]:
        """A copy, or one that was pickled, is a picture of the figure: it is not built up."""
        state = cast("dict[str, Any]", super().__getstate__())
        return state | {"build_up": None}

    def draw(self, renderer: RendererBase) -> None:
        """Draw it; the user may have set texts of their own."""
        with silent():
            fit(self)
            super().draw(renderer)

    def get_tightbbox(self, *args: Any, **options: Any) -> Bbox:
        """Measure it, as `savefig(bbox_inches="tight")` does."""
        with silent():
            return super().get_tightbbox(*args, **options)

    def _repr_png_(self) -> bytes:
        from tracer.figures.page.files import png

        return png(self)


@dataclass(frozen=True)
class Captions:
    """The words above and below the panels; `alert` is what must not be overlooked: what was lost."""

    title: str
    subtitle: str
    footer: Sequence[str]
    alert: str = ""


@dataclass(frozen=True)
class Key:
    """How to read the panels: notes, and a legend, of which at most `most` entries are written."""

    notes: str = ""
    legend: Sequence[legend.Entry] = ()
    most: int | None = None


@dataclass(frozen=True)
class Page:
    """A figure with its words around the panels, `keyed` with a legend; all lengths are in points."""

    figure: Drawing
    theme: Theme
    header: float
    footer: Footer
    keyed: bool = True

    @property
    def width(self) -> float:
        """The figure's width."""
        return float(self.figure.get_figwidth()) * 72

    @property
    def height(self) -> float:
        """The figure's height."""
        return float(self.figure.get_figheight()) * 72

    @property
    def body(self) -> float:
        """The height that header and footer leave free."""
        return self.height - self.header - self.footer.height

    def reserve(self, above: float, *, h_pad: float, hspace: float | None = None) -> None:
        """Lay out panels between header and footer, below a strip `above` them."""
        low, high = self.footer.height / self.height, (self.body - above) / self.height
        self.figure.set_layout_engine(
            ConstrainedLayoutEngine(rect=(0.012, low, 0.976, high), w_pad=0.06, h_pad=h_pad, hspace=hspace)
        )

    def settle(self) -> None:
        """Lay out the panels once and for all: what is merged and labelled from here on fits this layout."""
        fit(self.figure)
        if engine := self.figure.get_layout_engine():
            engine.execute(self.figure)
            self.figure.set_layout_engine(None)  # "none" keeps a placeholder: each format is drawn twice
            for ax in self.figure.axes:  # the solver's last digits differ from call to call
                ax.set_position(Bbox(np.round(ax.get_position().get_points(), 9)))

    def panel(self, left: float, right: float, above: float, below: float = 44.0) -> Axes:
        """Axes for a figure of one panel, with this much room around them between header and footer."""
        low, high = self.footer.height + below, (self.height - self.header) - above
        ax = self.figure.add_axes(
            (
                left / self.width,
                low / self.height,
                (self.width - left - right) / self.width,
                (high - low) / self.height,
            )
        )
        dress(ax, self.theme)
        return ax

    def height_of(self, ax: Axes) -> float:
        """The height of axes."""
        return float(ax.get_position().height) * float(self.figure.get_figheight()) * 72

    def width_of(self, ax: Axes) -> float:
        """The width of axes."""
        return float(ax.get_position().width) * self.width

    def write(self, key: Key) -> None:
        """Write notes and legend into the room that was kept for them."""
        write_notes(self.figure, self.footer, key.notes)
        if self.keyed:
            legend.write(self.figure, self.footer.legend, legend.chosen(key.legend, key.most), self.theme)


def open_page(options: Options, captions: Captions, most: Key) -> Page:
    """Begin a figure, without pyplot; room is kept for `most`, the largest key that it may get.

    The options' own title and subtitle come before those of the captions.
    """
    theme = options.colours
    figure = Drawing(figsize=options.size_in, dpi=options.dpi, facecolor=theme.figure_ground)
    FigureCanvasAgg(figure)
    title = captions.title if options.title is None else clean(options.title, MOST_SAID)
    subtitle = captions.subtitle if options.subtitle is None else clean(options.subtitle, MOST_SAID)
    figure.title = shortened(on_one_line(options.title or captions.title), MOST_SAID)
    figure.description = shortened(on_one_line(options.subtitle or captions.subtitle), MOST_SAID)
    header = add_header(figure, title, subtitle, theme)
    keyed = options.legend != "none"
    entries = legend.widest(most.legend, most.most) if keyed else ()
    footer = add_footer(figure, captions.footer, captions.alert, most.notes, entries, theme)
    return Page(figure, theme, header, footer, keyed)
