"""A deck as PDF: text stays text, and the speaker's notes are annotations of their pages."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from tracer.deck.slides import (
    ADVICE_PT,
    HEIGHT_PT,
    LINE_SIZE,
    QUESTION_PT,
    SPACING,
    TITLE_DOWN_PT,
    TITLE_SIZE,
    WIDTH_PT,
    Deck,
    Slide,
    fitted,
)
from tracer.figures.page.legend import MARGIN_PT
from tracer.figures.style.fonts import fit, style
from tracer.figures.style.text import wrap
from tracer.looks.themes import Theme
from tracer.wording import plain


def pdf(deck: Deck) -> bytes:
    """Return the deck as the bytes of a PDF file."""
    drawn = io.BytesIO()
    made = {"Title": deck.title, "Creator": "tracer", "CreationDate": deck.made}
    with style(**{"pdf.fonttype": 42}), PdfPages(drawn, metadata=made) as pages:
        _save(pages, _title_page(deck), 0.0)
        for slide in deck.slides:
            pages.attach_note(_notes(slide))
            with _framed(slide, deck.theme) as below:
                _save(pages, slide.figure, below)
    return drawn.getvalue()


def _save(pages: PdfPages, figure: Figure, below: float) -> None:
    """Write a figure as a page that begins `below` points under it."""
    fit(figure)
    page = Bbox.from_bounds(0, -below / 72, WIDTH_PT / 72, HEIGHT_PT / 72)
    untyped: Any = pages
    untyped.savefig(figure, bbox_inches=page, facecolor=figure.get_facecolor())


@contextmanager
def _framed(slide: Slide, theme: Theme) -> Iterator[float]:
    """Write the question above a figure and the advice below, outside of it; return the room below."""
    figure = slide.figure
    height, below = 72 * figure.get_figheight(), ADVICE_PT if slide.advice else 0.0
    ground = Rectangle(
        (0, -below / height),
        1,
        (QUESTION_PT + height + below) / height,
        transform=figure.transFigure,
        facecolor=theme.background,
        linewidth=0,
        zorder=-1,
    )
    question, advice = fitted(slide.question), fitted(slide.advice, "bold")
    added = [
        figure.add_artist(ground),
        *_write(figure, question.lines, height + 4, question.size, theme.faint),
        *_write(figure, advice.lines, 12 - below, advice.size, theme.text, "bold"),
    ]
    yield below
    for artist in added:
        artist.remove()


def _write(
    figure: Figure, lines: Sequence[str], up: float, size: float, colour: str, weight: str = "normal"
) -> list[Text]:
    """Write lines whose lower edge is `up` points above the lower edge of the figure."""
    height, written = 72 * figure.get_figheight(), []
    for line in reversed(lines):
        x, y = MARGIN_PT / WIDTH_PT, up / height
        text = figure.text(x, y, line, fontsize=size, color=colour, fontweight=weight, parse_math=False)
        text.set_verticalalignment("bottom")
        written.append(text)
        up += SPACING * size
    return written


def _title_page(deck: Deck) -> Figure:
    """The title, and what was measured on which machine."""
    theme, width = deck.theme, WIDTH_PT - 2 * MARGIN_PT
    figure = Figure(figsize=(WIDTH_PT / 72, HEIGHT_PT / 72), facecolor=theme.background)
    title = wrap(deck.title, TITLE_SIZE, width, 2, "bold")
    _write(figure, title, HEIGHT_PT - TITLE_DOWN_PT, TITLE_SIZE, theme.text, "bold")
    lines = [part for line in deck.lines for part in wrap(line, LINE_SIZE, width, 2)]
    under = HEIGHT_PT - TITLE_DOWN_PT - 24 - SPACING * LINE_SIZE * len(lines)
    _write(figure, lines, under, LINE_SIZE, theme.faint)
    return figure


def _notes(slide: Slide) -> str:
    lines = [line for note in slide.notes for line in (note.heading, *note.text.splitlines(), "")]
    return "\n".join(plain(line.expandtabs(4)) for line in lines).strip()
