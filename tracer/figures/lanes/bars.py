"""The lanes of processes and threads: lives, phases, runs with their numbers, states, spans, losses."""

from __future__ import annotations

from functools import partial

import numpy as np

from tracer.figures.lanes.function_names import name_stretches
from tracer.figures.lanes.spans import SPAN_STRIP, draw_spans
from tracer.figures.lanes.task_numbers import name_widened, number_bars
from tracer.figures.marks.lane_positions import WHOLE, LanePositions, Strip
from tracer.figures.marks.panel_notes import PanelNotes, notes_of
from tracer.figures.marks.rectangles import add_rects, draw_rects, placed
from tracer.figures.marks.viewport import Viewport
from tracer.looks.palette import STYLE
from tracer.timeline import RUNS, WIDENED, ProcessTimeline, Rects

BUDGET = 5000
"""Rectangles in the lanes of a whole figure, which bounds the size of an SVG."""
STATE_STRIP: Strip = (0.0, 0.42)
ON_CORE_STRIP: Strip = (0.28, 0.72)


def draw_lanes(view: Viewport, chart: ProcessTimeline, lanes: LanePositions, budget: int) -> PanelNotes:
    """Draw a chart's lanes by about `budget` rectangles; return what has to be said about them."""
    _draw_lives(view, chart, lanes)
    on_core = _draw_on_core(view, chart, lanes, budget // 10)
    everywhere = np.ones(len(chart.lanes), dtype=np.bool_)
    hidden = np.array([lane.is_hidden for lane in chart.lanes], dtype=np.bool_)
    visible = dict.fromkeys(RUNS, everywhere) | {"pickle": hidden, "unpickle": hidden}
    merged = view.merge(chart.bars, len(chart.lanes), budget, visible)
    free = _free_strip(chart)
    named = name_stretches(view, chart, lanes, free)
    for rects in reversed(merged.rects):
        _draw_kind(view, rects, lanes)
        if rects.kind in RUNS:
            size = number_bars(view, rects, lanes, chart, free, named)
            same = [group for group in chart.bars if group.kind == rects.kind]
            name_widened(view, rects, same, lanes, size)
    return (
        on_core
        | notes_of(view, merged, lanes)
        | _draw_states(view, chart, lanes, budget // 2, merged.cell_px)
        | draw_spans(view, chart, lanes, budget)
        | _draw_deaths(view, chart, lanes)
    )


def _free_strip(chart: ProcessTimeline) -> Strip:
    """The part of a lane that states and the spans within runs leave to a task's number."""
    if not chart.states:
        return WHOLE
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


def _draw_kind(view: Viewport, rects: Rects, lanes: LanePositions) -> None:
    """Draw bars that are merged below those that stand for themselves, and small ones without a hatch."""
    if not len(rects):
        return
    kind = STYLE[rects.kind]
    y0, y1 = placed(view, rects, lanes)
    lane_pt = view.height_pt / lanes.extent
    wide = rects.exact & (rects.x1 - rects.x0 >= 8) & (lane_pt >= 5)
    edge = view.theme.ink(kind) if kind.hatch else view.theme.background
    draw = partial(add_rects, view.ax, colour=view.theme.fill(kind))
    x0, x1 = view.x(rects.x0), view.x(rects.x1)
    small = rects.exact & ~wide | (rects.number == WIDENED)
    merged = ~small & ~wide  # lies under the others, which cover what they took of its columns
    draw(x0[merged], x1[merged], y0[merged], y1[merged], gid=f"{kind.name}-merged", zorder=2.05)
    draw(x0[small], x1[small], y0[small], y1[small], gid=f"{kind.name}-small", zorder=2.2)
    draw(x0[wide], x1[wide], y0[wide], y1[wide], hatch=kind.hatch, edge=edge, gid=kind.name, zorder=2.1)


def _draw_states(
    view: Viewport, chart: ProcessTimeline, lanes: LanePositions, budget: int, cell_px: float
) -> PanelNotes:
    """Draw over the lower part of the runs where they had no core; cells no finer than those of the runs."""
    merged = view.merge(chart.states, len(chart.lanes), budget, first_cell=cell_px)
    for rects in merged.rects:
        kind = STYLE[rects.kind]
        ink = view.theme.ink(kind)
        style = {"gid": kind.name, "zorder": 2.5, "hatch": kind.hatch, "hatch_colour": ink}
        draw_rects(view, rects, lanes, view.theme.fill(kind), STATE_STRIP, **style)
    return notes_of(view, merged, lanes, STATE_STRIP)


def _draw_on_core(view: Viewport, chart: ProcessTimeline, lanes: LanePositions, budget: int) -> PanelNotes:
    """Thicken the lives of main and managers where they held a core."""
    merged = view.merge(chart.on_core, len(chart.lanes), budget)
    for rects in merged.rects:
        kind = STYLE[rects.kind]
        draw_rects(view, rects, lanes, view.theme.fill(kind), ON_CORE_STRIP, gid=kind.name, zorder=1.6)
    return notes_of(view, merged, lanes, ON_CORE_STRIP)


def _draw_lives(view: Viewport, chart: ProcessTimeline, lanes: LanePositions) -> None:
    left, right = view.window.start_ns, view.window.end_ns
    born = np.array([lane.born if lane.born is not None else left for lane in chart.lanes])
    died = np.array([lane.end for lane in chart.lanes])
    born, died = np.clip(born, left, right), np.clip(died, left, right)
    alive = died > born
    x0, x1 = born[alive] / view.unit_ns, died[alive] / view.unit_ns
    thin = 0.05 * lanes.height
    y0, y1 = (lanes.middle - thin)[alive], (lanes.middle + thin)[alive]
    add_rects(view.ax, x0, x1, y0, y1, view.theme.life, gid="life", zorder=1.5)


def _draw_deaths(view: Viewport, chart: ProcessTimeline, lanes: LanePositions) -> PanelNotes:
    """Mark where a process died, with a task in its hands or without."""
    seen: set[str] = set()
    for group in chart.deaths:
        inside = (group.end >= view.window.start_ns) & (group.end <= view.window.end_ns)
        if not inside.any():
            continue
        seen.add(group.kind)
        view.ax.plot(
            group.end[inside] / view.unit_ns,
            lanes.middle[group.lane[inside]],
            linestyle="none",
            marker="X",
            markersize=float(np.clip(0.5 * view.height_pt / lanes.extent, 5, 15)),
            color=view.theme.fill(STYLE[group.kind]),
            markeredgecolor=view.theme.background,
            markeredgewidth=1.0,
            zorder=5,
            clip_on=False,
            in_layout=False,
            gid=f"{group.kind}-at",
        )
    return PanelNotes(dict.fromkeys(seen, np.inf))
