"""Counts: draw the concurrency panel: how many ran at each instant, and on how many cores."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import StepPatch
from matplotlib.transforms import blended_transform_factory

from tracer.analysis.columns import Floats
from tracer.analysis.concurrency import Running
from tracer.analysis.cores.use import Use
from tracer.analysis.summary import Summary
from tracer.figures.gantt.averages import shares
from tracer.figures.gantt.notes import Notes
from tracer.figures.marks.viewport import Place
from tracer.figures.style.palette import STYLE
from tracer.wording import count

NAME_PT = 11.0  # of the lines
BUSY_PX = 12  # of a column over which the cores in use are averaged, where they change too often to be seen


def lines(summary: Summary, meta: dict[str, Any]) -> list[tuple[float, str]]:
    """Return the lines to compare concurrency with: workers, cores; one that is far off is left out."""
    workers = summary.workers_at_once
    noun, plural = "worker", "workers"
    if not summary.workers and not (summary.children and summary.threads):
        workers = summary.children or summary.threads
        noun, plural = ("process", "processes") if summary.children else ("thread", "threads")
        workers = workers if workers <= 3 * summary.peak_concurrency else 0
    cores = len(meta.get("affinity") or ()) or int(meta.get("cpu_count") or 0)
    first, second = count(workers, noun, plural), count(cores, "core")
    if workers and workers == cores:
        return [(workers, f"{first} = {second}")]
    result = [(float(workers), first)] if workers else []
    if cores and cores <= 4 * max(workers, summary.peak_concurrency, 1):
        result.append((float(cores), second))
    return result


def draw_concurrency(
    place: Place, running: Running, use: Use | None, lines: list[tuple[float, str]], notes: Notes
) -> None:
    """Draw how many ran at once, exactly or (where there is no room) by column, and lines to compare.

    `use` is how many cores the program held, None where that is not known.
    """
    ax = place.ax
    bounds = (place.window.start_ns, place.window.end_ns)
    columns = max(place.pixels // 2, 1)
    colour = place.theme.fill(STYLE["run"])
    if np.count_nonzero((running.time_ns >= bounds[0]) & (running.time_ns <= bounds[1])) <= columns:
        times = np.concatenate([[bounds[0]], running.time_ns, [bounds[1]]]) / place.unit_ns
        values = np.concatenate([[0], running.running, running.running[-1:] if running.running.size else [0]])
        ax.fill_between(times, values, step="post", color=colour, alpha=0.35, linewidth=0, in_layout=False)
        ax.step(times, values, where="post", color=colour, linewidth=1.8, in_layout=False, gid="running")
    else:
        notes.averaged = True
        mean, peak = shares(running.time_ns, running.running.astype(np.float64), bounds, columns)
        edges = np.linspace(*bounds, columns + 1) / place.unit_ns
        _steps(ax, peak, edges, fill=True, facecolor=colour, alpha=0.22, linewidth=0, gid="running-peak")
        _steps(ax, mean, edges, edgecolor=colour, linewidth=1.5, gid="running", baseline=None)
    _draw_lines(place, lines)
    if use is not None and use.time_ns.size:
        notes.seen.add("busy")
        _draw_busy(place, use, notes)


def _draw_lines(place: Place, lines: list[tuple[float, str]]) -> None:
    """Draw lines to compare with, each named above it, or below it where the next one above is too near."""
    ax, theme = place.ax, place.theme
    across = blended_transform_factory(ax.transAxes, ax.transData)
    unit_pt = place.height_pt / ax.get_ylim()[1]
    for number, (value, label) in enumerate(lines):
        colour, style = ((theme.accent, "--"), (theme.faint, ":"))[number % 2]
        ax.axhline(value, color=colour, linestyle=style, linewidth=1.6, in_layout=False, gid="line")
        near = any(0 < (other - value) * unit_pt < 1.5 * NAME_PT for other, _ in lines)
        ax.text(
            0.995,
            value,
            label,
            transform=across,
            ha="right",
            va="top" if near else "bottom",
            fontsize=NAME_PT,
            zorder=5,
            color=colour,
            in_layout=False,
            parse_math=False,
            gid="line-name",
            bbox={"facecolor": theme.panel, "edgecolor": "none", "pad": 0.6, "alpha": 0.75},
        )


def _steps(ax: Axes, values: Floats, edges: Floats, fill: bool = False, **style: Any) -> None:
    """Do what `Axes.stairs` does, without its search of the path for the limits of the axes."""
    ax.add_artist(StepPatch(values, edges, fill=fill, in_layout=False, **style))


def _draw_busy(place: Place, use: Use, notes: Notes) -> None:
    """Draw how many cores the program held, averaged where that changes more than once in `BUSY_PX`."""
    ax, theme = place.ax, place.theme
    bounds = (place.window.start_ns, place.window.end_ns)
    width_ns = max(BUSY_PX * place.window.length_ns / place.pixels, use.grain_ns)
    columns = max(int(place.window.length_ns / width_ns), 1)
    inside = (use.time_ns >= bounds[0]) & (use.time_ns <= bounds[1])
    if np.count_nonzero(inside) <= columns and not use.grain_ns:
        before = use.busy[max(int(np.searchsorted(use.time_ns, bounds[0])) - 1, 0)]
        edges = np.concatenate([[bounds[0]], use.time_ns[inside], [bounds[1]]])
        values = np.concatenate([[before], use.busy[inside]]).astype(np.float64)
    else:
        notes.busy_ns = max(notes.busy_ns, place.window.length_ns / columns)
        values, _ = shares(use.time_ns, use.busy.astype(np.float64), bounds, columns)
        edges = np.linspace(*bounds, columns + 1)
    for width, colour, order in ((3.6, theme.panel, 3.0), (1.7, theme.text, 3.1)):
        _steps(
            ax,
            values,
            edges / place.unit_ns,
            edgecolor=colour,
            linewidth=width,
            zorder=order,
            gid="cores-busy",
            baseline=None,
        )
