"""Runs one above the other over the same time scale, each from its own first submission on."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from tracer.analysis.comparison.comparison import Comparison
from tracer.figures.comparison.captions import captions, key
from tracer.figures.comparison.runs import ComparedRun, common_window, run_of, within
from tracer.figures.lanes.bars import BUDGET, draw_lanes
from tracer.figures.lanes.captions import kinds_of
from tracer.figures.lanes.lane_names import lane_labels, lane_positions
from tracer.figures.marks.axes import head_panel, style_time_axes
from tracer.figures.marks.lane_labels import label_lanes
from tracer.figures.marks.panel_notes import PanelNotes, most_notes
from tracer.figures.marks.viewport import Viewport, viewport_of
from tracer.figures.options import Options
from tracer.figures.page.page import Page, open_page
from tracer.figures.style.text import clean, unit_for
from tracer.looks.palette import Looks
from tracer.looks.themes import Theme
from tracer.tables.tables import Tables
from tracer.wording import count, duration

MOST = 6
"""More runs than this would leave no room for their lanes; the figure says how many it leaves out."""
HEAD_PT = 22.0
LOW_PT = 13.0  # a lower lane has no room for the time at which a makespan ends


def draw(traces: Sequence[Tables], compared: Comparison, options: Options) -> Figure:
    """Draw the lanes of runs over one time scale; `compared` is `compare(traces, …)`."""
    pairs = list(zip(traces, compared.sides, strict=True))
    runs = [run_of(trace, side) for trace, side in pairs[:MOST]]
    window, cut = common_window(runs)
    runs = [within(run, window) for run in runs]
    most = most_notes(kind for run in runs for kind in kinds_of(run.chart))
    words = captions(traces, compared, len(runs), options.detail)
    page = open_page(options, words, key(runs, most, cut, options.detail))
    page.write(key(runs, _draw_runs(page, runs), cut, options.detail))
    return page.figure


def _draw_runs(page: Page, runs: Sequence[ComparedRun]) -> PanelNotes:
    """Draw the runs under one another; return what has to be said about them."""
    theme = page.theme
    page.reserve(HEAD_PT / 4, h_pad=0.62 * HEAD_PT / 72, hspace=0.0)
    room = page.body - 1.24 * HEAD_PT * len(runs)
    rough = [max(sum(lane.height for lane in run.chart.lanes), 1.5) for run in runs]
    lanes = [
        lane_positions(run.chart, room * part / sum(rough)) for run, part in zip(runs, rough, strict=True)
    ]
    shares = [max(own.extent, 1.5) for own in lanes]
    grid = page.figure.add_gridspec(len(runs), 1, height_ratios=shares)
    panels = [page.figure.add_subplot(grid[place, 0]) for place in range(len(runs))]
    unit = unit_for(runs[0].window.length_ns)
    kinds = {"submission" if run.side.tasks else "start" for run in runs}
    scale = f"time since the first {' or '.join(sorted(kinds, reverse=True))} ({unit.symbol})"
    for ax, run, own, share in zip(panels, runs, lanes, shares, strict=True):
        style_time_axes(ax, run.window, unit, theme, 9, scale if run is runs[-1] else "")
        labels = lane_labels(run.chart, own, Looks(max(run.chart.workers, 1)), numbered=False)
        label_lanes(ax, own, labels, room * share / sum(shares), theme, first=True)
    page.settle()
    notes = PanelNotes()
    for ax, run, own in zip(panels, runs, lanes, strict=True):
        view = viewport_of(ax, run.window, unit, theme)
        notes |= draw_lanes(view, run.chart, own, BUDGET // len(runs))
        _mark_end(view, run, None if run is runs[0] else runs[0], view.height_pt / own.extent >= LOW_PT)
        _head(ax, run, theme)
    return notes


def _head(ax: Axes, run: ComparedRun, theme: Theme) -> None:
    """Write above a run who it is, what it was made of, and what held it back."""
    side = run.side
    parts = [
        count(side.tasks, "task") + (f" of {side.chunk:,} items" if side.chunk > 1 else "")
        if side.tasks
        else "no tasks",
        count(side.workers, "worker"),
        f"makespan {duration(side.makespan_ns)}" if side.makespan_ns else "",
        side.finding.code if side.finding else "",
        f"ended by {side.cut_by}" if side.cut_by else "",
    ]
    head_panel(ax, clean(side.label, 40), theme.text, "run-head")
    said = " · ".join(part for part in parts if part)
    head_panel(ax, said, theme.faint, "run-head", right=True, bold=False)


def _mark_end(view: Viewport, run: ComparedRun, first: ComparedRun | None, named: bool) -> None:
    """Mark where the makespan ends, and in all runs but the first where that one's would have ended.

    The times are written there if `named`: where the uppermost lane leaves them room.
    """
    ax, theme, unit_ns = view.ax, view.theme, view.unit_ns
    ends = [(run.end_ns, "-", duration(run.end_ns - run.begin_ns))]
    if first is not None:
        there = run.begin_ns + first.end_ns - first.begin_ns
        ends.append((there, ":", f"{clean(first.side.label, 24)}: {duration(first.end_ns - first.begin_ns)}"))
    across = blended_transform_factory(ax.transData, ax.transAxes)
    span = run.window.length_ns
    near = len(ends) == 2 and abs(ends[1][0] - ends[0][0]) < 0.15 * span
    for number, (end, line, text) in enumerate(ends):
        ax.axvline(
            end / unit_ns,
            color=theme.accent,
            linestyle=line,
            linewidth=1.8,
            zorder=6,
            in_layout=False,
            gid="makespan-end",
        )
        if not named or (number and near):
            continue
        left = (end - run.window.start_ns) / span > 0.2
        ax.text(
            end / unit_ns,
            0.98,
            f" {text} ",
            transform=across,
            ha="right" if left else "left",
            va="top",
            fontsize=11,
            fontweight="bold",
            color=theme.accent,
            zorder=7,
            in_layout=False,
            parse_math=False,
            bbox={"facecolor": theme.panel, "edgecolor": "none", "pad": 1.0, "alpha": 0.85},
            gid="makespan",
        )
