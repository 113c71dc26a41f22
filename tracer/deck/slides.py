"""What is in a deck, and where it stands on a slide: the same in every kind of file.

question            one line, or two smaller ones
figure              with the answer as its title
advice              where there is any
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tracer.figures.options import SLIDE_WIDTH_IN
from tracer.figures.page.legend import MARGIN_PT
from tracer.figures.style.text import clean, width_pt, wrap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tracer.looks.themes import Theme

WIDTH_PT, HEIGHT_PT = 72 * SLIDE_WIDTH_IN, 540.0
QUESTION_PT, ADVICE_PT = 40.0, 50.0
"""Heights of what stands above and below a figure."""
TITLE_DOWN_PT, TITLE_SIZE, LINE_SIZE = 250.0, 44.0, 20.0
"""How far down the title of the deck ends, its size, and that of the lines under it."""
SPACING = 1.3
"""From line to line, of the text's size."""
_SIZES = (20.0, 18.0, 16.0, 14.0)
_PICTURE_PX = 2560
"""The width of a picture of a figure: sharp on a screen of this width, 0.3 MB."""
_LONGEST = 240


@dataclass(frozen=True)
class Note:
    """A part of what the speaker has before them; `code` is shown as it is, line by line."""

    heading: str
    text: str
    is_code: bool = False


@dataclass(frozen=True)
class Slide:
    """A question, the figure that answers it and says what it shows (`alt`), advice, and notes."""

    question: str
    figure: Figure
    alt: str
    advice: str
    notes: Sequence[Note]


@dataclass(frozen=True)
class Deck:
    """A title slide with a few lines, and slides; `made` is when what they show was measured.

    `theme` has the colours of text and grounds: those of the figures.
    """

    title: str
    lines: Sequence[str]
    slides: Sequence[Slide]
    theme: Theme
    made: datetime


@dataclass(frozen=True)
class Fitted:
    """Text in the lines and the size in which it fits."""

    lines: Sequence[str]
    size: float


def figure_px(has_advice: bool) -> tuple[int, int]:
    """Width and height of a figure in pixels: what question and advice leave of a slide."""
    height = HEIGHT_PT - QUESTION_PT - (ADVICE_PT if has_advice else 0.0)
    return _PICTURE_PX, round(_PICTURE_PX * height / WIDTH_PT)


def fitted(text: str, weight: str = "normal") -> Fitted:
    """Return a question or advice in one line of the largest size that holds it, else in two small ones."""
    text, width = clean(text, _LONGEST), WIDTH_PT - 2 * MARGIN_PT
    for size in _SIZES:
        if width_pt(text, size, weight) <= width:
            return Fitted([text], size)
    return Fitted(wrap(text, _SIZES[-1], width, 2, weight), _SIZES[-1])
