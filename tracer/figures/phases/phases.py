"""The phases as a figure: how long each step of a task took, over all tasks, on a scale of powers of ten."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from tracer.analysis.phases import task_phases
from tracer.figures.marks.axes import HEAD_PT, LABEL_PT, beside, say_nothing_is_there
from tracer.figures.options import Options
from tracer.figures.page.captions import captions_of_sums
from tracer.figures.page.legend import MARGIN_PT
from tracer.figures.page.page import Key, Page, open_page
from tracer.figures.phases.distributions import FEW, draw_distribution
from tracer.figures.phases.rows import COLUMNS, Row, lowest, phase_rows, phases_title
from tracer.figures.style.text import joined, width_pt
from tracer.looks.themes import Theme
from tracer.tables.tables import Tables
from tracer.wording import UNITS, duration

NUMBER_PT = 11.5
GAP_PT = 17.0


def draw(trace: Tables, options: Options) -> Figure:
    """Draw how long the steps of the tasks took."""
    steps = task_phases(trace)
    shown = phase_rows(trace, steps)
    key = Key(_notes(shown))
    page = open_page(options, captions_of_sums(trace, phases_title(steps), options.detail), key)
    labels = max((width_pt(row.phase.title, LABEL_PT) for row in shown), default=0.0)
    widths = _column_widths(shown)
    ax = page.panel(MARGIN_PT + labels + 8, MARGIN_PT + sum(widths) + 6, above=26.0)
    _style_axes(page, ax, shown)
    for place, row in enumerate(shown):
        draw_distribution(ax, row, place, page.theme)
        _write_numbers(ax, row, place, widths, page.theme)
    _head_columns(ax, widths, page.theme)
    page.write(key)
    return page.figure


def _notes(shown: list[Row]) -> str:
    if not shown:
        return ""
    parts = []
    if any(row.values.size > FEW for row in shown):
        parts += ["line: 5–95 % of the tasks", "box: middle half", "tick: median"]
        parts.append("shape: how many took how long")
    if any(row.values.size <= FEW for row in shown):
        parts.append("dots: the tasks")
    parts.append("diamond: longest")
    if any((row.values < lowest(shown)).any() for row in shown):
        parts.append(f"under {duration(lowest(shown))}: at the left edge")
    if any(row.phase.name == "sending" for row in shown):
        parts.append("a write may return after it was read")
    return joined(parts)


def _column_widths(shown: list[Row]) -> list[float]:
    """The width of each column of numbers in points, 0 for one that has none."""
    result = []
    for column, head in enumerate(COLUMNS):
        texts = [row.texts[column] for row in shown]
        if not any(texts):
            result.append(0.0)
            continue
        result.append(max(width_pt(head, HEAD_PT), *(width_pt(text, NUMBER_PT) for text in texts)) + GAP_PT)
    return result if shown else []


def _style_axes(page: Page, ax: Axes, shown: list[Row]) -> None:
    ax.set_yticks([])
    ax.set_ylim(max(len(shown), 1) - 0.5, -0.5)
    if not shown:
        ax.set_xticks([])
        say_nothing_is_there(ax, "no task was recorded", page.theme)
        return
    low, high = lowest(shown), max(float(row.values.max()) for row in shown)
    high = max(high * 1.25, low * 10)
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    room = page.width_of(ax) / 46
    decades = np.arange(np.log10(low), np.floor(np.log10(high)) + 1)
    decades = decades[:: max(int(np.ceil(decades.size / room)), 1)]
    ax.xaxis.set_major_locator(FixedLocator((10.0**decades).tolist()))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _round(value)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("time of one task in the phase", fontsize=12, color=page.theme.text)
    ax.tick_params(axis="x", which="minor", length=2, color=page.theme.faint)
    for place in range(1, len(shown)):
        ax.axhline(place - 0.5, color=page.theme.grid, linewidth=0.8, zorder=0.5)


def _round(value: float) -> str:
    """A duration without decimals: "10 µs" of 10,000."""
    index = sum(value >= limit for limit in (1e3, 1e6, 1e9))
    ns, symbol = UNITS[index]
    return f"{value / ns:,.0f} {symbol}"


def _write_numbers(ax: Axes, row: Row, place: int, widths: list[float], theme: Theme) -> None:
    """Write a phase's name at the left of its row, and its numbers at the right."""
    style: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "ha": "right"}
    style["fontweight"] = "bold" if row.phase.name == "run" else "normal"
    beside(ax, 0, place, row.phase.title, -8, LABEL_PT, theme.text, gid="phase", **style)
    offset = 0.0
    for text, width in zip(row.texts, widths, strict=True):
        offset += width
        if text:
            beside(ax, 1, place, text, offset, NUMBER_PT, theme.text, gid="number", **style)


def _head_columns(ax: Axes, widths: list[float], theme: Theme) -> None:
    """Say above each column of numbers that has any what they are."""
    offset = 0.0
    for head, width in zip(COLUMNS, widths, strict=False):
        offset += width
        if width:
            ax.annotate(
                head,
                (1, 1),
                xycoords="axes fraction",
                xytext=(offset, 6),
                textcoords="offset points",
                ha="right",
                va="bottom",
                fontsize=HEAD_PT,
                color=theme.faint,
                annotation_clip=False,
                gid="column",
            )
