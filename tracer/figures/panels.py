"""Panels: draw lanes, cores and concurrency into axes; all numbers come from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.transforms import blended_transform_factory

from tracer.analysis.concurrency import Running
from tracer.figures.cores import CoreChart
from tracer.figures.lanes import Chart
from tracer.figures.lod import WIDENED, Rects
from tracer.figures.marks import Rows, add_rects, placed
from tracer.figures.numbers import name_widened, number_bars
from tracer.figures.palette import KINDS, STYLE, ink_on, worker_colour
from tracer.figures.place import Place
from tracer.figures.steps import shares
from tracer.figures.text import clean, width_pt

SPAN_STRIP = (0.80, 1.0)
RUNS = ("run", "error", "lost", "unfinished")


@dataclass
class Notes:
    """The liberties that were taken in drawing, to be said on the figure."""

    merged: bool = False
    widened: bool = False
    averaged: bool = False


def draw_processes(place: Place, chart: Chart, lanes: Rows, notes: Notes, budget: int) -> None:
    """Draw lives, phases, runs with their numbers, spans and losses."""
    _draw_lives(place, chart, lanes)
    order = {kind.name: position for position, kind in enumerate(KINDS)}
    bars = tuple(sorted(chart.bars, key=lambda group: order[group.kind]))
    everywhere = np.ones(len(chart.lanes), dtype=np.bool_)
    hidden = np.array([lane.is_hidden for lane in chart.lanes], dtype=np.bool_)
    visible = dict.fromkeys(RUNS, everywhere) | {"pickle": hidden, "unpickle": hidden}
    merged = place.merge(bars, len(chart.lanes), budget, visible)
    notes.merged |= merged.merged
    notes.widened |= merged.widened
    for rects in reversed(merged.rects):
        _draw_kind(place, rects, lanes)
        if rects.kind in RUNS:
            number_bars(place, rects, lanes)
            name_widened(place, rects, next(b for b in bars if b.kind == rects.kind), lanes)
    _draw_spans(place, chart, lanes, notes, budget)
    _draw_lost(place, chart, lanes)


def _draw_kind(place: Place, rects: Rects, lanes: Rows) -> None:
    if not len(rects):
        return
    kind = STYLE[rects.kind]
    y0, y1 = placed(rects, lanes)
    lane_pt = place.height_pt / lanes.extent
    wide = rects.exact & (rects.x1 - rects.x0 >= 8) & (lane_pt >= 5)
    draw = partial(add_rects, place.ax, colour=kind.colour, hatch_colour=place.theme.background)
    x0, x1 = place.x(rects.x0), place.x(rects.x1)
    small = rects.exact & ~wide | (rects.number == WIDENED)
    merged = ~small & ~wide  # lies under the others, which cover what they took of its columns
    draw(x0[merged], x1[merged], y0[merged], y1[merged], gid=f"{kind.name}-merged", zorder=2.05)
    draw(x0[small], x1[small], y0[small], y1[small], gid=f"{kind.name}-small", zorder=2.2)
    edge = place.theme.background
    draw(x0[wide], x1[wide], y0[wide], y1[wide], hatch=kind.hatch, edge=edge, gid=kind.name, zorder=2.1)


def _draw_lives(place: Place, chart: Chart, lanes: Rows) -> None:
    left, right = place.window.start_ns, place.window.end_ns
    born = np.array([lane.born if lane.born is not None else left for lane in chart.lanes])
    died = np.array([lane.died if lane.died is not None else right for lane in chart.lanes])
    born, died = np.clip(born, left, right), np.clip(died, left, right)
    alive = died > born
    thin = 0.05 * (lanes.bottom - lanes.top)
    add_rects(
        place.ax, born[alive] / place.unit_ns, died[alive] / place.unit_ns, (lanes.middle - thin)[alive],
        (lanes.middle + thin)[alive], place.theme.life, gid="life", zorder=1.5,
    )  # fmt: skip


def _draw_spans(place: Place, chart: Chart, lanes: Rows, notes: Notes, budget: int) -> None:
    everywhere = np.ones(len(chart.lanes), dtype=np.bool_)
    for group in chart.spans:
        merged = place.merge((group,), len(chart.lanes), max(budget // 5, 200), {group.kind: everywhere})
        for rects in merged.rects:
            kind = STYLE[rects.kind]
            y0, y1 = placed(rects, lanes, SPAN_STRIP)
            add_rects(
                place.ax, place.x(rects.x0), place.x(rects.x1), y0, y1, kind.colour, gid=kind.name,
                zorder=3, hatch=kind.hatch, edge=place.theme.panel,
            )  # fmt: skip
    size = float(np.clip(0.34 * place.height_pt / max(lanes.extent, 1), 0, 11))
    if size < 7:
        return
    left, right = place.window.start_ns, place.window.end_ns
    taken: list[tuple[int, float, float]] = []
    for lane, start, end, name in chart.span_names:
        start, end = max(start, left), min(end, right)
        room = (end - start) / place.window.length_ns * place.pixels * place.points_per_px
        label = clean(name, 40)
        if room < width_pt(label, size) + 6 or any(a == lane and start < c and b < end for a, b, c in taken):
            continue
        taken.append((lane, start, end))
        y = lanes.bottom[lane] - 0.78 * (lanes.bottom[lane] - lanes.top[lane])
        place.ax.text(
            start / place.unit_ns, y, f" {label}", fontsize=size, color=place.theme.text, va="top", ha="left",
            zorder=4, in_layout=False, clip_on=True, parse_math=False, gid="span-name",
        )  # fmt: skip


def _draw_lost(place: Place, chart: Chart, lanes: Rows) -> None:
    ends = chart.lost.end
    inside = (ends >= place.window.start_ns) & (ends <= place.window.end_ns)
    if not inside.any():
        return
    size = float(np.clip(0.5 * place.height_pt / lanes.extent, 5, 15))
    place.ax.plot(
        ends[inside] / place.unit_ns,
        lanes.middle[chart.lost.lane[inside]],
        linestyle="none",
        marker="X",
        markersize=size,
        color=STYLE["lost"].colour,
        markeredgecolor=place.theme.background,
        markeredgewidth=1.0,
        zorder=5,
        clip_on=False,
        in_layout=False,
        gid="lost-at",
    )


def _separate_cores(place: Place, chart: CoreChart, lanes: Rows) -> None:
    """Draw a fine line between cores."""
    firsts = [i for i, lane in enumerate(chart.lanes) if lane.row == 0][1:]
    edges = [(lanes.bottom[i - 1] + lanes.top[i]) / 2 for i in firsts]
    place.ax.hlines(
        edges,
        0,
        1,
        transform=place.ax.get_yaxis_transform(),
        color=place.theme.grid,
        linewidth=0.8,
        zorder=1,
        in_layout=False,
    )


def draw_cores(place: Place, chart: CoreChart, lanes: Rows, notes: Notes, budget: int) -> None:
    """Draw who held each core; a run that ended on another core than it began is hatched."""
    everywhere = np.ones(len(chart.lanes), dtype=np.bool_)
    visible = {group.kind: everywhere for group in chart.bars}
    merged = place.merge(chart.bars, len(chart.lanes), budget, visible)
    notes.widened |= merged.widened
    notes.merged |= merged.merged
    unit_pt = place.height_pt / lanes.extent
    _separate_cores(place, chart, lanes)
    for rects in merged.rects:
        moved, _, name = rects.kind.rpartition(" ")
        number = int(name) if name.isdigit() else None
        colour = worker_colour(number)
        y0, y1 = placed(rects, lanes)
        least = np.min((lanes.bottom - lanes.top)[rects.lane], initial=1.0)
        size = float(np.clip(0.7 * unit_pt * least, 0, 12))
        add_rects(
            place.ax, place.x(rects.x0), place.x(rects.x1), y0, y1, colour, hatch="////" if moved else "",
            hatch_colour=place.theme.background, gid=f"core-{rects.kind.replace(' ', '-')}",
        )  # fmt: skip
        if number is None or size < 6.5:
            continue
        label = f"W{number}"
        room = (rects.x1 - rects.x0) * place.points_per_px
        fits = np.flatnonzero(rects.exact & (room > width_pt(label, size, "bold") + 5))
        x = place.x((rects.x0 + rects.x1) / 2)
        for i in fits[np.argsort(-room[fits], kind="stable")][:60].tolist():
            place.ax.text(
                x[i],
                lanes.middle[rects.lane[i]],
                label,
                fontsize=size,
                fontweight="bold",
                color=ink_on(colour),
                ha="center",
                va="center_baseline",
                zorder=4,
                in_layout=False,
                clip_on=True,
                gid="core-worker",
                bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.0} if moved else None,
            )


def draw_concurrency(place: Place, running: Running, lines: list[tuple[float, str]], notes: Notes) -> None:
    """Draw how many ran at once, exactly or (where there is no room) by column, and lines to compare."""
    ax, theme = place.ax, place.theme
    bounds = (place.window.start_ns, place.window.end_ns)
    columns = max(place.pixels // 2, 1)
    colour = STYLE["run"].colour
    if np.count_nonzero((running.time_ns >= bounds[0]) & (running.time_ns <= bounds[1])) <= columns:
        times = np.concatenate([[bounds[0]], running.time_ns, [bounds[1]]]) / place.unit_ns
        values = np.concatenate([[0], running.running, running.running[-1:] if running.running.size else [0]])
        ax.fill_between(times, values, step="post", color=colour, alpha=0.35, linewidth=0, in_layout=False)
        ax.step(times, values, where="post", color=colour, linewidth=1.8, in_layout=False, gid="running")
    else:
        notes.averaged = True
        mean, peak = shares(running.time_ns, running.running.astype(np.float64), bounds, columns)
        edges = np.linspace(*bounds, columns + 1) / place.unit_ns
        ax.stairs(peak, edges, fill=True, color=colour, alpha=0.22, in_layout=False, gid="running-peak")
        ax.stairs(mean, edges, color=colour, linewidth=1.5, in_layout=False, gid="running", baseline=None)
    across = blended_transform_factory(ax.transAxes, ax.transData)
    for number, (value, label) in enumerate(lines):
        ax.axhline(
            value,
            color=(theme.accent, theme.faint)[number % 2],
            linestyle=("--", ":")[number % 2],
            linewidth=1.6,
            in_layout=False,
            gid="line",
        )
        ax.text(
            0.995, value, label, transform=across, ha="right", va="bottom", fontsize=11, zorder=5,
            color=(theme.accent, theme.faint)[number % 2], in_layout=False, parse_math=False,
            bbox={"facecolor": theme.panel, "edgecolor": "none", "pad": 0.6, "alpha": 0.75},
        )  # fmt: skip
