"""What colours and hatches mean, in as few rows as it takes.

For an audience the entries that weigh most are chosen, in words that explain themselves; a whole legend has
all, in the words of the help.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tracer.figures.marks.panel_notes import WRONG
from tracer.figures.style.text import width_pt
from tracer.looks.palette import (
    BARS,
    BUSY,
    CRITICAL,
    DIED,
    ON_CORE,
    SPANS,
    STATES,
    STYLE,
    UNSHOWN,
)
from tracer.looks.themes import Kind, Theme

MOST = 6
"""So many entries an audience reads."""
MARGIN_PT = 22.0
SIZES_PT = (11.5, 11.0, 10.5)  # of the text: the largest that takes the fewest rows
ROW_PT = 19.0
SWATCH_PT, TOGETHER_PT, HIGH_PT = 22.0, 15.0, 12.0  # a swatch's width, alone and beside others, and height
TO_LABEL_PT, TO_NEXT_PT = 5.0, 15.0
Groups = Sequence[tuple[str, Sequence[str]]]
"""Kinds that share an entry, and what is said before them."""
TOGETHER: Groups = (
    ("no core: ", ("preempted", "other_programs", "blocked")),
    ("", ("pickle", "unpickle")),
    ("start-up: ", ("call", "interpreter", "prepare")),
)
FOR_AN_AUDIENCE: Groups = (
    ("data: ", ("pickle", "unpickle", "pipe", "deliver")),
    ("", ("call", "interpreter", "prepare")),
)


@dataclass(frozen=True)
class Entry:
    """What a legend says of one kind, or of a few that belong together.

    Where not all can be said, those of the greatest `weight` are: the area that is covered, or infinite.
    """

    kinds: tuple[Kind, ...]
    label: str
    weight: float = np.inf


@dataclass(frozen=True)
class Room:
    """The room kept for a legend: its lower edge in points above the figure's, and how many rows."""

    bottom: float
    rows: int

    @property
    def top(self) -> float:
        """Its upper edge in points."""
        return self.bottom + self.rows * ROW_PT


def entries(
    areas: Mapping[str, float], whole: bool, about: Collection[str] = (), **labels: str
) -> list[Entry]:
    """The legend of the kinds that cover these areas, in order.

    It is in the words of a `whole` legend, else in those for an audience. What went wrong and the kinds that
    the figure is `about` weigh more than any area. `labels` are those that differ from the usual.
    """
    first, *rest = BARS
    result: list[Entry] = []
    done: set[str] = set()
    groups = TOGETHER if whole else FOR_AN_AUDIENCE
    for kind in (first, *STATES, *rest, DIED, *SPANS, ON_CORE, UNSHOWN, BUSY, CRITICAL):
        if kind.name not in areas or kind.name in done:
            continue
        heading, names = next((group for group in groups if kind.name in group[1]), ("", (kind.name,)))
        kinds = [STYLE[name] for name in names if name in areas]
        done.update(names)
        said = [labels.get(kind.name, kind.label if whole else kind.words) for kind in kinds]
        matters = not {*WRONG, DIED.name, *about}.isdisjoint(names)
        weight = np.inf if matters else sum(areas[kind.name] for kind in kinds)
        result.append(Entry(tuple(kinds), heading + ", ".join(dict.fromkeys(said)), weight))
    return result


def chosen(entries: Sequence[Entry], most: int | None) -> list[Entry]:
    """The entries of greatest weight, at most so many, in their order."""
    order = sorted(range(len(entries)), key=lambda place: -entries[place].weight)  # stable
    return [entries[place] for place in sorted(order[:most])]


def widest(entries: Sequence[Entry], most: int | None) -> list[Entry]:
    """As many entries as may be chosen, with the longest labels: they need the most room."""
    order = sorted(range(len(entries)), key=lambda place: -len(entries[place].label))
    return [entries[place] for place in sorted(order[:most])]


def rows(entries: Sequence[Entry], width: float) -> tuple[float, list[list[Entry]]]:
    """Break entries into as few rows of at most `width` points as can be; return the text's size with them.

    Rows are made about equally long, so that no single entry is left over on the last one.
    """
    tried = [(size, _filled(entries, width, size)) for size in SIZES_PT]
    size, filled = min(tried, key=lambda way: len(way[1]))
    for share in (0.55, 0.65, 0.75, 0.85, 0.95):
        even = _filled(entries, share * width, size)
        if len(even) == len(filled) > 1:
            return size, even
    return size, filled


def _filled(entries: Sequence[Entry], width: float, size: float) -> list[list[Entry]]:
    result: list[list[Entry]] = [[]]
    used = 0.0
    for entry in entries:
        need = _swatches(entry) + TO_LABEL_PT + width_pt(entry.label, size)
        if used + need > width and result[-1]:
            result.append([])
            used = 0.0
        result[-1].append(entry)
        used += need + TO_NEXT_PT
    return [row for row in result if row]


def _swatches(entry: Entry) -> float:
    """How wide the swatches of an entry are, in points; those that belong together touch."""
    return SWATCH_PT if len(entry.kinds) == 1 else TOGETHER_PT * len(entry.kinds)


def write(figure: Figure, room: Room, entries: Sequence[Entry], theme: Theme) -> None:
    """Write a legend into the middle of its room."""
    size, lines = rows(entries, figure.get_figwidth() * 72 - 2 * MARGIN_PT)
    y = room.top - (room.rows - len(lines)) * ROW_PT / 2
    for line in lines:
        y -= ROW_PT
        _row(figure, line, y, size, theme)


def _row(figure: Figure, entries: Sequence[Entry], y: float, size: float, theme: Theme) -> None:
    width, height = figure.get_figwidth() * 72, figure.get_figheight() * 72
    x = MARGIN_PT
    for entry in entries:
        swatches = _swatches(entry)
        each = swatches / len(entry.kinds)
        for place, kind in enumerate(entry.kinds):
            box = ((x + place * each) / width, y / height, each / width, HIGH_PT / height)
            figure.patches.append(_swatch(figure, *box, kind, theme))
        x += swatches + TO_LABEL_PT
        figure.text(
            x / width,
            (y + HIGH_PT / 2) / height,
            entry.label,
            fontsize=size,
            color=theme.text,
            va="center_baseline",
            in_layout=False,
            parse_math=False,
            gid="legend",
        )
        x += width_pt(entry.label, size) + TO_NEXT_PT


def _swatch(
    figure: Figure, x: float, y: float, width: float, height: float, kind: Kind, theme: Theme
) -> Rectangle:
    if kind.line:
        return Rectangle(
            (x, y + 0.42 * height),
            width,
            0.16 * height,
            transform=figure.transFigure,
            facecolor=theme.line(kind),
            linewidth=0,
            gid="swatch",
            figure=figure,
        )
    return Rectangle(
        (x, y),
        width,
        height,
        transform=figure.transFigure,
        facecolor=theme.fill(kind),
        edgecolor=theme.ink(kind),
        hatch=kind.hatch or None,
        linewidth=0,
        gid="swatch",
        figure=figure,
    )
