"""The figure of a sweep: measured points with their ranges, what the model expected, and the ideal.

Names have no order: their points stand side by side, and no line joins them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from tracer.analysis.columns import Floats
from tracer.analysis.endings import ending
from tracer.analysis.sweep import CHUNKSIZE, WORKERS, Sweep, headline
from tracer.analysis.trials import Value, told
from tracer.analysis.units import duration
from tracer.figures import layout
from tracer.figures.options import Options
from tracer.figures.palette import STYLE, THEMES, Theme
from tracer.figures.text import clean, unit_for, width_pt

SPREAD = 4.0
"""Where the largest value is so many times the smallest, doublings are drawn equally far apart."""
TALL = 30.0
"""Where the longest time is so many times the shortest, the time axis is logarithmic too."""
MOST_LABELS = 12
AXIS_PT, TICK_PT = 850.0, 11.5  # the axis's length, about, and its labels' size


def draw_sweep(swept: Sweep, command: str, options: Options | None = None) -> Figure:
    """Draw a sweep of `command`; of `options` theme and size are used."""
    chosen = options or Options()
    theme = THEMES[chosen.theme]
    figure = layout.new_figure(chosen, theme)
    header = layout.add_header(figure, clean(headline(swept), 300), _subtitle(swept, command), theme)
    footer = layout.add_footer(figure, _footer(swept), _alert(swept), _notes(swept), [], theme)
    layout.write_below(figure, footer, _notes(swept), [], theme)
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    height = figure.get_figheight() * 72
    body = height - header - footer.height - 26
    engine.set(rect=(0.012, footer.height / height, 0.976, body / height), h_pad=0.06, w_pad=0.06)
    ax = figure.add_subplot()
    _axes(ax, swept, theme)
    _points(ax, swept, theme)
    _curves(ax, swept, theme)
    engine.execute(figure)
    figure.set_layout_engine("none")
    _legend(ax, theme)
    return figure


def _legend(ax: Axes, theme: Theme) -> None:
    """Write the legend in one line above the axes, as large as fits."""
    for size in (11.5, 10.5, 9.5, 8.5):
        legend = ax.legend(
            loc="lower left", bbox_to_anchor=(0, 1.0), ncols=5, frameon=False, fontsize=size,
            borderaxespad=0.3, labelcolor=theme.text, handlelength=2.2, columnspacing=1.6, handletextpad=0.6,
        )  # fmt: skip
        if legend.get_window_extent().width <= ax.get_window_extent().width:
            return


def _unit(swept: Sweep) -> float:
    return unit_for(_highest(swept)).ns


def _highest(swept: Sweep) -> float:
    return max(*(point.high_ns for point in swept.points), *(time for _, time in swept.predicted), 0.0)


def _axes(ax: Axes, swept: Sweep, theme: Theme) -> None:
    """Give the axes their scales, ticks and names: values as they were given, times from zero."""
    unit = unit_for(_highest(swept))
    ax.set_facecolor(theme.panel)
    _values(ax, swept)
    shortest = min(point.low_ns for point in swept.points)
    if _highest(swept) > TALL * shortest:
        ax.set_yscale("log")
        lowest = min([shortest, *(time for _, time in (*swept.predicted, *swept.capped))])
        ax.set_ylim(0.6 * lowest / unit.ns, 1.7 * _highest(swept) / unit.ns)
    else:
        ax.set_ylim(0, 1.14 * _highest(swept) / unit.ns)
        ax.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.10g}"))
    ax.set_xlabel(_axis_name(swept), fontsize=12, color=theme.text, parse_math=False)
    ax.set_ylabel(f"makespan ({unit.symbol})", fontsize=12, color=theme.text)
    ax.grid(color=theme.grid, linewidth=0.9)
    ax.set_axisbelow(True)
    ax.tick_params(colors=theme.text, labelsize=TICK_PT)
    for spine in ax.spines.values():
        spine.set_color(theme.grid)


def _values(ax: Axes, swept: Sweep) -> None:
    """Give the axis of the values its scale and its ticks."""
    values = [point.value for point in swept.points]
    at = np.array([_place(swept, value) for value in values])
    doubling = not swept.named and at[0] > 0 and at[-1] >= SPREAD * at[0]
    places = np.log2(at) if doubling else at
    edge = 0.5 if swept.named else 0.06 * (places[-1] - places[0]) or 1.0
    limits = np.array([places[0] - edge, places[-1] + edge])
    if doubling:
        ax.set_xscale("log", base=2)
    ax.set_xlim(*(np.exp2(limits) if doubling else limits))
    labels = [_name(value) for value in values]
    if not swept.named:
        labels = _with_room(labels, (places - limits[0]) / np.ptp(limits))
    elif max(width_pt(label, TICK_PT) for label in labels) + 6 > AXIS_PT / len(labels):
        ax.tick_params(axis="x", rotation=90)
    ax.xaxis.set_major_locator(FixedLocator(at.tolist()))
    ax.xaxis.set_major_formatter(FixedFormatter(labels))
    ax.xaxis.set_minor_locator(NullLocator())


def _name(value: Value) -> str:
    """Return a value as data: a dollar sign in it begins no formula."""
    return clean(told(value)).replace("$", r"\$")


def _place(swept: Sweep, value: Value) -> float:
    """Return where a value stands on its axis."""
    if isinstance(value, str):
        return float([point.value for point in swept.points].index(value))
    return float(value)


def _with_room(labels: list[str], places: Floats) -> list[str]:
    """Return the labels, those empty for which there is no room; `places` are shares of the axis."""
    need = [width_pt(label, TICK_PT) + 6 for label in labels]
    at = places * AXIS_PT
    kept = [len(labels) - 1]
    for i in range(len(labels) - 1):
        if all(abs(at[i] - at[j]) >= (need[i] + need[j]) / 2 for j in kept):
            kept.append(i)
    return [label if i in kept else "" for i, label in enumerate(labels)]


def _axis_name(swept: Sweep) -> str:
    usual = {WORKERS: "workers", CHUNKSIZE: "chunk size (items a task)"}
    given = swept.option.strip("-=")
    name = usual.get(swept.kind, given)
    return name if name == given or not swept.kind else f"{name}: {clean(swept.option.strip('='), 40)}"


def _line(ax: Axes, pairs: Sequence[tuple[Value, float]], swept: Sweep, **style: Any) -> None:
    if pairs:
        x = [_place(swept, value) for value, _ in pairs]
        ax.plot(x, np.array([time for _, time in pairs]) / _unit(swept), **style)


def _curves(ax: Axes, swept: Sweep, theme: Theme) -> None:
    """Draw what was not measured: thin, dotted or dashed, behind the points."""
    model = f"model, from the runs with {_name(swept.first.value)}"
    shape: dict[str, Any] = {"linewidth": 1.8, "zorder": 2.5}
    if swept.named:
        shape = {"linestyle": "none", "marker": "D", "markersize": 11, "markerfacecolor": "none"}
        shape |= {"markeredgewidth": 2, "zorder": 3.55}
    _line(ax, swept.predicted, swept, color=theme.accent, label=model, gid="predicted", **shape)
    faint: dict[str, Any] = {"color": theme.faint, "linewidth": 1.6, "zorder": 2.0}
    on_cores = f"ideal on {swept.cores} {'core' if swept.cores == 1 else 'cores'}"
    _line(ax, swept.capped, swept, linestyle="--", gid="capped", label=on_cores, **faint)
    _line(ax, swept.ideal, swept, linestyle=":", gid="ideal", label="ideal", **faint)


def _points(ax: Axes, swept: Sweep, theme: Theme) -> None:
    """Draw each run as a small dot, medians with ranges, and a ring around the value to take."""
    unit, colour = _unit(swept), STYLE["run"].colour if theme is THEMES["light"] else theme.text
    runs = [
        (_place(swept, trial.value), trial.makespan_ns / unit)
        for trial in swept.trials
        if trial.counts and trial.makespan_ns
    ]
    for point in swept.points:
        ax.vlines(
            _place(swept, point.value), point.low_ns / unit, point.high_ns / unit, color=colour,
            linewidth=2.5, alpha=0.4, zorder=3, gid="range",
        )  # fmt: skip
    ax.plot(
        *zip(*runs, strict=True), color=colour, marker="_", markersize=11, markeredgewidth=2, alpha=0.6,
        linestyle="none", zorder=3.1, gid="run",
    )  # fmt: skip
    ax.plot(
        [_place(swept, point.value) for point in swept.points],
        [point.median_ns / unit for point in swept.points],
        color=colour, marker="o", markersize=9, linestyle="none" if swept.named else "-", linewidth=1.4,
        zorder=3.5, gid="measured", label="measured: median, range",
    )  # fmt: skip
    if chosen := swept.chosen:
        ax.plot(
            [_place(swept, chosen.value)], [chosen.median_ns / unit], marker="o", markersize=17,
            markerfacecolor="none", markeredgecolor=theme.text, markeredgewidth=2, linestyle="none",
            zorder=3.6, gid="knee",
            label="the fastest" if swept.named else "smallest within 5 % of the best",
        )  # fmt: skip
    if len(swept.points) <= MOST_LABELS:
        _labels(ax, swept, theme)


def _labels(ax: Axes, swept: Sweep, theme: Theme) -> None:
    """Write each median beside its point."""
    for place, point in enumerate(swept.points):
        time, (x, y) = _label_spot(swept, place)
        ax.annotate(
            duration(point.median_ns), (_place(swept, point.value), time / _unit(swept)), fontsize=12,
            xytext=(x, y), textcoords="offset points", ha="left" if x > 0 else "right" if x < 0 else "center",
            va="bottom" if y > 0 else "top", color=theme.text, fontweight="bold", zorder=5, gid="median",
            in_layout=False, bbox={"facecolor": theme.panel, "edgecolor": "none", "pad": 1.0, "alpha": 0.85},
        )  # fmt: skip


def _label_spot(swept: Sweep, place: int) -> tuple[float, tuple[int, int]]:
    """Return at which time a point's label stands and how far beside it, in points of print.

    Over all that is drawn of a name; of a number where the line to the next point does not run: the last
    one's left of it, where the line comes from.
    """
    point, last = swept.points[place], place == len(swept.points) - 1
    if swept.named:
        return max(point.high_ns, dict(swept.predicted).get(point.value, 0.0)), (0, 9)
    beside = swept.points[max(place - 1, 0) if last else place + 1]
    above = beside.median_ns < point.median_ns or (beside.median_ns == point.median_ns and not last)
    return point.median_ns, (-13 if last else 13, 9 if above else -9)


def _subtitle(swept: Sweep, command: str) -> str:
    runs = sorted({point.runs for point in swept.points})
    each = f"{runs[0]}" if len(runs) == 1 else f"{runs[0]} to {runs[-1]}"
    what = f"{clean(command, 60)} · {clean(swept.option.rstrip('='), 40)}"
    return f"{what} · {each} {'run' if runs == [1] else 'runs'} of each value, in turns"


def _notes(swept: Sweep) -> str:
    parts = ["time is the makespan: from the first submission to the last result; bars across: single runs"]
    if swept.ideal:
        parts.append(f"ideal: the time with {told(swept.first.value)} shared evenly by the workers")
    if (swept.kind or swept.named) and swept.not_predicted:
        parts.append(f"no curve of the model: {clean(swept.not_predicted, 100)}")
    line = "; ".join(parts)
    return line[:1].upper() + line[1:]


def _footer(swept: Sweep) -> list[str]:
    cores = f"{swept.cores} {'core' if swept.cores == 1 else 'cores'} to run on"
    return [*swept.made_by, cores, f"{len(swept.trials)} runs, each traced"]


def _alert(swept: Sweep) -> str:
    failed = [trial for trial in swept.trials if not trial.counts]
    said = ", ".join(
        f"{clean(told(trial.value))} run {trial.number} ({ending(trial.exitcode) or 'no time'})"
        for trial in failed[:6]
    )
    more = ", …" if len(failed) > 6 else ""
    return f"Left out: {said}{more}" if failed else ""
