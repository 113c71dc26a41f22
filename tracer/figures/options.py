"""What can be chosen when a figure is drawn, and how each choice is written as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from tracer.figures.style.sheets import theme_named
from tracer.looks.themes import THEMES, Theme

SLIDE_WIDTH_IN = 40 / 3  # of 16:9; a size in pixels is drawn as if this wide, so that text keeps its share
SIZES: dict[str, tuple[tuple[int, int], float]] = {
    "slide": ((1920, 1080), SLIDE_WIDTH_IN),
    "half": ((960, 1080), SLIDE_WIDTH_IN / 2),
    "square": ((1080, 1080), 7.5),
    "column": ((1050, 1125), 7.0),
}
"""Sizes by name: pixels, and the width in inches as which they are drawn.

Half a slide and a square as high as one have the slide's text; a paper's column, 3.5 inches wide and so half
as wide as drawn, has text of 5 to 6 points.
"""
LEGENDS = ("below", "none")

_T = TypeVar("_T")
_AS_TEXT = "as text"


class OptionsError(ValueError):
    """Options that make no sense, or not for what is to be drawn."""


@dataclass(frozen=True)
class AsText:
    """How an option is written on a command line.

    `read` turns its text into the value, or raises ValueError; None: it is a flag, without a value.
    `metavar` stands for the value in a help text, by default the flag's name. One that is `repeated` may be
    given several times; its value is a tuple.
    """

    flag: str
    help: str | None
    read: Callable[[str], Any] | None
    metavar: str | None = None
    choices: Sequence[str] | None = None
    repeated: bool = False


def option(default: _T, as_text: AsText) -> _T:
    """A dataclass's field for an option that can also be given as text."""
    made: _T = field(default=default, metadata={_AS_TEXT: as_text})
    return made


def texts_of(options: type[Options]) -> dict[str, AsText]:
    """The options that can be given as text, by the names of their fields."""
    return {each.name: each.metadata[_AS_TEXT] for each in fields(options) if _AS_TEXT in each.metadata}


def words(text: str) -> tuple[str, ...]:
    """Split text at its commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _size(text: str) -> tuple[int, int] | str:
    width, _, height = text.lower().partition("x")
    if text in SIZES:
        return text
    if not (width.isdecimal() and height.isdecimal()):
        raise OptionsError(f"{text!r} is none of {', '.join(SIZES)}, nor WIDTHxHEIGHT, such as 1920x1080")
    return int(width), int(height)


@dataclass(frozen=True)
class Options:
    """What every figure honours; one with options of its own has a subclass.

    `theme`    one of `THEMES`, or a matplotlib style sheet, by its name or file
    `size_px`  width and height in pixels, or a name of `SIZES`
    `title`    the sentence above the figure; empty: none; None: what the figure shows
    `subtitle` the line below it; empty: none; None: the setting of the run
    `legend`   where the key to the colours stands: "below" or "none"
    `detail`   whether to write the whole legend and all notes; else what an audience needs

    Raises OptionsError for what cannot be drawn.
    """

    theme: str = option(
        "light",
        AsText(
            "--theme",
            f"one of {', '.join(THEMES)} (default: light), or a matplotlib style sheet, by name or file",
            str,
        ),
    )
    size_px: tuple[int, int] | str = option(
        "slide",
        AsText(
            "--size",
            f"in pixels, or one of {', '.join(SIZES)} (default: slide, 1920x1080)",
            _size,
            "WxH",
        ),
    )
    title: str | None = option(
        None, AsText("--title", 'the sentence above (default: what the figure shows; "": none)', str, "TEXT")
    )
    subtitle: str | None = option(
        None, AsText("--subtitle", 'the line below the title (default: what was run; "": none)', str, "TEXT")
    )
    legend: str = option(
        "below",
        AsText("--legend", "where the key to the colours stands (default: below)", str, None, LEGENDS),
    )
    detail: bool = option(
        False,
        AsText("--detail", "write the whole legend and all notes (default: the main ones)", None),
    )

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        try:
            theme_named(self.theme)
        except ValueError as error:
            raise OptionsError(str(error)) from None
        if self.legend not in LEGENDS:
            raise OptionsError(f"no legend {self.legend!r}: choose from {', '.join(LEGENDS)}")
        if isinstance(self.size_px, str) and self.size_px not in SIZES:
            raise OptionsError(f"no size {self.size_px!r}: choose from {', '.join(SIZES)}")
        if min(self.pixels) < 100 or max(self.pixels) > 20_000:
            raise OptionsError(f"size {self.pixels[0]}x{self.pixels[1]}: 100 to 20000 pixels a side")

    @property
    def colours(self) -> Theme:
        """The colours of the theme."""
        return theme_named(self.theme)

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return SIZES[self.size_px][0] if isinstance(self.size_px, str) else self.size_px

    @property
    def dpi(self) -> float:
        """Pixels per inch at which the figure is so many pixels large."""
        return self.pixels[0] / self.size_in[0]

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        width = SIZES[self.size_px][1] if isinstance(self.size_px, str) else SLIDE_WIDTH_IN
        return width, self.pixels[1] * width / self.pixels[0]
