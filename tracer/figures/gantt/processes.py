"""Panels: draw the lanes of processes and threads into axes; all numbers come from elsewhere."""

from __future__ import annotations

from functools import partial

import numpy as np

from tracer.figures.gantt.notes import Notes
from tracer.figures.marks.rectangles import Rows, add_rects, placed
from tracer.figures.marks.task_numbers import name_widened, number_bars
from tracer.figures.marks.viewport import Place
from tracer.figures.style.palette import KINDS, STYLE
from tracer.figures.style.text import clean, width_pt
from tracer.timeline.processes import Chart
from tracer.timeline.shapes import WIDENED, Rects

SPAN_STRIP = (0.80, 1.0)
STATE_STRIP = (0.0, 0.42)
RUNS = ("run", "error", "lost", "unfinished")


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
    free = _free_strip(chart)
    for rects in reversed(merged.rects):
        _draw_kind(place, rects, lanes)
        notes.look(place, rects, lanes)
        if rects.kind in RUNS:
            size = number_bars(place, rects, lanes, free)
            name_widened(place, rects, [group for group in bars if group.kind == rects.kind], lanes, size)
    _draw_states(place, chart, lanes, notes, budget, merged.cell_px)
    _draw_spans(place, chart, lanes, notes, budget)
    _draw_lost(place, chart, lanes, notes)


def _free_strip(chart: Chart) -> tuple[float, float]:
    """Return the part of a lane that states and the spans within runs leave to a task's number."""
    if not chart.states:
        return 0.0, 1.0
    first, last = np.full(len(chart.lanes), np.inf), np.full(len(chart.lanes), -np.inf)
    for group in chart.states:
        np.minimum.at(first, group.lane, group.start)
        np.maximum.at(last, group.lane, group.end)
    inside = any(
        ((group.end > first[group.lane]) & (group.start < last[group.lane])).any()
        for group in chart.spans
        if group.kind != "span_initializer"
    )
    return STATE_STRIP[1], SPAN_STRIP[0] if inside else 1.0


def _draw_kind(place: Place, rects: Rects, lanes: Rows) -> None:
    if not len(rects):
        return
    kind = STYLE[rects.kind]
    y0, y1 = placed(rects, lanes)
    lane_pt = place.height_pt / lanes.extent
    wide = rects.exact & (rects.x1 - rects.x0 >= 8) & (lane_pt >= 5)
    draw = partial(add_rects, place.ax, colour=place.theme.fill(kind), hatch_colour=place.theme.background)
    x0, x1 = place.x(rects.x0), place.x(rects.x1)
    small = rects.exact & ~wide | (rects.number == WIDENED)
    merged = ~small & ~wide  # lies under the others, which cover what they took of its columns
    draw(x0[merged], x1[merged], y0[merged], y1[merged], gid=f"{kind.name}-merged", zorder=2.05)
    draw(x0[small], x1[small], y0[small], y1[small], gid=f"{kind.name}-small", zorder=2.2)
    edge = place.theme.background
    draw(x0[wide], x1[wide], y0[wide], y1[wide], hatch=kind.hatch, edge=edge, gid=kind.name, zorder=2.1)


def _draw_states(place: Place, chart: Chart, lanes: Rows, notes: Notes, budget: int, cell_px: float) -> None:
    """Draw over the lower part of the runs where they had no core; cells no finer than those of the runs."""
    merged = place.merge(chart.states, len(chart.lanes), budget // 2, first_cell=cell_px)
    notes.merged |= merged.merged
    for rects in merged.rects:
        kind = STYLE[rects.kind]
        notes.look(place, rects, lanes, STATE_STRIP)
        y0, y1 = placed(rects, lanes, STATE_STRIP)
        add_rects(
            place.ax,
            place.x(rects.x0),
            place.x(rects.x1),
            y0,
            y1,
            place.theme.fill(kind),
            gid=kind.name,
            zorder=2.5,
            hatch=kind.hatch,
            hatch_colour=kind.ink or place.theme.background,
        )


def _draw_lives(place: Place, chart: Chart, lanes: Rows) -> None:
    left, right = place.window.start_ns, place.window.end_ns
    born = np.array([lane.born if lane.born is not None else left for lane in chart.lanes])
    died = np.array([lane.died if lane.died is not None else right for lane in chart.lanes])
    born, died = np.clip(born, left, right), np.clip(died, left, right)
    alive = died > born
    thin = 0.05 * (lanes.bottom - lanes.top)
    add_rects(
        place.ax,
        born[alive] / place.unit_ns,
        died[alive] / place.unit_ns,
        (lanes.middle - thin)[alive],
        (lanes.middle + thin)[alive],
        place.theme.life,
        gid="life",
        zorder=1.5,
    )


def _draw_spans(place: Place, chart: Chart, lanes: Rows, notes: Notes, budget: int) -> None:
    everywhere = np.ones(len(chart.lanes), dtype=np.bool_)
    for group in chart.spans:
        merged = place.merge((group,), len(chart.lanes), max(budget // 5, 200), {group.kind: everywhere})
        notes.merged |= merged.merged
        notes.widened |= merged.widened
        for rects in merged.rects:
            kind = STYLE[rects.kind]
            notes.look(place, rects, lanes, SPAN_STRIP)
            y0, y1 = placed(rects, lanes, SPAN_STRIP)
            add_rects(
                place.ax,
                place.x(rects.x0),
                place.x(rects.x1),
                y0,
                y1,
                place.theme.fill(kind),
                gid=kind.name,
                zorder=3,
                hatch=kind.hatch,
                edge=place.theme.panel,
            )
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
            start / place.unit_ns,
            y,
            f" {label}",
            fontsize=size,
            color=place.theme.text,
            va="top",
            ha="left",
            zorder=4,
            in_layout=False,
            clip_on=True,
            parse_math=False,
            gid="span-name",
        )


def _draw_lost(place: Place, chart: Chart, lanes: Rows, notes: Notes) -> None:
    ends = chart.lost.end
    inside = (ends >= place.window.start_ns) & (ends <= place.window.end_ns)
    if not inside.any():
        return
    notes.seen.add("lost")
    size = float(np.clip(0.5 * place.height_pt / lanes.extent, 5, 15))
    place.ax.plot(
        ends[inside] / place.unit_ns,
        lanes.middle[chart.lost.lane[inside]],
        linestyle="none",
        marker="X",
        markersize=size,
        color=place.theme.fill(STYLE["lost"]),
        markeredgecolor=place.theme.background,
        markeredgewidth=1.0,
        zorder=5,
        clip_on=False,
        in_layout=False,
        gid="lost-at",
    )
