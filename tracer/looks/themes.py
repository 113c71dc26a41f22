"""Themes: the colours of grounds, texts and lines, of workers, and which of a kind's two.

"light", "dark"                    a slide of its own
"transparent", "transparent-dark"  for a slide that is light, that is dark: the ground is the slide's, and the
                                   ink must be known, since it cannot be told from here what it lies on
"print"                            greys, as light as the colours they stand for: hatches tell them apart

Nothing is imported here that takes time: a command line names the themes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Kind:
    """How one kind of bar is drawn and named: its `label` in a whole legend, and `words` for an audience.

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
    words: str = ""


@dataclass(frozen=True)
class Hues:
    """The colours of workers: one each, of more workers a part of a scale; and of other processes."""

    workers: tuple[str, ...]
    graded: tuple[float, float]
    other: str
    scale: str = "cividis"


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


def luminance(colour: str) -> float:
    """The relative luminance of "#RRGGBB" (WCAG 2): 0 for black, 1 for white."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def grey_of(colour: str) -> str:
    """The grey of the same luminance."""
    linear = luminance(colour)
    share = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return "#" + 3 * f"{round(255 * share):02X}"


GREYS = Hues(("#1F1F1F", "#585858", "#C0C0C0", "#E0E0E0"), (0.1, 0.85), grey_of(HUES.other), "gray")
_LIGHT_GREY, _INK_ON_LIGHT = 0.5, "#595959"  # a luminance, and the colour of hatches on what is lighter


@dataclass(frozen=True)
class Theme:
    """The colours of everything that is not data, and which of a kind's two colours it takes.

    A `transparent` one is drawn without its ground, which is what it is meant to lie on; in a `grey` one
    colours are greys.
    """

    background: str
    panel: str
    text: str
    faint: str
    grid: str
    life: str
    accent: str
    hues: Hues = HUES
    dark: bool = False
    transparent: bool = False
    grey: bool = False

    @property
    def figure_ground(self) -> str:
        """The ground of a whole figure."""
        return "none" if self.transparent else self.background

    @property
    def panel_ground(self) -> str:
        """The ground of a panel."""
        return "none" if self.transparent else self.panel

    def fill(self, kind: Kind) -> str:
        """The colour of a kind of bar."""
        colour = kind.dark if self.dark and kind.dark else kind.colour
        return grey_of(colour) if self.grey else colour

    def ink(self, kind: Kind) -> str:
        """The colour of a kind's hatch."""
        if not self.grey:
            return kind.ink or self.background
        if kind.ink:
            return grey_of(kind.ink)
        return _INK_ON_LIGHT if luminance(self.fill(kind)) > _LIGHT_GREY else self.background

    def line(self, kind: Kind) -> str:
        """The colour of a kind of line."""
        return self.accent if kind.name == "critical" else self.text


LIGHT = Theme("#FFFFFF", "#FAFBFC", "#14181D", "#59636E", "#E3E7EB", "#AEB7C0", "#B03A00")
DARK = Theme(
    "#14181D", "#1B2128", "#F2F5F7", "#A9B4BF", "#2E3741", "#66717C", "#FFB454", DARK_HUES, dark=True
)
THEMES = {
    "light": LIGHT,
    "dark": DARK,
    "print": Theme(
        "#FFFFFF", "#FFFFFF", "#000000", "#4D4D4D", "#DDDDDD", "#999999", "#000000", GREYS, grey=True
    ),
    "transparent": replace(LIGHT, grid="#C3CAD1", transparent=True),
    "transparent-dark": replace(DARK, grid="#4A5560", transparent=True),
}
