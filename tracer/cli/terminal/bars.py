"""The workers' timeline in block characters: `tracer.timeline.activity` as lines of text.

A worker process is a line. The height of a block is the share of its column's time in which the worker ran.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.text import Text

from tracer.analysis.structure.zero import zero
from tracer.cli.terminal.text import mark, printable, step
from tracer.tables.tables import Tables
from tracer.timeline.activity import SUMMED, Activity, activity
from tracer.timeline.activity import workers as workers_of
from tracer.timeline.lanes import Lane
from tracer.wording import duration, percent, plain

if TYPE_CHECKING:
    from tracer.analysis.structure.workers import Worker

MOST_LANES = 16
FAINT = "bright_black"
# As on the figures: a kind of time has one colour everywhere.
STYLES = {"run": "#0072B2", "starting": "#8A949E", "idle": FAINT, "lost": "bold #D55E00", "": ""}

_FIELD = 9  # cells for a number to the right of a bar: "   12,345     62 %"
_SHORTEST_BAR = 10
_NARROW, _WIDE = 60, 100  # cells: below, names are cut short and numbers left out; above, names have room


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


def draw(trace: Tables, workers: Sequence[Worker], width: int, encoding: str) -> list[Text]:
    """Return the lines of the timeline, `width` cells wide; none where nothing took any time.

    At most `MOST_LANES` lanes, the last of which stands for all that are left. How many tasks each ran and
    how busy it was is in `workers`.
    """
    signs = BLOCKS if printable(BLOCKS.run, encoding) == BLOCKS.run else ASCII
    found = workers_of(trace)
    by_lane = {(each.process, each.tid): each for each in workers}
    heads = () if width < _NARROW else ("tasks", "busy") if workers else ("ran",)
    side = _FIELD * len(heads)
    margin = _margin(found, width, encoding)
    columns = max(width - margin - side, _SHORTEST_BAR)
    lanes = activity(trace, found, columns)
    if lanes is None:
        return []
    parts = [lanes]
    if len(lanes) > MOST_LANES:
        rest = lanes.rows(MOST_LANES - 1, len(lanes))
        parts = [lanes.rows(0, MOST_LANES - 1), rest.summed(f"… and {len(rest):,} more")]
    lines = [Text(f"{'':{margin + columns}}{_fields(heads)}", FAINT)] if heads else []
    drawn: set[str] = set()
    for part in parts:
        for row in range(len(part)):
            kinds, text = _cells(part, row, signs)
            drawn |= set(kinds)
            lane = part.lanes[row]
            line = Text(f"  {_fit(_label(lane.name, encoding), margin - 3, encoding)} ")
            _append(line, kinds, text)
            values = () if lane.role == SUMMED else _values(by_lane, lane, part.run_ns[row])
            lines.append(line.append(printable(_fields(values[-len(heads) :] if heads else ()), encoding)))
    axis = _axis(lanes, zero(trace).ns, columns + side)
    return [*lines, Text(" " * margin + printable(axis, encoding), FAINT), _legend(drawn, signs)]


def _margin(lanes: Sequence[Lane], width: int, encoding: str) -> int:
    """Return how many cells stand before a bar: the longest name shown, within what the width allows."""
    names = [_label(lane.name, encoding) for lane in lanes[:MOST_LANES]]
    if len(lanes) > MOST_LANES:
        names.append(f"… and {len(lanes):,} more")
    longest = 30 if width >= _WIDE else 22 if width >= _NARROW else 14
    return 3 + min(max(map(cell_len, names), default=0), longest)


def _label(name: object, encoding: str) -> str:
    return printable(plain(str(name)), encoding)


def _fit(label: str, cells: int, encoding: str) -> str:
    """Return a name in exactly so many cells; too long a one keeps its end, where the number is."""
    if cell_len(label) > cells:
        tail = label[-(cells // 3) :]
        while cell_len(tail) > cells // 3:
            tail = tail[1:]
        gap = "…" if printable("…", encoding) == "…" else "~"
        label = set_cell_size(label, cells - 1 - cell_len(tail)) + gap + tail
    return set_cell_size(label, cells)


def _cells(part: Activity, row: int, signs: Signs) -> tuple[list[str], str]:
    """Return kind and character of each column of one lane: what ran goes before what did not."""
    busy, starting, alive = part.busy[row], part.starting[row], part.alive[row]
    level = np.clip(np.rint(busy * 8), 1, 8).astype(np.int64) - 1
    chosen = [part.lost[row], busy > 0, (starting > 0) & (starting >= alive / 2), alive > 0]
    kinds = np.select(chosen, ["lost", "run", "starting", "idle"], "")
    text = np.select(chosen, [signs.lost, np.array(list(signs.run))[level], signs.starting, signs.idle], " ")
    return kinds.tolist(), "".join(text.tolist())


def _append(line: Text, kinds: list[str], text: str) -> None:
    for kind, group in groupby(zip(kinds, text, strict=True), key=itemgetter(0)):
        line.append("".join(sign for _, sign in group), STYLES[kind])


def _values(workers: Mapping[tuple[int, int | None], Worker], lane: Lane, run_ns: float) -> tuple[str, str]:
    """Return what stands beside a bar: a worker's tasks and busy share, else how long it ran."""
    worker = workers.get((lane.process, lane.tid))
    if worker is None:
        return "", duration(run_ns)
    busy = worker.busy_share
    return f"{worker.tasks:,}", percent(busy) if busy is not None else ""


def _fields(values: Iterable[str]) -> str:
    return "".join(f"{value:>{_FIELD}}" for value in values)


def _axis(lanes: Activity, zero_ns: float, room: int) -> str:
    """Return the marks of time under the bars, in `room` cells; each stands at the left of its label.

    Times are those of the figure's axis.
    """
    columns, length = lanes.busy.shape[1], lanes.end_ns - lanes.start_ns
    start = lanes.start_ns - zero_ns
    between = step(length, columns // 9)
    line = ""
    for number in range(math.ceil(start / between), int((start + length) / between) + 1):
        place = round((number * between - start) / length * columns)
        label = f"╵{mark(number * between)}"
        if len(line) <= place and place + len(label) <= room:
            line = f"{line:{place}}{label}"
    return line


def _legend(drawn: set[str], signs: Signs) -> Text:
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
