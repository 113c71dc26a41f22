"""Runs one above the other over the same time scale, each from its own first submission on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator
from matplotlib.transforms import blended_transform_factory

from tracer.analysis.compare import Comparison
from tracer.analysis.runs import makespan
from tracer.analysis.sentence import count
from tracer.analysis.sides import Side
from tracer.analysis.units import duration
from tracer.figures import axes, captions, layout, legend
from tracer.figures.chart import Chart, chart
from tracer.figures.facts import Facts
from tracer.figures.marks import Rows, rows
from tracer.figures.notes import Notes
from tracer.figures.options import Options
from tracer.figures.palette import THEMES, Looks, Theme
from tracer.figures.panels import draw_processes
from tracer.figures.place import Place
from tracer.figures.text import Unit, clean, unit_for
from tracer.figures.window import Window, whole
from tracer.reading.trace import Trace

MOST = 6
"""More runs than this would leave no room for their lanes; the figure says how many it leaves out."""
BEFORE, AFTER = 0.35, 0.1
"""What is shown before and after the makespans at most, as a share of the longest one."""
BUDGET = 5000
HEAD_PT = 22.0


@dataclass(frozen=True)
class _Run:
    """One run on its way into the figure; `begin_ns` is where its makespan begins, `end_ns` where it ends."""

    side: Side
    chart: Chart
    lanes: Rows
    begin_ns: float
    end_ns: float
    window: Window


def draw_comparison(traces: Sequence[Trace], compared: Comparison, options: Options | None = None) -> Figure:
    """Draw the lanes of runs over one time scale; `compared` is `compare(traces, …)`.

    Of `options` theme and size are used. Any traces can be drawn, empty ones too.
    """
    chosen = options or Options()
    theme = THEMES[chosen.theme]
    pairs = list(zip(traces, compared.sides, strict=True))
    runs = [_run(trace, side) for trace, side in pairs[:MOST]]
    window, cut = _common(runs)
    runs = [_within(run, window) for run in runs]
    figure = layout.new_figure(chosen, theme)
    header = layout.add_header(figure, title(compared), _subtitle(compared), theme)
    possible = {kind for run in runs for kind in captions.possible(run.chart, None)}
    said = _notes(Notes(True, True, seen=possible), runs, cut)
    footer = layout.add_footer(
        figure, _footer(traces, len(runs)), _alert(compared), said, legend.entries(possible), theme
    )
    notes = _draw(figure, runs, theme, header, footer.height)
    entries = legend.entries(notes.seen)
    layout.write_below(figure, footer, _notes(notes, runs, cut), entries, theme)
    return figure


def title(compared: Comparison) -> str:
    """Return what changed, as the figure's title: of the last run, which is what the others led to."""
    if not compared.changes:
        return "One run"
    change = compared.changes[-1]
    what = change.what
    for side in (compared.sides[-1], compared.sides[0]):
        what = what.replace(side.label, clean(side.label, 24))
    return "; ".join(part for part in (what, change.why) if part)


def _subtitle(compared: Comparison) -> str:
    commands = list(dict.fromkeys(clean(side.command, 40) for side in compared.sides if side.command))
    settings = compared.changes[-1].settings if compared.changes else ()
    return " · ".join(part for part in (" and ".join(commands[:3]), *settings) if part)


def _run(trace: Trace, side: Side) -> _Run:
    facts = Facts(trace)
    lanes = chart(facts)
    window = whole(facts, lanes)
    begin, end = makespan(trace) or (window.start_ns, window.end_ns)
    return _Run(side, lanes, rows([lane.height for lane in lanes.lanes]), begin, end, window)


def _common(runs: Sequence[_Run]) -> tuple[tuple[float, float], bool]:
    """Return from when to when each run is drawn, from its makespan's begin on; whether some go on beyond."""
    longest = max(max(run.end_ns - run.begin_ns for run in runs), 1000.0)
    before = max(run.begin_ns - run.window.start_ns for run in runs)
    after = max(run.window.end_ns - run.begin_ns for run in runs) - longest
    first, last = min(before, BEFORE * longest), longest + min(max(after, 0.02 * longest), AFTER * longest)
    return (-max(first, 0.01 * longest), last), before > first or after > AFTER * longest


def _within(run: _Run, window: tuple[float, float]) -> _Run:
    return replace(run, window=Window(run.begin_ns + window[0], run.begin_ns + window[1]))


def _draw(figure: Figure, runs: Sequence[_Run], theme: Theme, header: float, footer: float) -> Notes:
    height_pt = figure.get_figheight() * 72
    body = height_pt - header - footer
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(
        rect=(0.012, footer / height_pt, 0.976, (body - HEAD_PT / 4) / height_pt), w_pad=0.06,
        h_pad=0.62 * HEAD_PT / 72,
        hspace=0.0,
    )  # fmt: skip
    shares = [max(run.lanes.extent, 1.5) for run in runs]
    grid = figure.add_gridspec(len(runs), 1, height_ratios=shares)
    panels = [figure.add_subplot(grid[place, 0]) for place in range(len(runs))]
    unit = unit_for(runs[0].window.length_ns)
    kinds = {"submission" if run.side.tasks else "start" for run in runs}
    first = " or ".join(sorted(kinds, reverse=True))
    for place, (ax, run) in enumerate(zip(panels, runs, strict=True)):
        height = (body - 1.24 * HEAD_PT * len(runs)) / sum(shares) * shares[place]
        _style(ax, run, unit, theme, height, place == len(runs) - 1, first)
    engine.execute(figure)
    figure.set_layout_engine("none")
    notes = Notes()
    for place, (ax, run) in enumerate(zip(panels, runs, strict=True)):
        box = ax.get_position()
        pixels = max(int(box.width * figure.get_figwidth() * figure.dpi), 10)
        spot = Place(ax, run.window, pixels, box.height * height_pt, 72 / figure.dpi, unit.ns, theme)
        draw_processes(spot, run.chart, run.lanes, notes, BUDGET // len(runs))
        _mark_end(ax, run, unit, theme, runs[0] if place else None)
        _head(ax, run, theme)
    return notes


def _style(ax: Axes, run: _Run, unit: Unit, theme: Theme, height_pt: float, last: bool, first: str) -> None:
    """Give a run's axes its ticks, counted from the begin of its makespan, and its lanes' labels."""
    window = run.window
    axes.style_axes(ax, theme, unit, last, window.start_ns, window.end_ns, 9)
    zero = run.begin_ns / unit.ns
    low, high = ((edge - run.begin_ns) / unit.ns for edge in (window.start_ns, window.end_ns))
    ticks = np.asarray(MaxNLocator(9, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high), np.float64)
    ticks = ticks[(ticks >= low) & (ticks <= high)]
    ax.xaxis.set_major_locator(FixedLocator((ticks + zero).tolist()))
    ax.xaxis.set_major_formatter(FixedFormatter([f"{tick:.10g}".replace("-", "−") for tick in ticks]))
    if last:
        ax.set_xlabel(f"time since the first {first} ({unit.symbol})", fontsize=12, color=theme.text)
    lanes = run.chart.lanes
    labels = axes.LaneLabels(
        [axes.label_of(lane) for lane in lanes], run.lanes.middle, [None] * len(lanes),
        [lane.is_hidden for lane in lanes], Looks(max(run.chart.workers, 1)),
    )  # fmt: skip
    axes.label_lanes(ax, run.lanes, labels, height_pt, theme, first=True)


def _head(ax: Axes, run: _Run, theme: Theme) -> None:
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
    for text, weight, colour, x in (
        (clean(side.label, 40), "bold", theme.text, "left"),
        (" · ".join(part for part in parts if part), "normal", theme.faint, "right"),
    ):
        ax.annotate(
            text, (0 if x == "left" else 1, 1), xycoords="axes fraction", xytext=(0, 5), ha=x, va="bottom",
            textcoords="offset points", fontsize=12.5, fontweight=weight, color=colour, in_layout=False,
            annotation_clip=False, parse_math=False, gid="run-head",
        )  # fmt: skip


def _mark_end(ax: Axes, run: _Run, unit: Unit, theme: Theme, first: _Run | None) -> None:
    """Mark where the makespan ends, and in all runs but the first where that one's would have ended."""
    ends = [(run.end_ns, "-", duration(run.end_ns - run.begin_ns))]
    if first is not None:
        there = run.begin_ns + first.end_ns - first.begin_ns
        ends.append((there, ":", f"{clean(first.side.label, 24)}: {duration(first.end_ns - first.begin_ns)}"))
    across = blended_transform_factory(ax.transData, ax.transAxes)
    span = run.window.length_ns
    near = len(ends) == 2 and abs(ends[1][0] - ends[0][0]) < 0.15 * span
    for place, (end, line, text) in enumerate(ends):
        ax.axvline(
            end / unit.ns, color=theme.accent, linestyle=line, linewidth=1.8, zorder=6, in_layout=False,
            gid="makespan-end",
        )  # fmt: skip
        if place and near:
            continue
        left = (end - run.window.start_ns) / span > 0.2
        ax.text(
            end / unit.ns, 0.98, f" {text} ", transform=across, ha="right" if left else "left", va="top",
            fontsize=11, fontweight="bold", color=theme.accent, zorder=7, in_layout=False, parse_math=False,
            bbox={"facecolor": theme.panel, "edgecolor": "none", "pad": 1.0, "alpha": 0.85},
            gid="makespan",
        )  # fmt: skip


def _notes(notes: Notes, runs: Sequence[_Run], cut: bool) -> str:
    """Return what a reader must know to read the bars right."""
    parts = []
    if "blocked" in notes.seen:
        said = {captions.notes(Notes(seen={"blocked"}), run.chart, None) for run in runs}
        parts.append(said.pop() if len(said) == 1 else "woken: not yet on a core again")
    if notes.merged:
        parts.append("short bars are merged: height = share of time")
    if notes.widened:
        parts.append("lone ones widened to 4 px")
    if cut:
        parts.append("what lies far before or after the makespans is not shown")
    parts.append("solid line: end of the makespan; dotted: end of the first run's")
    line = "; ".join(part for part in parts if part)
    return line[:1].upper() + line[1:]


def _footer(traces: Sequence[Trace], drawn: int) -> list[str]:
    def values(key: str) -> str:
        return ", ".join(dict.fromkeys(str(t.meta[key]) for t in traces if t.meta.get(key)))

    parts = [f"tracer {values('tracer_version')}", f"Python {values('python')}"]
    if cores := values("cpu_count"):
        parts.append(f"{cores} {'core' if cores == '1' else 'cores'}")
    if len(traces) > drawn:
        parts.append(f"not shown: {count(len(traces) - drawn, 'more run')}")
    if not any(trace.meta.get("losses") for trace in traces):
        parts.append("nothing lost")
    return [clean(part, 120) for part in parts]


def _alert(compared: Comparison) -> str:
    lost = [
        f"{clean(side.label, 24)}: {text}"
        for side in compared.sides
        for text in side.missing
        if text.startswith("not recorded")
    ]
    return f"Not recorded — {np.size(lost)} of {len(compared.sides)} runs: {'; '.join(lost)}" if lost else ""
