"""A sequence diagram: who takes part from left to right, the steps of one task from top to bottom.

    time │ caller   task handler   pipe   worker   pipe   result handler
      0  │   ├───────────►█
         │                █ pickle
         │                ├───────►█
         …
         │ ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓  the same to scale

All lengths are in points: the axes are as wide and high as they are on a slide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracer.analysis.summary import summarize
from tracer.figures.marks.axes import say_nothing_is_there
from tracer.figures.marks.rectangles import add_rects
from tracer.figures.options import OptionsError
from tracer.figures.page.captions import alert, made_by, subtitle
from tracer.figures.page.legend import MARGIN_PT
from tracer.figures.page.page import Captions, Key, Page, open_page
from tracer.figures.sequence import SequenceOptions
from tracer.figures.sequence.captions import notes, title
from tracer.figures.style.text import clean, fill, width_pt, wrap
from tracer.looks.palette import STYLE, ink_on
from tracer.looks.themes import Kind, Theme
from tracer.tables.tables import Tables
from tracer.timeline import NothingToShow
from tracer.timeline.sequence import UNKNOWN, Message, Sequence, Step, sequence_of
from tracer.wording import duration, size_in_bytes

NAME_PT, LABEL_PT, SMALL_PT = 12.0, 11.5, 10.5
GUTTER_PT = 78.0
"""The width of the column of times."""
HEAD_PT, BAR_PT, BETWEEN_PT = 46.0, 20.0, 30.0
"""Heights of the names, of the bar that is to scale, and of the room above it."""
BLOCK_PT, TO_WORDS_PT = 13.0, 5.0
"""The width of a step's block on a line, and from there to its words."""
FIRST_PT, LAST_PT = 50.0, 122.0
"""Room left of the first line, for half of its name, and right of the last, for the words beside it."""
TALLEST_ROW_PT = 56.0
DIGITS = 3
"""Of a time in the column, after the point."""


def draw(trace: Tables, options: SequenceOptions) -> Figure:
    """Draw one task's way."""
    try:
        way = sequence_of(trace, options.task)
    except NothingToShow as error:
        raise OptionsError(str(error)) from None
    key = Key(notes(way) if way else "")
    said = title(way) if way else "No task came to its end"
    words = Captions(said, subtitle(trace, summarize(trace)), made_by(trace, options.detail), alert(trace))
    page = open_page(options, words, key)
    ax = _axes(page)
    if way is None:
        say_nothing_is_there(ax, "no task was seen from its call to its result", page.theme)
    else:
        _Diagram(ax, way, page.theme, page.width - 2 * MARGIN_PT, page.body - 8).draw()
    page.write(key)
    return page.figure


def _axes(page: Page) -> Axes:
    """Axes without a frame, whose data coordinates are points from its upper left corner."""
    ax = page.panel(MARGIN_PT, MARGIN_PT, above=0.0, below=8.0)
    ax.set_axis_off()
    ax.set_xlim(0, page.width - 2 * MARGIN_PT)
    ax.set_ylim(page.body - 8, 0)
    return ax


@dataclass(frozen=True)
class _Diagram:
    """A way on axes that are `width` wide and `height` high."""

    ax: Axes
    way: Sequence
    theme: Theme
    width: float
    height: float

    @property
    def row_pt(self) -> float:
        room = self.height - HEAD_PT - BAR_PT - BETWEEN_PT - 12
        return min(room / max(len(self.way.times_ns) - 1, 1), TALLEST_ROW_PT)

    @property
    def column_pt(self) -> float:
        room = self.width - GUTTER_PT - FIRST_PT - LAST_PT
        return room / max(len(self.way.parties) - 1, 1)

    def x(self, party: int) -> float:
        return GUTTER_PT + FIRST_PT + self.column_pt * party

    def y(self, row: float) -> float:
        return HEAD_PT + 10 + row * self.row_pt

    def draw(self) -> None:
        last = len(self.way.times_ns) - 1
        for number, party in enumerate(self.way.parties):
            x = self.x(number)
            self.ax.plot([x, x], [HEAD_PT, self.y(last) + 8], color=self.theme.life, linewidth=1.2, zorder=1)
            name = self._fitting(party.name, NAME_PT, "bold")
            self._write(x, 12, name, NAME_PT, ha="center", fontweight="bold", gid="party")
            what = self._fitting(party.what, SMALL_PT)
            self._write(x, 30, what, SMALL_PT, self.theme.faint, ha="center", gid="party")
        self._write_times()
        for step in self.way.steps:
            self._draw_block(step.party, step.kind, step.first, step.last)
            label = self._label(step)
            middle = self.y(step.first) + self.row_pt / 2
            self._write(self.x(step.party) + BLOCK_PT / 2 + TO_WORDS_PT, middle, label, LABEL_PT, gid="step")
        for message in self.way.messages:
            self._draw_arrow(message)
        self._draw_to_scale()

    def _label(self, step: Step) -> str:
        """What a step does, how long and how much; a long name gives way."""
        length = "" if np.isnan(step.length_ns) else f" {duration(step.length_ns)}"
        rest = length + ("" if step.size is None else f", {size_in_bytes(step.size)}")
        is_last = step.party == len(self.way.parties) - 1
        room = (LAST_PT if is_last else self.column_pt) - BLOCK_PT / 2 - TO_WORDS_PT
        return fill(clean(step.label), LABEL_PT, room - width_pt(rest, LABEL_PT), 1)[0] + rest

    def _fitting(self, text: str, size: float, weight: str = "normal") -> str:
        """The text, cut to the width of a column."""
        return wrap(clean(text), size, self.column_pt - 8, 1, weight)[0] if text else ""

    def _write_times(self) -> None:
        unit_ns, symbol = (1e6, "ms") if self.way.length_ns < 1e10 else (1e9, "s")
        self._write(GUTTER_PT - 12, 30, f"time, {symbol}", SMALL_PT, self.theme.faint, ha="right")
        for row, time in enumerate(self.way.times_ns):
            y = self.y(row)
            self.ax.plot(
                [GUTTER_PT - 6, self.width], [y, y], color=self.theme.grid, linewidth=0.7, zorder=0.5
            )
            if not np.isnan(time):
                text = f"{time / unit_ns:,.{DIGITS}f}"
                self._write(GUTTER_PT - 12, y, text, SMALL_PT, self.theme.faint, ha="right", gid="time")

    def _draw_block(self, party: int, kind: str, first: int, last: int) -> None:
        x = self.x(party)
        self._rectangle(x - BLOCK_PT / 2, x + BLOCK_PT / 2, self.y(first), self.y(last), kind, "block")

    def _rectangle(self, x0: float, x1: float, y0: float, y1: float, kind: str, where: str) -> str:
        """Draw a rectangle in the look of a kind; return its colour."""
        x, y, theme = np.array([x0, x1]), np.array([y0, y1]), self.theme
        look = STYLE.get(kind, Kind(UNKNOWN, "", theme.life))
        colour, ink = theme.fill(look), theme.ink(look)
        gid = f"{where}-{kind}"
        add_rects(self.ax, x[:1], x[1:], y[:1], y[1:], colour, look.hatch, ink, gid=gid, zorder=2)
        return colour

    def _draw_arrow(self, message: Message) -> None:
        """Draw what is handed on, from line to line, or from the edge of a block where there is one."""
        y, start, end = self.y(message.row), self.x(message.sender), self.x(message.receiver)
        inset = BLOCK_PT / 2 * (1 if end > start else -1)
        self.ax.annotate(
            "",
            (end - inset, y),
            xytext=(start + inset, y),
            arrowprops={
                "arrowstyle": "-|>",
                "color": self.theme.text,
                "linewidth": 1.4,
                "shrinkA": 0,
                "shrinkB": 0,
            },
            zorder=3,
            annotation_clip=False,
        )

    def _draw_to_scale(self) -> None:
        """Draw the whole way as one bar, with the times of what is long enough to be named."""
        bottom, left, length = self.height - 2, GUTTER_PT, max(self.way.length_ns, 1.0)
        top, scale = bottom - BAR_PT, (self.width - GUTTER_PT) / length
        self._write(GUTTER_PT - 12, (top + bottom) / 2, "to scale", SMALL_PT, self.theme.faint, ha="right")
        for kind, start, end in self.way.pieces:
            x0, x1 = left + start * scale, left + end * scale
            colour = self._rectangle(x0, x1, top, bottom, kind, "scale")
            label = f"{_SAID.get(kind, kind)} {duration(end - start)}".strip()
            if kind in _SAID and width_pt(label, LABEL_PT) + 8 < x1 - x0:
                self._write(
                    (x0 + x1) / 2,
                    (top + bottom) / 2,
                    label,
                    LABEL_PT,
                    ink_on(colour),
                    ha="center",
                    gid="scale",
                )

    def _write(
        self, x: float, y: float, text: str, size: float, colour: str = "", ha: str = "left", **more: Any
    ) -> None:
        colour = colour or self.theme.text
        style: dict[str, Any] = {"va": "center_baseline", "parse_math": False, "zorder": 4, **more}
        self.ax.text(x, y, text, fontsize=size, color=colour, ha=ha, **style)


_SAID = {"wait": "waiting", "run": "run"}
"""The pieces whose ground is plain, so that words can be read on it; all others are hatched."""
