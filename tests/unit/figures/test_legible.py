"""Every figure can be read from the back of a room, in each theme, by colour-blind eyes, and in greys."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from numpy.typing import NDArray

from tests.support.sweeps import swept
from tests.support.traces import MS, US, S, child, main_process, pool_trace, synthetic, task, trace, turns
from tracer.analysis.comparison.comparison import compare
from tracer.figures import (
    COMPARISON,
    GANTT,
    OF_A_TRACE,
    SWEEP,
    ComparedTraces,
    FigureKind,
    MeasuredSweep,
)
from tracer.looks.palette import BARS, STATES, STYLE
from tracer.looks.themes import THEMES, Kind, Theme
from tracer.tables.tables import Tables

SIZE = (1600, 900)
LEAST_PX, LEAST_FOOTER_PX = 16.0, 12.0
FOOTER = ("footer", "notes")


def spanned() -> Tables:
    """Make a run with spans of all kinds that have names, stages among them, in main and a worker."""
    common = {"process": 0, "pid": 4000, "tid": 4000, "host": "desk"}
    spans = [
        common | {"category": category, "name": f"{category} by name", "start": n * MS, "end": (n + 3) * MS}
        for n, category in enumerate(["user", "import", "join", "lock", "queue", "user"])
    ]
    people = [main_process(0, 60 * MS), child(1, 0, 5 * MS, 50 * MS), child(2, 0, 5 * MS, 50 * MS)]
    rows = [task(0, 1, 10 * MS, 45 * MS), task(1, 2, 10 * MS, 20 * MS, status="error")]
    return trace(rows, people, spans=spans)


RUNS = {
    "four workers": pool_trace(),
    "a dozen": pool_trace(12, 60),
    "sixteen": pool_trace(16, 40),
    "64 workers": pool_trace(64, 128),
    "slices": turns(8, 300, MS),
    "64 slices": turns(64, 40, 50 * US, losses={"switches": 12}),
    "many": synthetic(5_000, 4),
    "an hour": pool_trace(8, 40, task_ns=700 * S),
    "spans": spanned(),
    "magnified": trace(
        [task(n, 1, 40 * MS + n * 100 * US, 40 * MS + n * 100 * US + 4 * US, 8 * US) for n in range(5)],
        [main_process(), child(1, 0, 35 * MS, 60 * MS)],
    ),
    "nothing": Tables(),
}
SUMMED = ("four workers", "64 workers", "nothing")
"""Of these, every figure of a trace is drawn."""
PAIR = [pool_trace(4, 8), pool_trace(12, 60)]
OTHER: list[tuple[FigureKind[Any, Any], Any]] = [
    (COMPARISON, ComparedTraces(PAIR, compare(PAIR, ["before", "after"]))),
    (SWEEP, MeasuredSweep(swept({1: [100], 2: [60], 4: [40]}), "run a.py")),
]


def drawn(theme: str) -> Iterator[tuple[str, Any]]:
    """Yield every figure, with its name; in themes after the first of a few runs."""
    for name in RUNS if theme == next(iter(THEMES)) else ("four workers", "spans"):
        made = RUNS[name]
        for kind in OF_A_TRACE if name in SUMMED else (GANTT,):
            yield f"{kind.name} of {name}", kind.draw(made, theme=theme, size_px=SIZE)
    yield "whole legend", GANTT.draw(spanned(), theme=theme, size_px=SIZE, detail=True)
    yield "cores", GANTT.draw(pool_trace(12, 60), theme=theme, size_px=SIZE, panels=("cores",))
    for kind, subject in OTHER:
        yield kind.name, kind.draw(subject, theme=theme, size_px=SIZE)


@pytest.mark.parametrize("theme", THEMES)
def test_no_text_is_too_small_to_be_read(theme: str) -> None:
    """At 1600 × 900 labels and legend have 16 px at least, the footer 12; what has no room is left out."""
    small = []
    for name, figure in drawn(theme):
        figure.draw_without_rendering()
        for text in figure.findobj(Text):
            px = text.get_fontsize() * figure.dpi / 72
            least = LEAST_FOOTER_PX if text.get_gid() in FOOTER else LEAST_PX
            if text.get_visible() and text.get_text().strip() and px < least - 1e-6:
                small.append((name, text.get_text(), text.get_gid(), round(px, 1)))
    assert small == []


# Machado, Oliveira & Fernandes 2009, https://doi.org/10.1109/TVCG.2009.113: severity 1.0, on linear RGB.
EYES = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "in grey": [[0.2126, 0.7152, 0.0722]] * 3,
}
APART = 12.0
"""As far are two colours from each other (CIE 1976) that nobody takes for one; 2.3 can just be told apart."""


def lab(colour: str, eye: str) -> NDArray[np.float64]:
    """Return a colour as an eye sees it, in CIE L*a*b* (D65)."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(EYES[eye]) @ linear, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ seen / [0.9505, 1.0, 1.089]
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def alike(first: Kind, second: Kind, theme: Theme, eye: str) -> bool:
    """Whether an eye may take two kinds for one: near colours, and the same hatch."""
    apart = np.linalg.norm(lab(theme.fill(first), eye) - lab(theme.fill(second), eye))
    return first.hatch == second.hatch and bool(apart < APART)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_kinds_that_lie_beside_each_other_stay_apart(theme: Theme, eye: str) -> None:
    """On a lane, within a run, and on the cores; by their colour, or by their hatch."""
    beside = [
        *combinations([kind for kind in BARS if kind.name not in ("error", "unfinished")], 2),
        *combinations([*STATES, STYLE["run"]], 2),
        *combinations([STYLE[name] for name in ("on_core", "unshown", "other_programs")], 2),
    ]
    assert [(one.name, two.name) for one, two in beside if alike(one, two, theme, eye)] == []


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_neighbours_among_workers_stay_apart(theme: Theme, eye: str) -> None:
    """The next one on a core is most often the next in number; in grey the number tells them apart."""
    hues = theme.hues.workers
    near = [
        (one, two) for one, two in combinations(hues, 2) if np.linalg.norm(lab(one, eye) - lab(two, eye)) < 5
    ]
    assert near == [] or eye == "in grey", near
