"""Fonts and matplotlib settings of figures.

Text is drawn in DejaVu Sans, which comes with matplotlib. A character that it lacks is drawn in a font of
this machine that has it; where none has, its code point stands for it: "[U+8A08]".
"""

from __future__ import annotations

import contextlib
import functools
import logging
import re
import unicodedata
import warnings
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import Any

import matplotlib
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, findSystemFonts, fontManager, get_font
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter

BASE = "DejaVu Sans"  # comes with matplotlib
MOST_SPELLED = 3
"""Of more characters in a row that no font has, only so many code points are written."""
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
def silent() -> Iterator[None]:
    """Let matplotlib neither warn nor log: of a font that has no bold face, say."""
    logger = logging.getLogger("matplotlib")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            logger.setLevel(level)


@contextlib.contextmanager
def style(**changes: Any) -> Iterator[None]:
    """Use matplotlib's own settings, whatever the user's are, and let it warn of nothing."""
    with silent():
        own: Any = {
            key: value for key, value in matplotlib.rcParamsDefault.items() if not _NO_STYLE.match(key)
        }
        with matplotlib.rc_context(own | {"font.family": [BASE]} | changes):
            yield


def fit(figure: Figure) -> None:
    """Give each text of a figure the fonts that its characters need; what none has is spelled out."""
    for text in figure.findobj(Text):
        if not _is_plain(said := text.get_text()):
            weight = text.get_fontweight()
            text.set_text(drawable(said, weight))
            text.set_fontfamily(_needed(text.get_text(), weight))


@contextlib.contextmanager
def plain(figure: Figure) -> Iterator[None]:
    """Draw a figure in the base font alone."""
    every = [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    axes = [axis for axis in every if not all(map(_is_plain, _labels(axis)))]
    formatters = [axis.get_major_formatter() for axis in axes]  # they write the labels at each drawing
    texts = [text for text in figure.findobj(Text) if not _is_plain(text.get_text())]
    kept = [(text, text.get_text(), text.get_fontfamily()) for text in texts]
    try:
        for axis in axes:
            axis.major.formatter = FixedFormatter([drawable(each, base_alone=True) for each in _labels(axis)])
        for text, said, _ in kept:
            text.set_text(drawable(said, text.get_fontweight(), base_alone=True))
            text.set_fontfamily([BASE])
        yield
    finally:
        for axis, formatter in zip(axes, formatters, strict=True):
            axis.major.formatter = formatter
        for text, said, families in kept:
            text.set_text(said)
            text.set_fontfamily(families)


def _labels(axis: Axis) -> list[str]:
    return [label.get_text() for label in axis.get_majorticklabels()]


def _is_plain(text: str) -> bool:
    return text.isascii() and (text.isprintable() or text.replace("\n", "").isprintable())


def drawable(text: str, weight: str | int = "normal", base_alone: bool = False) -> str:
    """Text in which each character has a font here: "[U+8A08 7B97]" for those that have none.

    Marks of direction and joiners that no font has are left out, and so are control characters' effects: they
    are spelled, too. `base_alone` is for the base font as the only one.
    """
    if _is_plain(text):
        return text
    parts = []
    for spelled, group in groupby(_shown(text), key=lambda each: not _has_font(each, weight, base_alone)):
        characters = "".join(group)
        parts.append(_spelled(characters) if spelled else characters)
    return "".join(parts)


def _shown(text: str) -> Iterator[str]:
    """Yield the characters that are to be seen; blanks of all kinds but the end of a line are blanks."""
    for each in unicodedata.normalize("NFC", text):
        if each.isspace() and each not in "\n\u00a0":
            yield " "
        elif unicodedata.category(each) != "Cf" and not "\ufe00" <= each <= "\ufe0f":
            yield each


def _spelled(characters: str) -> str:
    codes = [f"{ord(each):04X}" for each in characters[:MOST_SPELLED]]
    return f"[U+{' '.join(codes)}{' …' if len(characters) > MOST_SPELLED else ''}]"


def _has_font(character: str, weight: str | int, base_alone: bool) -> bool:
    family = family_of(character, weight)
    return family == BASE or (family is not None and not base_alone)


def _needed(text: str, weight: str | int) -> list[str]:
    """The base font, and the families of the characters that it lacks."""
    found = (family_of(character, weight) for character in text)
    return list(dict.fromkeys([BASE, *(family for family in found if family is not None)]))


@lru_cache(maxsize=4096)
def family_of(character: str, weight: str | int = "normal") -> str | None:
    """The family of a font that has a character in this weight, None where this machine has none."""
    if character == "\n":  # no font draws the end of a line
        return BASE
    if character.isspace() or character.isprintable():
        for families in (_families, _installed_since):
            for family in families():
                if ord(character) in _characters(family, weight):
                    return family
    return None


@functools.cache
def _families() -> list[str]:
    names = {
        font.name for font in fontManager.ttflist if font.name != BASE and "Last Resort" not in font.name
    }
    return [BASE, *sorted(names, key=_rank)[:_MOST_OPENED]]


def _rank(family: str) -> tuple[int, str]:
    known = (place for place, known in enumerate(_KNOWN) if family.startswith(known))
    return next(known, len(_KNOWN)), family


@functools.cache
def _installed_since() -> list[str]:
    """Families that were installed after matplotlib had made its list, which it keeps for good."""
    before = len(fontManager.ttflist)
    listed = {font.fname for font in fontManager.ttflist}
    for path in sorted(set(findSystemFonts()) - listed)[:_MOST_OPENED]:
        with silent(), contextlib.suppress(Exception):  # a broken font
            fontManager.addfont(path)
    return sorted({font.name for font in fontManager.ttflist[before:]}, key=_rank)


@functools.cache
def _characters(family: str, weight: str | int) -> frozenset[int]:
    try:
        with silent():
            path = findfont(FontProperties(family=[family], weight=weight), fallback_to_default=False)
            font = get_font(path)
            font.set_size(10, 72)  # raises for a font of bitmaps
            return frozenset(code for code, glyph in font.get_charmap().items() if glyph)
    except Exception:  # a broken font has no characters
        return frozenset()


@lru_cache(maxsize=4096)
def advance(character: str, weight: str | int) -> float:
    """The width of one `drawable` character at a size of 1 point, in the font that it is drawn in."""
    if character == "\n":
        return 0.0
    family = family_of(character, weight) or BASE
    with silent():
        font = get_font(findfont(FontProperties(family=[family], weight=weight)))
    font.set_size(100, 72)
    return float(font.load_char(ord(character)).linearHoriAdvance) / 65536 / 100
