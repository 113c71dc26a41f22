"""A sweep as a figure: measured points with their ranges, what the model expected, and the ideal.

Names have no order: their points stand side by side, and no line joins them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tracer.analysis.sweep.sweep import Sweep
from tracer.analysis.sweep.trials import Value
from tracer.figures.marks.axes import dress
from tracer.figures.options import Options
from tracer.figures.page.page import Key, open_page
from tracer.figures.style.text import LEAST_PT, unit_for
from tracer.figures.sweep.captions import captions, notes
from tracer.figures.sweep.values import axis_name, mark_values, name_of, position_of
from tracer.looks.palette import STYLE
from tracer.looks.themes import Theme
from tracer.wording import duration

TALL = 30.0
"""Where the longest time is so many times the shortest, the time axis is logarithmic too."""
MOST_LABELS, BESIDE = 12, 6


def draw(swept: Sweep, command: str, options: Options) -> Figure:
    """Draw a sweep of `command`."""
    key = Key(notes(swept))
    page = open_page(options, captions(swept, command), key)
    page.write(key)
    page.reserve(26, h_pad=0.06)
    ax = page.figure.add_subplot()
    _style_axes(ax, swept, page.theme)
    _draw_points(ax, swept, page.theme)
    _draw_curves(ax, swept, page.theme)
    page.settle()
    _write_legend(ax, page.theme)
    return page.figure


def _write_legend(ax: Axes, theme: Theme) -> None:
    """Write the legend in one line above the axes, as large as fits."""
    for size in (11.5, 11.0, 10.5, 10.0, LEAST_PT):
        legend = ax.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            ncols=5,
            frameon=False,
            fontsize=size,
            borderaxespad=0.3,
            labelcolor=theme.text,
            handlelength=2.2,
            columnspacing=1.6,
            handletextpad=0.6,
        )
        if legend.get_window_extent().width <= ax.get_window_extent().width:
            return


def _unit(swept: Sweep) -> float:
    return unit_for(_highest(swept)).ns


def _highest(swept: Sweep) -> float:
    return max(*(point.high_ns for point in swept.points), *(time for _, time in swept.predicted), 0.0)


def _style_axes(ax: Axes, swept: Sweep, theme: Theme) -> None:
    """Give the axes their scales, ticks and names: values as they were given, times from zero."""
    unit = unit_for(_highest(swept))
    dress(ax, theme)
    ax.grid(axis="y", color=theme.grid, linewidth=0.9)
    ax.tick_params(axis="y", length=4)
    mark_values(ax, swept)
    shortest = min(point.low_ns for point in swept.points)
    if _highest(swept) > TALL * shortest:
        ax.set_yscale("log")
        lowest = min([shortest, *(time for _, time in (*swept.predicted, *swept.capped))])
        ax.set_ylim(0.6 * lowest / unit.ns, 1.7 * _highest(swept) / unit.ns)
    else:
        ax.set_ylim(0, 1.14 * _highest(swept) / unit.ns)
        ax.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.10g}"))
    ax.set_xlabel(axis_name(swept), fontsize=12, color=theme.text, parse_math=False)
    ax.set_ylabel(f"makespan ({unit.symbol})", fontsize=12, color=theme.text)


def _draw_line(ax: Axes, pairs: Sequence[tuple[Value, float]], swept: Sweep, **style: Any) -> None:
    if pairs:
        x = [position_of(swept, value) for value, _ in pairs]
        ax.plot(x, np.array([time for _, time in pairs]) / _unit(swept), **style)


def _draw_curves(ax: Axes, swept: Sweep, theme: Theme) -> None:
    """Draw what was not measured: thin, dotted or dashed, behind the points."""
    model = f"model, from the runs with {name_of(swept.first.value, 24)}"
    shape: dict[str, Any] = {"linewidth": 1.8, "zorder": 2.5}
    if swept.named:
        shape = {"linestyle": "none", "marker": "D", "markersize": 11, "markerfacecolor": "none"}
        shape |= {"markeredgewidth": 2, "zorder": 3.55}
    _draw_line(ax, swept.predicted, swept, color=theme.accent, label=model, gid="predicted", **shape)
    faint: dict[str, Any] = {"color": theme.faint, "linewidth": 1.6, "zorder": 2.0}
    on_cores = f"ideal on {swept.cores} {'core' if swept.cores == 1 else 'cores'}"
    _draw_line(ax, swept.capped, swept, linestyle="--", gid="capped", label=on_cores, **faint)
    _draw_line(ax, swept.ideal, swept, linestyle=":", gid="ideal", label="ideal", **faint)


def _draw_points(ax: Axes, swept: Sweep, theme: Theme) -> None:
    """Draw each run as a small dot, medians with ranges, and a ring around the value to take."""
    unit, colour = _unit(swept), theme.text if theme.dark else theme.fill(STYLE["run"])
    runs = [
        (position_of(swept, trial.value), trial.makespan_ns / unit)
        for trial in swept.trials
        if trial.counts and trial.makespan_ns
    ]
    for point in swept.points:
        ax.vlines(
            position_of(swept, point.value),
            point.low_ns / unit,
            point.high_ns / unit,
            color=colour,
            linewidth=2.5,
            alpha=0.4,
            zorder=3,
            gid="range",
        )
    ax.plot(
        *zip(*runs, strict=True),
        color=colour,
        marker="_",
        markersize=11,
        markeredgewidth=2,
        alpha=0.6,
        linestyle="none",
        zorder=3.1,
        gid="run",
    )
    ax.plot(
        [position_of(swept, point.value) for point in swept.points],
        [point.median_ns / unit for point in swept.points],
        color=colour,
        marker="o",
        markersize=9,
        linestyle="none" if swept.named else "-",
        linewidth=1.4,
        zorder=3.5,
        gid="measured",
        label="measured: median, range",
    )
    if chosen := swept.chosen:
        ax.plot(
            [position_of(swept, chosen.value)],
            [chosen.median_ns / unit],
            marker="o",
            markersize=17,
            markerfacecolor="none",
            markeredgecolor=theme.text,
            markeredgewidth=2,
            linestyle="none",
            zorder=3.6,
            gid="knee",
            label="the fastest" if swept.named else "smallest within 5 % of the best",
        )
    if len(swept.points) <= MOST_LABELS:
        _write_medians(ax, swept, theme)


def _write_medians(ax: Axes, swept: Sweep, theme: Theme) -> None:
    """Write each median beside its point."""
    for place, point in enumerate(swept.points):
        time, (x, y) = _label_spot(swept, place)
        ax.annotate(
            duration(point.median_ns),
            (position_of(swept, point.value), time / _unit(swept)),
            fontsize=12,
            xytext=(x, y),
            textcoords="offset points",
            ha="left" if x > 0 else "right" if x < 0 else "center",
            va="bottom" if y > 0 else "top" if y else "center",
            color=theme.text,
            fontweight="bold",
            zorder=5,
            gid="median",
            in_layout=False,
            bbox={"facecolor": theme.panel, "edgecolor": "none", "pad": 1.0, "alpha": 0.85},
        )


def _label_spot(swept: Sweep, place: int) -> tuple[float, tuple[int, int]]:
    """At which time a point's label stands, and how far beside it in points.

    A name's label stands to the right of its point, or above all that is drawn there if that would be tight.
    A number's stands on the side that the line to the next point leaves free; the last one's on the left.
    """
    point, last = swept.points[place], place == len(swept.points) - 1
    if swept.named and len(swept.points) <= BESIDE:
        return point.median_ns, (15, 0)
    if swept.named:
        return max(point.high_ns, dict(swept.predicted).get(point.value, 0.0)), (0, 9)
    beside = swept.points[max(place - 1, 0) if last else place + 1]
    above = beside.median_ns < point.median_ns or (beside.median_ns == point.median_ns and not last)
    return point.median_ns, (-13 if last else 13, 9 if above else -9)
