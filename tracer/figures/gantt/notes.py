"""Notes of the speaker above the chart, each with an arrow to a time or to a task's bar.

   ┌──────────┐      ┌──────────────────┐
   │ one text │      │ another, shifted │      in a strip of their own: they cover nothing
   └────┬─────┘      └──────┬───────────┘
        ▼                    ╲
┌───────┊─────────────────────▼─────────
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.transforms import ScaledTranslation

from tracer.figures.gantt.pins import Pin
from tracer.figures.marks.apart import apart
from tracer.figures.marks.axes import figure_of
from tracer.figures.marks.lane_positions import LanePositions
from tracer.figures.marks.viewport import Viewport
from tracer.figures.options import OptionsError
from tracer.figures.reveal.boxes import above
from tracer.figures.reveal.marks import Marks
from tracer.figures.style.text import width_pt, wrap
from tracer.looks.themes import Theme

NOTE_PT, LINE_HEIGHT, PAD_PT = 13.0, 1.25, 4.0
ARROW_PT = 18.0  # between a note and what stands above the panel
APART_PT = 10.0
ABOVE_NOTES = 10.0  # a zorder
NAMES_PT = 260.0  # what the names of lanes and the margins take of a page's width, about
WIDTHS = (0.34, 0.5, 0.9)  # of a column, that a note of two lines may have: the first that holds all whole


@dataclass(frozen=True)
class Strip:
    """The notes of one column: their lines of text, in one row or two, and how high they are in points."""

    pins: Sequence[Pin]
    lines: Sequence[Sequence[str]]
    rows: int

    @property
    def row_pt(self) -> float:
        """The height of a row."""
        most = max((len(each) for each in self.lines), default=0)
        return LINE_HEIGHT * NOTE_PT * most + 2 * PAD_PT + 4

    @property
    def height(self) -> float:
        """The height of all, with their arrows."""
        return self.rows * self.row_pt + ARROW_PT if self.pins else 0.0

    @property
    def widths(self) -> list[float]:
        """How wide each note is, in points."""
        return [max(width_pt(line, NOTE_PT, "bold") for line in each) + 2 * PAD_PT + 2 for each in self.lines]

    def fits(self, room: float) -> bool:
        """Tell whether the notes of each row have room side by side."""
        rows = (self.widths[row :: self.rows] for row in range(self.rows))
        return all(sum(widths) + APART_PT * (len(widths) - 1) <= room for widths in rows)


def strip(pins: Sequence[Pin], room: float) -> Strip:
    """Break notes so that they stand side by side in `room` points. Raises OptionsError where they cannot."""
    fitting = []
    for share in WIDTHS:
        lines = [wrap(each.text, NOTE_PT, share * room, 2, "bold") for each in pins]
        cut = sum(each[-1].endswith("…") for each in lines)
        fitting += [(cut, made) for rows in (1, 2) if (made := Strip(pins, lines, rows)).fits(room)]
    if not fitting:
        raise OptionsError(f"{len(pins)} notes have no room side by side: give fewer, or shorter ones")
    return min(fitting, key=lambda each: each[0])[1]


def strips_of(columns: Sequence[Sequence[Pin]], width: float) -> list[Strip]:
    """The notes of each column of a page that is so many points wide. Raises OptionsError."""
    shares = (1.0,) if len(columns) == 1 else (0.42, 0.58)
    return [strip(pins, share * (width - NAMES_PT)) for pins, share in zip(columns, shares, strict=True)]


def draw_notes(
    made: Strip,
    column: Sequence[Viewport],
    lanes: Mapping[Axes, LanePositions],
    over: float,
    marks: Marks,
) -> None:
    """Draw notes `over` so many points above a column's first panel; `lanes` are those of processes."""
    room, theme = column[0].width_pt, column[0].theme
    wide = made.widths
    for row in range(made.rows):
        chosen = list(range(len(made.pins)))[row :: made.rows]
        wanted = np.array([_x_pt(column[0], made.pins[i]) for i in chosen])
        places = apart(wanted, [wide[i] for i in chosen], room, APART_PT)
        places = wanted if places is None else places  # where names of lanes take more room than is usual
        for i, at in zip(chosen, places.tolist(), strict=True):
            up = over + ARROW_PT + (made.rows - 1 - row) * made.row_pt + PAD_PT
            rel = float(np.clip((_x_pt(column[0], made.pins[i]) - at) / wide[i] + 0.5, 0.1, 0.9))
            _draw(made.pins[i], made.lines[i], column, lanes, (at / room, up), rel, theme, marks)


def _x_pt(view: Viewport, one: Pin) -> float:
    share = (one.at_ns - view.window.start_ns) / view.window.length_ns
    return float(np.clip(share, 0, 1)) * view.width_pt


def _draw(
    one: Pin,
    lines: Sequence[str],
    column: Sequence[Viewport],
    lanes: Mapping[Axes, LanePositions],
    at: tuple[float, float],
    rel: float,
    theme: Theme,
    marks: Marks,
) -> None:
    """Draw a note with its arrow: to a bar, or to the edge of the panels and a line through them."""
    top = column[0].ax
    x = one.at_ns / column[0].unit_ns
    target = next((view.ax for view in column if view.ax in lanes), top)
    if one.lane is None:
        target, to = top, above(top, x)
        for view in column:
            line = view.ax.vlines(
                x,
                *view.ax.get_ylim(),
                color=theme.text,
                linewidth=1.3,
                linestyle=(0, (4, 3)),
                zorder=5.8,
                in_layout=False,
                gid="note-line",
            )
            marks.add(top, line, to)
    else:
        to = x, float(lanes[target].top[one.lane])
    lift = ScaledTranslation(0, at[1] / 72, figure_of(top).dpi_scale_trans)
    note = target.annotate(
        "\n".join(lines),
        to,
        xytext=(at[0], 1),
        textcoords=top.transAxes + lift,
        ha="center",
        va="bottom",
        fontsize=NOTE_PT,
        fontweight="bold",
        linespacing=LINE_HEIGHT,
        color=theme.background,
        parse_math=False,
        annotation_clip=False,
        in_layout=False,
        zorder=ABOVE_NOTES - 1,
        gid="note",
        bbox={"boxstyle": f"round,pad={PAD_PT / NOTE_PT}", "facecolor": theme.text, "edgecolor": "none"},
        arrowprops={
            "arrowstyle": "-|>",
            "color": theme.text,
            "linewidth": 1.6,
            "mutation_scale": 13,
            "shrinkA": 0,
            "shrinkB": 0,
            "relpos": (rel, 0),
            "path_effects": [withStroke(linewidth=4, foreground=theme.panel)],
        },
    )
    marks.add(target, note, to)
