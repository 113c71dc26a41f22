"""What tasks work on, or their numbers, in and beside their bars, wherever there is room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracer.analysis.columns import Booleans
from tracer.figures.lanes.function_names import LONGEST
from tracer.figures.marks.lane_positions import WHOLE, LanePositions, Strip
from tracer.figures.marks.viewport import Viewport
from tracer.figures.style.text import LEAST_PT, clean, size_within, width_pt
from tracer.looks.palette import STYLE, ink_on
from tracer.timeline import WIDENED, Bars, Functions, ProcessTimeline, Rects

MOST_NUMBERS = 400
MOST = 0.6  # of the bars of a kind, that have room for a text
LARGEST_PT = 13.0


def number_bars(
    view: Viewport,
    rects: Rects,
    lanes: LanePositions,
    chart: ProcessTimeline,
    strip: Strip = WHOLE,
    without: Sequence[int] | NDArray[Any] = (),
) -> float:
    """Write a task's number into each bar that is wide and high enough for it; return their size in points.

    Its label in place of that, where most bars have room; else its function before that, where there are
    several and it has room. `strip` is the part of the lane that is free for it, from its bottom; the tasks
    `without` a number have something else there.
    """
    lane_pt = lanes.height * view.height_pt / lanes.extent
    free = strip[1] - strip[0]
    size = size_within(free * float(np.median(lane_pt)), min(0.62 / free, 1.15), LARGEST_PT)
    if not size or not (rects.number >= 0).any():
        return size
    room = (rects.x1 - rects.x0) * view.points_per_px
    known = rects.exact & (rects.number >= 0) & ~np.isin(rects.number, without)
    if not known.any():
        return size
    labels = _labels(rects, known, chart.labels, room)
    texts = labels or [str(number) for number in rects.number.tolist()]
    need = np.array([width_pt(text, 1.0, "bold") for text in texts])
    while size - 0.5 >= LEAST_PT and (room < need * size + 3)[known].mean() > 0.1:
        size -= 0.5
    need *= size
    fits = np.flatnonzero(known & ((room >= need + 3) | _stand_apart(rects, known, need, view)))
    fits = fits[np.argsort(-room[fits], kind="stable")][:MOST_NUMBERS]
    x, y = view.x((rects.x0 + rects.x1) / 2), lanes.at((strip[0] + strip[1]) / 2)[rects.lane]
    kind = STYLE[rects.kind]
    paper = view.theme.fill(kind)
    ink = ink_on(paper)
    if kind.hatch:
        ink, paper = view.theme.text, view.theme.background
    heads = {} if labels else _heads(rects, chart.functions, size)
    pill = {"facecolor": paper, "edgecolor": "none", "pad": 1.5}
    hangs = strip != WHOLE  # what letters have below their line would lie on what is drawn under the strip
    for i in fits.tolist():
        head, width = heads.get(int(rects.number[i]), ("", np.inf))
        text = f"{head}{texts[i]}" if room[i] >= width + need[i] + 5 else texts[i]
        view.ax.text(
            x[i],
            y[i],
            text,
            fontsize=size,
            fontweight="bold",
            color=ink,
            ha="center",
            va="center_baseline",
            zorder=4,
            in_layout=False,
            clip_on=True,
            parse_math=False,
            gid="number",
            bbox=pill
            if kind.hatch or room[i] < need[i] + 5
            else {**pill, "pad": 0.3}
            if hangs and not text.isdecimal()
            else None,
        )
    return size


def _labels(rects: Rects, known: Booleans, labels: Mapping[int, str], room: NDArray[Any]) -> list[str]:
    """What the tasks of the bars work on, or the arguments in it: the fullest that most bars have room for.

    None where there is no such, or all are alike, which tells nothing.
    """
    mine = [labels.get(number, "") for number in rects.number.tolist()] if labels else []
    for texts in (mine, [_arguments(label) for label in mine]):
        widths = np.array([width_pt(text, LEAST_PT, "bold") for text in texts])
        if len({text for text in texts if text}) > 1 and (room >= widths + 3)[known].mean() > MOST:
            return texts
    return []


def _arguments(label: str) -> str:
    """A call without its function: of "square(3)" what is in brackets, and these."""
    opened = label.find("(")
    return label[opened:] if opened > 0 and label.endswith(")") and label.count("(") == 1 else label


def _heads(rects: Rects, functions: Functions | None, size: float) -> dict[int, tuple[str, float]]:
    """What stands before a task's number where there is room, and how wide that is in points, by task."""
    if functions is None:
        return {}
    tasks = np.unique(rects.number[rects.number >= 0])
    heads = [f"{clean(name, LONGEST)} " for name in functions.names]
    widths = [width_pt(head, size, "bold") for head in heads]
    codes = functions.code(tasks).tolist()
    return {task: (heads[code], widths[code]) for task, code in zip(tasks.tolist(), codes, strict=True)}


def _stand_apart(rects: Rects, known: Booleans, need_pt: NDArray[Any], view: Viewport) -> Booleans:
    """Tell which few narrow bars are far enough apart to carry a number wider than themselves."""
    apart = np.zeros(len(rects), dtype=np.bool_)
    if not 0 < known.sum() <= 80:
        return apart
    order = np.lexsort((rects.x0, rects.lane))
    middle = (rects.x0 + rects.x1)[order] / 2 * view.points_per_px
    gap = np.where(rects.lane[order][1:] == rects.lane[order][:-1], np.diff(middle), np.inf)
    near = np.minimum(np.append(np.inf, gap), np.append(gap, np.inf))
    apart[order] = near >= 2.2 * need_pt[order] + 8
    return apart & known


def name_widened(
    view: Viewport, rects: Rects, groups: list[Bars], lanes: LanePositions, most_pt: float
) -> None:
    """Write beside each lonely widened run which tasks it stands for, no larger than `most_pt`."""
    lane_pt = lanes.height * view.height_pt / lanes.extent
    size = float(np.clip(0.5 * np.median(lane_pt), 0, most_pt))
    which = np.flatnonzero(rects.number == WIDENED)
    bars = next((group for group in groups if group.number is not None), None)  # the tasks
    if size < LEAST_PT or bars is None or bars.number is None or which.size > 60 or len(bars) > 50_000:
        return
    scale = view.pixels / view.window.length_ns
    left, right = (
        np.clip((t - view.window.start_ns) * scale, -1, view.pixels + 1) for t in (bars.start, bars.end)
    )
    for i in which.tolist():
        here = (bars.lane == rects.lane[i]) & (left < rects.x1[i]) & (right > rects.x0[i])
        numbers = bars.number[here & (bars.number >= 0)].tolist()
        label = ", ".join(map(str, numbers)) if len(numbers) <= 5 else f"{len(numbers):,} tasks"
        where = _beside(rects, i, (width_pt(label, size, "bold") + 8) / view.points_per_px, view.pixels)
        if where is None:
            continue
        view.ax.text(
            float(view.x(where[0])),
            lanes.top[rects.lane[i]],
            label,
            fontsize=size,
            fontweight="bold",
            ha=where[1],
            va="top",
            color=view.theme.text,
            zorder=4,
            in_layout=False,
            clip_on=True,
            gid="number",
            bbox={"facecolor": view.theme.panel, "edgecolor": "none", "pad": 1, "alpha": 0.8},
        )


def _beside(rects: Rects, i: int, need_px: float, pixels: int) -> tuple[Any, str] | None:
    """Where beside a rectangle its lane is free for so many pixels, and how to align a text there."""
    same = rects.lane == rects.lane[i]
    after = np.min(rects.x0[same & (rects.x0 > rects.x1[i])], initial=float(pixels))
    before = np.max(rects.x1[same & (rects.x1 < rects.x0[i])], initial=0.0)
    if after - rects.x1[i] >= need_px:
        return rects.x1[i] + 4, "left"
    if rects.x0[i] - before >= need_px:
        return rects.x0[i] - 4, "right"
    return None
