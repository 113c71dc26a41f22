"""Fonts and matplotlib settings of figures.

Text is drawn in DejaVu Sans, which comes with matplotlib. A character that it lacks is drawn in a font of
this machine that has it; where none has, PNG and PDF show □. SVG keeps all texts.
"""

from __future__ import annotations

import contextlib
import functools
import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text
from matplotlib.ticker import Formatter

BASE = "DejaVu Sans"  # comes with matplotlib
BOX = "□"
MISSING = f"{BOX}: no font here has this character; install one (Noto Sans CJK, …), or see the SVG"
# Asked first, in this order; then every other font of the machine.
_KNOWN = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans CJK",
    "Source Han Sans",
    "WenQuanYi",
    "Droid Sans Fallback",
    "Noto Sans",
    "IPAGothic",
    "Nanum",
    "Noto Emoji",
    "Symbola",
    "Unifont",
    "FreeSans",
    "Arial Unicode",
)
# Settings that do not change how a figure looks; some can be set only once, or choose a backend.
_NO_STYLE = re.compile(
    r"backend|interactive|toolbar|timezone|date\.epoch|docstring|webagg|tk\.|keymap|figure\.hooks"
)
_MOST_OPENED = 300
"""At most so many fonts are opened in search of a character; each takes some 0.2 ms, once."""


@contextlib.contextmanager
def style(**changes: Any) -> Iterator[None]:
    """Use matplotlib's own settings, whatever the user's are, and let it warn of nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own: Any = {
            key: value for key, value in matplotlib.rcParamsDefault.items() if not _NO_STYLE.match(key)
        }
        with matplotlib.rc_context(own | {"font.family": [BASE]} | changes):
            yield


def fit(figure: Figure) -> None:
    """Give each text of a figure the fonts that its characters need."""
    for text, families in _foreign(figure):
        text.set_fontfamily([BASE, *families])


def _foreign(figure: Figure) -> Iterator[tuple[Text, list[str]]]:
    """Yield the texts that need more than the base font, and which."""
    for text in figure.findobj(Text):
        if not text.get_text().isascii():
            found = [family_of(character) for character in dict.fromkeys(text.get_text())]
            others = [family for family in dict.fromkeys(found) if family not in (None, BASE)]
            if others or None in found:
                yield text, [family for family in others if family is not None]


@contextlib.contextmanager
def boxed(figure: Figure, foreign: bool = True) -> Iterator[None]:
    """Draw as □ what no font has, and say so below; only the base font counts if not `foreign`."""
    texts = [text for text, _ in _foreign(figure)]
    kept = [(text, text.get_text(), text.get_fontfamily()) for text in texts]
    lacking = any(_box(said, foreign) != said for _, said, _ in kept)
    axes = [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)] if texts else []
    formatters = [axis.get_major_formatter() for axis in axes]  # they write the ticks when those are drawn
    try:
        for text in texts:
            text.set_text(_box(text.get_text(), foreign))
            if not foreign:
                text.set_fontfamily([BASE])
        for axis, formatter in zip(axes, formatters, strict=True):
            axis.major.formatter = _Boxing(formatter, foreign)
        note = [_note(figure)] if lacking else []
        yield
        for text in note:
            text.remove()
    finally:
        for axis, formatter in zip(axes, formatters, strict=True):
            axis.major.formatter = formatter
        for text, said, families in kept:
            text.set_text(said)
            text.set_fontfamily(families)


def _box(text: str, foreign: bool) -> str:
    if text.isascii():
        return text
    found = ((character, family_of(character)) for character in text)
    return "".join(
        character if family == BASE or (family and foreign) else BOX for character, family in found
    )


class _Boxing(Formatter):
    """A formatter of tick labels in which characters that no font has are boxes."""

    def __init__(self, plain: Formatter, foreign: bool) -> None:
        self._plain, self._foreign = plain, foreign

    def __call__(self, value: float, position: int | None = None) -> str:
        return _box(self._plain(value, position), self._foreign)

    def format_ticks(self, values: Any) -> list[str]:
        return [_box(text, self._foreign) for text in self._plain.format_ticks(values)]

    def get_offset(self) -> str:
        return self._plain.get_offset()


def _note(figure: Figure) -> Text:
    """Write below all else what the boxes are."""
    like = next((text for text in figure.texts if text.get_gid() == "footer"), None)
    width, height = figure.get_figwidth() * 72, figure.get_figheight() * 72
    x = like.get_position()[0] if like is not None else 12 / width
    colour = like.get_color() if like is not None else "black"
    return figure.text(x, 2 / height, MISSING, fontsize=8, color=colour, family=BASE, gid="boxes")


@lru_cache(maxsize=4096)
def family_of(character: str) -> str | None:
    """The family of a font that has a character, None where this machine has none."""
    if character.isspace() or not character.isprintable():  # no font draws the end of a line
        return BASE
    for family in _families():
        if _has(family, character):
            return family
    return None


@lru_cache(maxsize=1)
def _families() -> list[str]:
    names = {
        font.name for font in fontManager.ttflist if font.name != BASE and "Last Resort" not in font.name
    }

    def rank(name: str) -> tuple[int, str]:
        return next(
            (place for place, known in enumerate(_KNOWN) if name.startswith(known)), len(_KNOWN)
        ), name

    return [BASE, *sorted(names, key=rank)[:_MOST_OPENED]]


@functools.cache
def _characters(family: str) -> frozenset[int]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            path = findfont(FontProperties(family=[family]), fallback_to_default=False)
            font = get_font(path)
            font.set_size(10, 72)  # raises for a font of bitmaps
            return frozenset(code for code, glyph in font.get_charmap().items() if glyph)
    except Exception:  # a broken font has no characters
        return frozenset()


def _has(family: str, character: str) -> bool:
    return ord(character) in _characters(family)


@lru_cache(maxsize=4096)
def advance(character: str, weight: str) -> float:
    """The width of one character at a size of 1 point, in the font that it is drawn in."""
    family = family_of(character)
    drawn = character if family is not None else BOX
    font = get_font(findfont(FontProperties(family=[family or BASE], weight=weight)))
    font.set_size(100, 72)
    if not font.get_char_index(ord(drawn)):  # the bold face may have fewer
        return 1.0
    return float(font.load_char(ord(drawn)).linearHoriAdvance) / 65536 / 100
