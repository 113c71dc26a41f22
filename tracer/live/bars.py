"""Lanes in block characters: names, bars, numbers, an axis, for the live view and for the summary at the end.

The height of a block is the share of its column's time in which the lane ran.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len, set_cell_size
from rich.text import Text

from tracer.live.text import mark, printable, step
from tracer.wording import plain

MOST_LANES = 16
FAINT = "bright_black"
# As on the figures: a kind of time has one colour everywhere.
STYLES = {"run": "#0072B2", "starting": "#8A949E", "idle": FAINT, "lost": "bold #D55E00", "": ""}

FIELD = 9  # cells for a number to the right of a bar: "   12,345     62 %"
SHORTEST_BAR = 10
NARROW, WIDE = 60, 100  # cells: below, names are cut short and numbers left out; above, names have room


@dataclass(frozen=True)
class Signs:
    """The characters of a bar: `run` has one for each eighth of a column, from the least to all of it."""

    run: str
    starting: str
    idle: str
    lost: str
    legend: str


BLOCKS = Signs("▁▂▃▄▅▆▇█", "░", "·", "×", "█ function running (▄ half the time)")
ASCII = Signs("--===###", "/", ".", "x", "# function running (= half the time)")


def signs_for(encoding: str) -> Signs:
    """Return the characters of bars that an encoding can hold."""
    return BLOCKS if printable(BLOCKS.run, encoding) == BLOCKS.run else ASCII


def margin(labels: Sequence[str], width: int) -> int:
    """Return how many cells stand before a bar: the longest name, within what the width allows."""
    longest = 30 if width >= WIDE else 22 if width >= NARROW else 14
    return 3 + min(max(map(cell_len, labels), default=0), longest)


def label(name: object, encoding: str) -> str:
    """Return a lane's name as it can be printed."""
    return printable(plain(str(name)), encoding)


def fit(text: str, cells: int, encoding: str) -> str:
    """Return a name in exactly so many cells; too long a one keeps its end, where the number is."""
    if cell_len(text) > cells:
        tail = text[-(cells // 3) :]
        while cell_len(tail) > cells // 3:
            tail = tail[1:]
        gap = "…" if printable("…", encoding) == "…" else "~"
        text = set_cell_size(text, cells - 1 - cell_len(tail)) + gap + tail
    return set_cell_size(text, cells)


def cells(
    busy: NDArray[np.float64],
    starting: NDArray[np.float64],
    alive: NDArray[np.float64],
    lost: NDArray[np.bool_],
    signs: Signs,
) -> tuple[list[str], str]:
    """Return kind and character of each column of one lane: what ran goes before what did not.

    The arguments are those of `tracer.timeline.activity.Activity`, of one lane.
    """
    level = np.clip(np.rint(busy * 8), 1, 8).astype(np.int64) - 1
    chosen = [lost, busy > 0, (starting > 0) & (starting >= alive / 2), alive > 0]
    kinds = np.select(chosen, ["lost", "run", "starting", "idle"], "")
    text = np.select(chosen, [signs.lost, np.array(list(signs.run))[level], signs.starting, signs.idle], " ")
    return kinds.tolist(), "".join(text.tolist())


def append(line: Text, kinds: list[str], text: str) -> None:
    """Append a bar to a line, each kind in its colour."""
    for kind, group in groupby(zip(kinds, text, strict=True), key=itemgetter(0)):
        line.append("".join(sign for _, sign in group), STYLES[kind])


def fields(values: Iterable[str]) -> str:
    """Return the numbers beside a bar."""
    return "".join(f"{value:>{FIELD}}" for value in values)


def axis(start_ns: float, length_ns: float, columns: int, room: int) -> str:
    """Return the marks of time under the bars, in `room` cells; each stands at the left of its label."""
    between = step(length_ns, columns // 9)
    line = ""
    for number in range(math.ceil(start_ns / between), int((start_ns + length_ns) / between) + 1):
        place = round((number * between - start_ns) / length_ns * columns)
        text = f"╵{mark(number * between)}"
        if len(line) <= place and place + len(text) <= room:
            line = f"{line:{place}}{text}"
    return line


def legend(drawn: set[str], signs: Signs) -> Text:
    """Return what the characters mean, of the kinds that were drawn."""
    entries = [
        ("run", signs.legend),
        ("starting", f"{signs.starting} starting"),
        ("idle", f"{signs.idle} other"),
        ("lost", f"{signs.lost} ended in a task"),
    ]
    line = Text()
    for kind, words in entries:
        if kind in drawn:
            line.append("  ").append(words[0], STYLES[kind]).append(words[1:], FAINT)
    return line
