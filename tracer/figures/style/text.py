"""Text on figures: names as data, units of time, numbers, and how wide a string will be."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tracer.figures.style.fonts import advance, drawable
from tracer.wording import UNITS, units_held

LEAST_PT = 9.6
"""The smallest text: 16 px on a slide of 1600 × 900 pixels. What has no room for it is left out."""
CAPITAL = 0.78
"""How high digits and capital letters are, in sizes of the text, with a little room (0.73 without)."""
NO_BREAK = "\u00a0"
"""A blank at which no line breaks; it becomes an ordinary one where lines are made."""


def clean(name: str, longest: int = 60) -> str:
    """A name of the user's program fit to print: no control characters, an ellipsis where too long.

    What no font here has is spelled out in code points.
    """
    return shortened(drawable(on_one_line(name)), longest)


def on_one_line(name: str) -> str:
    """The same name for who does not see it: in its own characters, without those of control, on one line."""
    whole = unicodedata.normalize("NFC", str(name))
    printable = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in whole)
    return " ".join(printable.split())


def shortened(text: str, longest: int) -> str:
    """A text of so many characters at most: of a longer one the beginning, an ellipsis and the end."""
    if len(text) <= longest:
        return text
    tail = (longest - 1) // 3
    return f"{text[: longest - 1 - tail]}…{text[len(text) - tail :]}"


def joined(parts: Iterable[str]) -> str:
    """Statements as one line that begins with a capital; empty ones are left out."""
    line = "; ".join(part for part in parts if part)
    return line[:1].upper() + line[1:]


@dataclass(frozen=True)
class Unit:
    """A unit of time on an axis: nanoseconds in one unit, and its symbol."""

    ns: float
    symbol: str


def unit_for(length_ns: float) -> Unit:
    """The unit in which an axis of this length reads best."""
    limits = (2e3, 2e6, 2e9, 180e9)
    index = sum(length_ns >= limit for limit in limits)
    return Unit(*UNITS[index])


def exact_duration(length_ns: float) -> str:
    """A duration with all its digits in the largest unit that it fills: "12.3004 ms"."""
    index = sum(length_ns >= limit for limit in (1e3, 1e6, 1e9))
    ns, symbol = UNITS[index]
    return f"{length_ns / ns:.12g} {symbol}"


def size_within(high: float, share: float, largest: float) -> float:
    """The size of a number or capital letter in a bar so many points high: a `share` of that.

    The smallest text is taken where that would be smaller and just fits; 0 where nothing fits.
    """
    size = min(share * high, largest)
    if size >= LEAST_PT:
        return size
    return LEAST_PT if high >= CAPITAL * LEAST_PT else 0.0


def width_pt(text: str, size: float, weight: str = "normal") -> float:
    """How wide a line of text is, in points (without kerning, which only makes it narrower).

    It is measured as it will be drawn: in the fonts that have its characters, with the code points of others.
    """
    return size * sum(advance(character, weight) for character in drawable(text, weight))


def wrap(text: str, size: float, width: float, lines: int, weight: str = "normal") -> list[str]:
    """Break text into at most `lines` lines of `width` points; what does not fit ends in an ellipsis.

    No more lines are taken than it needs, and they are made about equally long, so that no single word is
    left over on the last one.
    """
    filled = fill(text, size, width, lines, weight)
    if len(filled) < 2 or filled[-1].endswith("…"):
        return filled
    for narrower in (0.55, 0.65, 0.75, 0.85, 0.95):
        even = fill(text, size, narrower * width, len(filled), weight)
        if not even[-1].endswith("…"):
            return even
    return filled


def statements(text: str, size: float, width: float, lines: int) -> list[str]:
    """Break what `joined` made between its statements where that takes no more lines, else anywhere."""
    filled = fill(text, size, width, lines)
    whole = fill("; ".join(part.replace(" ", NO_BREAK) for part in text.split("; ")), size, width, lines)
    if len(whole) > len(filled) or whole[-1].endswith("…"):
        return filled
    return whole


def fill(text: str, size: float, width: float, lines: int, weight: str = "normal") -> list[str]:
    """Break text greedily, as `wrap` describes, but never between a number and its unit."""
    text = drawable(text, weight)
    result: list[str] = []
    line, taken, space = "", 0.0, width_pt(" ", size, weight)
    words = [word.replace(NO_BREAK, " ") for word in units_held(text, NO_BREAK).split(" ")]
    for position, word in enumerate(words):
        more = width_pt(word, size, weight)
        if taken + space + more <= width or not line:
            taken = taken + space + more if line else more
            line = f"{line} {word}" if line else word
            continue
        if len(result) == lines - 1:
            line = " ".join([line, *words[position:]])
            break
        result.append(line)
        line, taken = word, more
    return [*result, _cut(line, size, width, weight)]


def _cut(line: str, size: float, width: float, weight: str) -> str:
    """A line that is too wide with its end left away, and an ellipsis in its place."""
    if width_pt(line, size, weight) <= width:
        return line
    edges = np.cumsum([advance(character, weight) for character in line]) * size
    fits = int(np.searchsorted(edges, width - width_pt("…", size, weight), side="right"))
    return line[:fits].rstrip() + "…"
