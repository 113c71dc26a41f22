"""The phases as a figure: how long each step of a task took, over all tasks, on a scale of powers of ten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from tracer.analysis.columns import Floats
from tracer.analysis.phases import TaskPhases, task_phases
from tracer.figures.marks.axes import beside, say_nothing_is_there
from tracer.figures.marks.rectangles import add_rects
from tracer.figures.options import Options
from tracer.figures.page.one_panel import MARGIN_PT, Frame, frame
from tracer.figures.phases.rows import COLUMNS, WAITS, Row, lowest, phase_rows, phases_title
from tracer.figures.style.category_colours import look
from tracer.figures.style.fonts import styled
from tracer.figures.style.palette import Kind, Theme
from tracer.figures.style.text import joined, width_pt
from tracer.tables.tables import Tables
from tracer.wording import UNITS, duration

FEW = 12  # so many tasks or fewer are drawn one by one
BINS_A_DECADE = 12
LABEL_PT, NUMBER_PT, HEAD_PT = 12.0, 11.5, 10.0
GAP_PT = 17.0


@styled
def draw_phases(
    trace: Tables,
    options: Options | None = None,
    found: TaskPhases | None = None,
    **changes: Any,
) -> Figure:
    """Draw how long the steps of the tasks took, as one figure for a 16:9 slide.

    Of `options` (and `changes` to them) theme, size and title are used; without one the figure says what it
    shows. `found` is `task_phases(trace)` if it is known. Any trace can be drawn, the empty one too.
    """
    chosen = replace(options or Options(), **changes)
    steps = found or task_phases(trace)
    shown = phase_rows(trace, steps)
    drawn = frame(trace, chosen, chosen.title or phases_title(steps), _notes(shown), ())
    labels = max((width_pt(row.phase.title, LABEL_PT) for row in shown), default=0.0)
    widths = _column_widths(shown)
    ax = drawn.axes(MARGIN_PT + labels + 8, MARGIN_PT + sum(widths) + 6, above=26.0)
    _style(drawn, ax, shown)
    for place, row in enumerate(shown):
        _shape(drawn, ax, row, place)
        _numbers(drawn, ax, row, place, widths)
    _heads(drawn, ax, widths if shown else [])
    return drawn.figure


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
    result = []
    for column, head in enumerate(COLUMNS):
        texts = [row.texts[column] for row in shown]
        if not any(texts):
            result.append(0.0)
            continue
        result.append(max(width_pt(head, HEAD_PT), *(width_pt(text, NUMBER_PT) for text in texts)) + GAP_PT)
    return result if shown else []


def _style(drawn: Frame, ax: Axes, shown: list[Row]) -> None:
    ax.set_yticks([])
    ax.set_ylim(max(len(shown), 1) - 0.5, -0.5)
    if not shown:
        ax.set_xticks([])
        say_nothing_is_there(ax, "no task was recorded", drawn.theme)
        return
    low, high = lowest(shown), max(float(row.values.max()) for row in shown)
    high = max(high * 1.25, low * 10)
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    room = drawn.width_of(ax) / 46
    decades = np.arange(np.log10(low), np.floor(np.log10(high)) + 1)
    decades = decades[:: max(int(np.ceil(decades.size / room)), 1)]
    ax.xaxis.set_major_locator(FixedLocator((10.0**decades).tolist()))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _round(value)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("time of one task in the phase", fontsize=12, color=drawn.theme.text)
    ax.tick_params(axis="x", which="minor", length=2, color=drawn.theme.faint)
    for place in range(1, len(shown)):
        ax.axhline(place - 0.5, color=drawn.theme.grid, linewidth=0.8, zorder=0.5)


def _round(value: float) -> str:
    """Return "10 µs" of 10,000."""
    index = sum(value >= limit for limit in (1e3, 1e6, 1e9))
    ns, symbol = UNITS[index]
    return f"{value / ns:,.0f} {symbol}"


def _shape(drawn: Frame, ax: Axes, row: Row, place: int) -> None:
    """Draw one phase: the shape of its distribution, or its tasks one by one; quantiles; the longest."""
    low, high = ax.get_xlim()
    theme, kind = drawn.theme, look(row.phase.category, drawn.theme)
    if row.phase.name in WAITS:
        kind = look("starved", theme)
    values = np.clip(row.values, low, high)
    p5, p25, p50, p75, p95 = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95)).tolist()
    if values.size > FEW:
        edges, heights = _density(values, low, high)
        half = 0.42 * heights / heights.max()
        under, over = place - np.repeat(half, 2), place + np.repeat(half, 2)
        ax.fill_between(
            np.repeat(edges, 2)[1:-1],
            under,
            over,
            facecolor=theme.fill(kind),
            linewidth=0,
            zorder=2,
            alpha=0.6 if theme.dark else 0.38,
            gid=f"shape-{row.phase.name}",
        )
    else:
        ax.plot(
            values,
            np.full(values.size, place),
            linestyle="none",
            marker="o",
            markersize=5,
            zorder=3.5,
            markerfacecolor=theme.fill(kind),
            markeredgecolor=theme.text,
            markeredgewidth=0.7,
            clip_on=False,
            gid=f"tasks-{row.phase.name}",
        )
    _box(ax, place, (p5, p25, p50, p75, p95), kind, theme, few=values.size <= FEW)
    ax.plot(
        values.max(),
        place,
        marker="D",
        markersize=6,
        color=theme.fill(kind),
        markeredgecolor=theme.text,
        markeredgewidth=0.9,
        zorder=4,
        clip_on=False,
        gid=f"longest-{row.phase.name}",
    )


def _density(values: Floats, low: float, high: float) -> tuple[Floats, Floats]:
    bins = max(int(np.ceil(np.log10(high / low) * BINS_A_DECADE)), 8)
    edges = np.geomspace(low, high, bins + 1)
    heights, _ = np.histogram(values, np.append(edges[:-1], high * (1 + 1e-9)))
    return edges, np.sqrt(heights.astype(np.float64))


def _box(
    ax: Axes,
    place: int,
    quantiles: tuple[float, float, float, float, float],
    kind: Kind,
    theme: Theme,
    few: bool,
) -> None:
    p5, p25, p50, p75, p95 = quantiles
    if few:
        return
    ax.hlines(place, p5, p95, color=theme.text, linewidth=1.6, zorder=3)
    one = np.ones(1)
    add_rects(
        ax,
        p25 * one,
        p75 * one,
        (place - 0.16) * one,
        (place + 0.16) * one,
        theme.fill(kind),
        edge=theme.text,
        zorder=3.2,
        gid=f"box-{kind.name}",
    )
    ax.plot(
        [p50, p50],
        [place - 0.2, place + 0.2],
        color=theme.text,
        linewidth=4.0,
        solid_capstyle="butt",
        zorder=3.3,
    )
    ax.plot(
        [p50, p50],
        [place - 0.2, place + 0.2],
        color=theme.background,
        linewidth=2.0,
        solid_capstyle="butt",
        zorder=3.4,
    )


def _numbers(drawn: Frame, ax: Axes, row: Row, place: int, widths: list[float]) -> None:
    style: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "ha": "right"}
    style["fontweight"] = "bold" if row.phase.name == "run" else "normal"
    beside(ax, 0, place, row.phase.title, -8, LABEL_PT, drawn.theme.text, gid="phase", **style)
    offset = 0.0
    for text, width in zip(row.texts, widths, strict=True):
        offset += width
        if text:
            beside(ax, 1, place, text, offset, NUMBER_PT, drawn.theme.text, gid="number", **style)


def _heads(drawn: Frame, ax: Axes, widths: list[float]) -> None:
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
                color=drawn.theme.faint,
                annotation_clip=False,
                gid="column",
            )
