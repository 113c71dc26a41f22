"""Themes: the colours of grounds, texts and lines, of workers, and which of a kind's two; light and dark.

Nothing is imported here that takes time: a command line names the themes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """How one kind of bar is drawn and named.

    `dark` is its colour in the dark theme, empty where `colour` does in both; `ink` is the hatch's colour,
    empty for the background's; a `line` is in a colour of the theme's.
    """

    name: str
    label: str
    colour: str
    hatch: str = ""
    ink: str = ""
    line: bool = False
    dark: str = ""


@dataclass(frozen=True)
class Hues:
    """The colours of workers: one each, of more workers a part of cividis; and of other processes."""

    workers: tuple[str, ...]
    graded: tuple[float, float]
    other: str


HUES = Hues(
    ("#332288", "#88CCEE", "#117733", "#DDCC77", "#CC6677", "#44AA99", "#882255", "#999933", "#AA4499"),
    (0.04, 0.96),
    "#9AA0A6",
)
DARK_HUES = Hues(
    ("#77AADD", "#EE8866", "#44BB99", "#EEDD88", "#FFAABB", "#99DDFF", "#AAAA00", "#DDDDDD", "#BBCC33"),
    (0.28, 1.0),
    "#66717C",
)


@dataclass(frozen=True)
class Theme:
    """The colours of everything that is not data, and which of a kind's two colours it takes."""

    background: str
    panel: str
    text: str
    faint: str
    grid: str
    life: str
    accent: str
    hues: Hues = HUES
    dark: bool = False

    def fill(self, kind: Kind) -> str:
        """The colour of a kind of bar."""
        return kind.dark if self.dark and kind.dark else kind.colour

    def line(self, kind: Kind) -> str:
        """The colour of a kind of line."""
        return self.accent if kind.name == "critical" else self.text


THEMES = {
    "light": Theme("#FFFFFF", "#FAFBFC", "#14181D", "#59636E", "#E3E7EB", "#AEB7C0", "#B03A00"),
    "dark": Theme(
        "#14181D", "#1B2128", "#F2F5F7", "#A9B4BF", "#2E3741", "#66717C", "#FFB454", DARK_HUES, dark=True
    ),
}
