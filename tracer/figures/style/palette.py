"""Colours and hatches, in the one place that gives them a meaning: a kind of bar looks the same everywhere.

Phases use the Okabe–Ito palette, workers Paul Tol's "muted" one (on a dark ground his "light" one), so that
the two are not mixed up. All are made for colour-blind eyes, and each phase has a hatch, each worker a number
as a second channel. What computes stands out from the ground in both themes, what waits is near to it.
No two workers look the same: nine have a colour of their own, nine more have it hatched; where there are
more, colours run from the first worker to the last (cividis).
Sources: Okabe & Ito 2008, https://jfly.uni-koeln.de/color/; Tol 2021, https://sronpersonalpages.nl/~pault/;
Nuñez, Anderton & Renslow 2018, https://doi.org/10.1371/journal.pone.0199239.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from matplotlib import colormaps
from matplotlib.colors import to_hex

from tracer.figures.style.themes import HUES, Hues


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


# The order is that of the stack in a merged column (bottom first) and of the legend. Hatches are of lines:
# one of dots costs 180 kB in an SVG.
BARS = (
    Kind("run", "run", "#0072B2"),
    Kind("error", "run, raised", "#0072B2", "xxx"),
    Kind("lost", "lost: worker died (✕)", "#D55E00", "xxx"),
    Kind("unfinished", "run, not seen to end", "#0072B2", "|||"),
    Kind("pickle", "pickle", "#E69F00", "////"),
    Kind("unpickle", "unpickle", "#F0E442", "\\\\\\\\"),
    Kind("pipe", "pipe", "#CC79A7", "----"),
    Kind("deliver", "deliver", "#8C510A", "++++", dark="#B8762E"),
    Kind("wait", "wait", "#C9D3DD", dark="#566472"),
    Kind("call", "call", "#5B6570", "////"),
    Kind("interpreter", "process", "#8A949E", "////"),
    Kind("prepare", "set-up", "#B4BCC4", "\\\\\\\\"),
    Kind("exit", "exit", "#B4BCC4", "||||"),
)
SPANS = (
    Kind("span_user", "user span", "#009E73"),
    Kind("span_lock", "lock", "#1A1A1A", "/////", dark="#F2F5F7"),
    Kind("span_queue", "queue, pipe", "#CC79A7"),
    Kind("span_join", "join", "#56B4E9"),
    Kind("span_initializer", "initializer", "#4A5560", dark="#A9B4BF"),
    Kind("span_other", "other span", "#7A7A7A"),
)
# What a thread did within a run without a core, on the lower part of the run's bar (`timeline/states.py`).
STATES = (
    Kind("preempted", "preempted", "#FBC9BB", "//////", ink="#C8674F", dark="#5B302A"),
    Kind("blocked", "blocked or woken", "#DCEBF5", dark="#2A4254"),
    Kind("unknown", "not seen on a core", "#D5DADF", "xxxx", ink="#8A949E", dark="#3A434C"),
)
BUSY = Kind("busy", "cores busy", "", line=True)
CRITICAL = Kind("critical", "critical path", "", line=True)
STYLE = {kind.name: kind for kind in (*BARS, *SPANS, *STATES, BUSY, CRITICAL)}
SPAN_OF_CATEGORY = {
    "user": "span_user",
    "lock": "span_lock",
    "queue": "span_queue",
    "pipe": "span_queue",
    "join": "span_join",
    "initializer": "span_initializer",
}


@dataclass(frozen=True)
class Look:
    """How a worker is drawn in the panel of cores and beside its name."""

    colour: str
    hatch: str = ""

    def moved(self) -> Look:
        """The look of its runs that ended on another core."""
        return replace(self, hatch="////")


@dataclass(frozen=True)
class Looks:
    """The looks of so many workers, of which no two are alike; `plain` leaves hatches to those that moved."""

    workers: int
    plain: bool = False
    hues: Hues = HUES

    @property
    def graded(self) -> bool:
        """Whether colours run from the first worker to the last."""
        return self.workers > len(self.hues.workers) * (1 if self.plain else 2)

    def __call__(self, number: int | None) -> Look:
        """The look of a worker (1, 2, …, `workers`); None is no worker."""
        if number is None:
            return Look(self.hues.other)
        if self.graded:
            first, last = self.hues.graded
            share = first + (last - first) * (number - 1) / (self.workers - 1)
            return Look(to_hex(colormaps["cividis"](share)))
        again, place = divmod(number - 1, len(self.hues.workers))
        return Look(self.hues.workers[place], "\\\\\\\\" * again)


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on `colour` (the contrast ratio of WCAG 2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#FFFFFF" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "#000000"
