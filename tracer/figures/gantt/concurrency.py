"""The panel of concurrency: how many ran at each instant, and on how many cores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import StepPatch
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

from tracer.analysis.columns import Floats
from tracer.analysis.concurrency import Running
from tracer.analysis.cores.use import Use
from tracer.analysis.summary import Summary
from tracer.figures.lanes.selected import until
from tracer.figures.marks.axes import LABEL_PT, say_nothing_is_there
from tracer.figures.marks.panel_notes import PanelNotes
from tracer.figures.marks.viewport import Viewport
from tracer.figures.reveal.boxes import Area
from tracer.looks.palette import STYLE
from tracer.looks.themes import Theme
from tracer.timeline import Selection
from tracer.timeline.averages import step_averages
from tracer.wording import count

NAME_PT = 11.0  # of the lines
BUSY_PX = 12  # of a column over which the cores in use are averaged, where they change too often to be seen
BUSY_LEAST_PX = 6.0  # a value that is held for less is hardly wider than its line
BUSY_CHANGES = 3  # in such a column: with more, the line would be a block


def lines(summary: Summary) -> list[tuple[float, str]]:
    """The lines to compare concurrency with: workers, cores; one that is far off is left out."""
    workers = summary.workers_at_once
    noun, plural = "worker", "workers"
    if not summary.workers and not (summary.children and summary.threads):
        workers = summary.children or summary.threads
        noun, plural = ("process", "processes") if summary.children else ("thread", "threads")
        workers = workers if workers <= 3 * summary.peak_concurrency else 0
    cores = summary.cores_allowed
    first, second = count(workers, noun, plural), count(cores, "core")
    if workers and workers == cores:
        return [(workers, f"{first} = {second}")]
    result = [(float(workers), first)] if workers else []
    if cores and cores <= 4 * max(workers, summary.peak_concurrency, 1):
        result.append((float(cores), second))
    return result


@dataclass(frozen=True)
class ConcurrencyPanel:
    """How many ran at once; how many cores the program held, where that is known; lines to compare with."""

    running: Running
    use: Use | None
    lines: Sequence[tuple[float, str]]
    theme: Theme
    height_pt: float

    def label(self, ax: Axes, first: bool) -> None:
        """Write what is counted, over whole numbers from 0 to a little above the highest."""
        ax.set_ylim(0, 1.3 * max([self.running.peak, *(value for value, _ in self.lines), 1]))
        ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        ax.tick_params(axis="y", labelleft=first)
        if first:
            kinds = self.running.kinds
            counted = kinds[0] if len(kinds) == 1 else "functions" if kinds else "tasks"
            upright: dict[str, Any] = {
                "rotation": 0,
                "ha": "right",
                "va": "center",
            }  # the panel may be lower than the words
            ax.set_ylabel(f"{counted}\nrunning", fontsize=LABEL_PT, color=self.theme.text, **upright)

    def draw(self, view: Viewport) -> PanelNotes:
        """Draw counts, exactly or (where there is no room) by column."""
        notes = _draw_running(view, self.running)
        if self.running.peak and not _most_in(view, self.running):
            say_nothing_is_there(view.ax, "no function runs here", self.theme)
        _draw_lines(view, self.lines)
        if self.use is not None and self.use.time_ns.size:
            notes |= _draw_busy(view, self.use)
        return notes

    def selected(self, view: Viewport, selection: Selection) -> list[Area]:
        """What lies before an instant: it counts all lanes, so it belongs to none."""
        return [Area(until(view, selection))]


def _most_in(view: Viewport, running: Running) -> int:
    """How many ran at once at most in the window."""
    first, last = np.searchsorted(running.time_ns, (view.window.start_ns, view.window.end_ns))
    return int(running.running[max(int(first) - 1, 0) : int(last)].max(initial=0))


def _draw_running(view: Viewport, running: Running) -> PanelNotes:
    ax, bounds = view.ax, (view.window.start_ns, view.window.end_ns)
    columns = max(view.pixels // 2, 1)
    colour = view.theme.fill(STYLE["run"])
    if np.count_nonzero((running.time_ns >= bounds[0]) & (running.time_ns <= bounds[1])) <= columns:
        times = np.concatenate([[bounds[0]], running.time_ns, [bounds[1]]]) / view.unit_ns
        values = np.concatenate([[0], running.running, running.running[-1:] if running.running.size else [0]])
        ax.fill_between(times, values, step="post", color=colour, alpha=0.35, linewidth=0, in_layout=False)
        ax.step(times, values, where="post", color=colour, linewidth=1.8, in_layout=False, gid="running")
        return PanelNotes()
    mean, peak = step_averages(running.time_ns, running.running.astype(np.float64), bounds, columns)
    edges = np.linspace(*bounds, columns + 1) / view.unit_ns
    _steps(ax, peak, edges, fill=True, facecolor=colour, alpha=0.22, linewidth=0, gid="running-peak")
    _steps(ax, mean, edges, edgecolor=colour, linewidth=1.5, gid="running", baseline=None)
    return PanelNotes(averaged=True)


def _draw_lines(view: Viewport, lines: Sequence[tuple[float, str]]) -> None:
    """Draw lines to compare with, each named above it, or below it where the next one above is too near."""
    ax, theme = view.ax, view.theme
    across = blended_transform_factory(ax.transAxes, ax.transData)
    unit_pt = view.height_pt / ax.get_ylim()[1]
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


def _draw_busy(view: Viewport, use: Use) -> PanelNotes:
    """Draw how many cores the program held, averaged where that changes too often to be seen.

    That is more than once in `BUSY_PX` on the whole, or more than `BUSY_CHANGES` times anywhere; or a value
    is held for less than a line is wide, which would be a spike of no width.
    """
    ax, theme = view.ax, view.theme
    bounds = (view.window.start_ns, view.window.end_ns)
    width_ns = max(BUSY_PX * view.window.length_ns / view.pixels, use.grain_ns)
    columns = max(int(view.window.length_ns / width_ns), 1)
    inside = (use.time_ns >= bounds[0]) & (use.time_ns <= bounds[1])
    most = np.histogram(use.time_ns[inside], columns, bounds)[0].max()
    shortest = np.min(np.diff(use.time_ns[inside]), initial=np.inf)
    is_seen = most <= BUSY_CHANGES and shortest >= BUSY_LEAST_PX * view.window.length_ns / view.pixels
    if np.count_nonzero(inside) <= columns and is_seen and not use.grain_ns:
        before = use.busy[max(int(np.searchsorted(use.time_ns, bounds[0])) - 1, 0)]
        edges = np.concatenate([[bounds[0]], use.time_ns[inside], [bounds[1]]])
        values = np.concatenate([[before], use.busy[inside]]).astype(np.float64)
        averaged_ns = 0.0
    else:
        averaged_ns = view.window.length_ns / columns
        values, _ = step_averages(use.time_ns, use.busy.astype(np.float64), bounds, columns)
        edges = np.linspace(*bounds, columns + 1)
    style: dict[str, Any] = {"gid": "cores-busy", "baseline": None}
    for width, colour, order in ((3.6, theme.panel, 3.0), (1.7, theme.text, 3.1)):
        _steps(ax, values, edges / view.unit_ns, edgecolor=colour, linewidth=width, zorder=order, **style)
    return PanelNotes({"busy": np.inf}, busy_ns=averaged_ns)
