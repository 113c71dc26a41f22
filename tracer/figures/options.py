"""What can be chosen when a figure is drawn, and how each choice is written as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from tracer.figures.style.themes import THEMES

SLIDE_WIDTH_IN = 40 / 3  # of 16:9; any size in pixels is drawn as if this wide, so text keeps its share

_T = TypeVar("_T")
_AS_TEXT = "as text"


class OptionsError(ValueError):
    """Options that make no sense, or not for what is to be drawn."""


@dataclass(frozen=True)
class AsText:
    """How an option is written on a command line.

    `read` turns its text into the value, or raises ValueError; None: it is a flag, without a value.
    `metavar` stands for the value in a help text, by default the flag's name.
    """

    flag: str
    help: str | None
    read: Callable[[str], Any] | None
    metavar: str | None = None
    choices: Sequence[str] | None = None


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


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise OptionsError(f"{text!r} is not WIDTHxHEIGHT, such as 1920x1080")
    return int(width), int(height)


@dataclass(frozen=True)
class Options:
    """What every figure honours; one with options of its own has a subclass.

    `theme`    "light" or "dark"
    `size_px`  width and height in pixels
    `title`    the sentence above the figure; empty: the figure says what it shows

    Raises OptionsError for what cannot be drawn.
    """

    theme: str = option("light", AsText("--theme", "default: light", str, choices=tuple(THEMES)))
    size_px: tuple[int, int] = option(
        (1920, 1080), AsText("--size", "in pixels (default: 1920x1080)", _size, "WxH")
    )
    title: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        if self.theme not in THEMES:
            raise OptionsError(f"no theme {self.theme!r}: choose from {', '.join(THEMES)}")
        if min(self.size_px) < 100 or max(self.size_px) > 20_000:
            raise OptionsError(f"size {self.size_px[0]}x{self.size_px[1]}: 100 to 20000 pixels a side")

    @property
    def dpi(self) -> float:
        """Pixels per inch at which the figure is `size_px` large."""
        return self.size_px[0] / SLIDE_WIDTH_IN

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        return SLIDE_WIDTH_IN, self.size_px[1] / self.dpi
