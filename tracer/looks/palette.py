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

from tracer.looks.themes import DARK_HUES, HUES, Hues, Kind, luminance
from tracer.timeline import kinds

_KNOWN = {
    kind.name: kind
    for kind in (*kinds.BARS, kinds.DIED, kinds.ON_CORE, kinds.UNSHOWN, *kinds.SPANS, *kinds.STATES)
}


def _kind(name: str, colour: str, hatch: str = "", ink: str = "", dark: str = "") -> Kind:
    return Kind(name, _KNOWN[name].label, colour, hatch, ink, dark=dark, words=_KNOWN[name].words)


# The order is that of the legend. Hatches are of lines: one of dots costs 180 kB in an SVG.
BARS = (
    _kind("run", "#0072B2"),
    _kind("error", "#0072B2", "xxx"),
    _kind("lost", "#D55E00", "xxx"),
    _kind("unfinished", "#0072B2", "|||"),
    _kind("pickle", "#E69F00", "////"),
    _kind("unpickle", "#F0E442", "\\\\\\\\"),
    _kind("pipe", "#CC79A7", "----"),
    _kind("deliver", "#8C510A", "++++", dark="#B8762E"),
    _kind("wait", "#C9D3DD", dark="#414C57"),
    _kind("call", "#5B6570", "////"),
    _kind("interpreter", "#8A949E"),
    _kind("prepare", "#B4BCC4", "\\\\\\\\"),
    _kind("exit", "#B4BCC4", "||||"),
)
DIED = _kind("died", "#D55E00")
SPANS = (
    _kind("span_user", "#009E73"),
    _kind("span_lock", "#1A1A1A", "/////", dark="#F2F5F7"),
    _kind("span_queue", "#CC79A7"),
    _kind("span_data", "#C9A227", "||||", dark="#E2C25A"),
    _kind("span_join", "#56B4E9"),
    _kind("span_interpreter", "#8A949E", "////"),
    _kind("span_initializer", "#4A5560", dark="#A9B4BF"),
    _kind("span_import", "#7A6A3A", dark="#C9B77A"),
    _kind("span_preparing", "#B35900"),
    _kind("span_other", "#7A7A7A"),
)
# What a thread did within a run without a core, on the lower part of the run's bar (`timeline/states.py`).
STATES = (
    _kind("preempted", "#FBC9BB", "//////", ink="#C8674F", dark="#5B302A"),
    _kind("other_programs", "#EEE8F5", "\\\\\\\\", ink="#B3A1CE", dark="#2F2842"),  # quiet: not the program's
    _kind("blocked", "#DCEBF5", dark="#2A4254"),
    _kind("unknown", "#D5DADF", "xxxx", ink="#8A949E", dark="#3A434C"),
)
ON_CORE = _kind("on_core", HUES.other, dark=DARK_HUES.other)  # as on the cores themselves
UNSHOWN = _kind("unshown", "#D3D9DF", dark="#39434D")
BUSY = Kind("busy", "cores busy", "", line=True, words="cores in use")
CRITICAL = Kind("critical", "critical path", "", line=True, words="decided how long the run took")
STYLE = {kind.name: kind for kind in (*BARS, DIED, *SPANS, *STATES, ON_CORE, UNSHOWN, BUSY, CRITICAL)}


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
            from matplotlib import colormaps  # few have so many workers
            from matplotlib.colors import to_hex

            first, last = self.hues.graded
            share = first + (last - first) * (number - 1) / (self.workers - 1)
            return Look(to_hex(colormaps[self.hues.scale](share)))
        again, place = divmod(number - 1, len(self.hues.workers))
        return Look(self.hues.workers[place], "\\\\\\\\" * again)


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on `colour` (the contrast ratio of WCAG 2)."""
    light = luminance(colour)
    return "#FFFFFF" if 1.05 / (light + 0.05) > (light + 0.05) / 0.05 else "#000000"
