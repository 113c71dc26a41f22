"""One phase in its row: how long it took all tasks, as a shape with its quantiles, or task by task."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from tracer.analysis.columns import Floats
from tracer.figures.marks.rectangles import add_rects
from tracer.figures.phases.rows import WAITS, Row
from tracer.figures.style.account_colours import look
from tracer.looks.themes import Kind, Theme

FEW = 12  # so many tasks or fewer are drawn one by one
BINS_A_DECADE = 12


def draw_distribution(ax: Axes, row: Row, place: int, theme: Theme) -> None:
    """Draw a phase around the height `place`; a diamond is at the longest."""
    kind = look("starved" if row.phase.name in WAITS else row.phase.category, theme)
    values = np.clip(row.values, *ax.get_xlim())
    if values.size > FEW:
        _draw_shape(ax, row.phase.name, values, place, kind, theme)
        _draw_box(ax, np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95)).tolist(), place, kind, theme)
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


def _draw_shape(ax: Axes, name: str, values: Floats, place: int, kind: Kind, theme: Theme) -> None:
    """Draw how many tasks took how long; areas go by the square root, so that few are seen beside many."""
    low, high = ax.get_xlim()
    bins = max(int(np.ceil(np.log10(high / low) * BINS_A_DECADE)), 8)
    edges = np.geomspace(low, high, bins + 1)
    counts, _ = np.histogram(values, np.append(edges[:-1], high * (1 + 1e-9)))
    heights = np.sqrt(counts.astype(np.float64))
    half = 0.42 * heights / heights.max()
    ax.fill_between(
        np.repeat(edges, 2)[1:-1],
        place - np.repeat(half, 2),
        place + np.repeat(half, 2),
        facecolor=theme.fill(kind),
        linewidth=0,
        zorder=2,
        alpha=0.6 if theme.dark else 0.38,
        gid=f"shape-{name}",
    )


def _draw_box(ax: Axes, quantiles: Sequence[float], place: int, kind: Kind, theme: Theme) -> None:
    """Draw a line over 5 to 95 %, a box over the middle half and a tick at the median."""
    p5, p25, p50, p75, p95 = quantiles
    ax.hlines(place, p5, p95, color=theme.text, linewidth=1.6, zorder=3)
    x0, x1, y0, y1 = (np.array([edge]) for edge in (p25, p75, place - 0.16, place + 0.16))
    add_rects(ax, x0, x1, y0, y1, theme.fill(kind), edge=theme.text, zorder=3.2, gid=f"box-{kind.name}")
    for width, colour, order in ((4.0, theme.text, 3.3), (2.0, theme.background, 3.4)):
        ends = [place - 0.2, place + 0.2]
        ax.plot([p50, p50], ends, color=colour, linewidth=width, solid_capstyle="butt", zorder=order)
