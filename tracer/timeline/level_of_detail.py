"""Level of detail: any number of bars becomes a bounded number of rectangles that still tell the truth.

A bar of at least one cell (a few pixels) is kept as it is. All shorter ones are merged into columns one cell
wide, in which each kind is as high as its share of the time that longer bars left over; kinds that cannot
overlap are stacked, so a merged column reads as a small bar of shares. Cells grow until the rectangles fit a
budget: a figure of a million tasks stays as small as one of a thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.analysis.columns import Booleans, Floats, Integers
from tracer.timeline.bars import Bars
from tracer.timeline.cells import Binned, fill, free

LEVELS = 64  # heights of merged columns are rounded to this many steps,
COARSE = 4  # and where they are not low, to every so many of them: so that equal neighbours join
LOW = LEVELS // 8
NARROW_PX = 3.0  # a bar less wide than this may be overlooked
VISIBLE_PX = 4.0  # width to which a lonely, too short bar is widened
MOST_CELLS = 4_000_000  # of the grids of all kinds together
GAP_PX = 8.0  # a bar is lonely when none of its kind is nearer than this
WIDENED = -2  # in place of a task's number

Visible = Mapping[str, Booleans]  # kind → for each lane, whether its bars must be seen however short


@dataclass(frozen=True)
class Rects:
    """Rectangles of one kind: x in pixels from the window's start, y in shares of the lane from its bottom.

    `exact` tells a bar that stands for itself from a merged or widened one; `number` is its task's, -1 for
    none, `WIDENED` for a bar that was widened.
    """

    kind: str
    lane: Integers
    x0: Floats
    x1: Floats
    y0: Floats
    y1: Floats
    exact: Booleans
    number: Integers

    def __len__(self) -> int:
        return int(self.lane.size)


@dataclass(frozen=True)
class Merged:
    """What to draw, and what must be said about it: how wide a cell was, what was merged or widened."""

    rects: tuple[Rects, ...]
    cell_px: float
    merged: bool
    widened: bool


def _levels(binned: Sequence[Binned], cell: float, visible: Visible) -> tuple[list[Integers], list[Integers]]:
    """Return bottom and top of every kind in every cell, in steps of 1 / LEVELS.

    A kind that has to stay visible has one step at least: where that is too low, a view draws a line.
    """
    bottoms, tops = [], []
    height = np.zeros(binned[0].covered.shape)
    left = free(binned, cell)
    below = np.zeros(binned[0].covered.shape, dtype=np.int64)
    for kind in binned:
        height = height + kind.covered / left
        top = np.minimum(_rounded(height), LEVELS)
        if (lanes := visible.get(kind.kind)) is not None:
            least = np.minimum(below + 1, LEVELS)
            top = np.where((kind.covered > 0) & lanes[:, None], np.maximum(top, least), top)
        top = np.maximum(top, below)
        bottoms.append(below)
        tops.append(top)
        below = top
    return bottoms, tops


def _rounded(height: Floats) -> Integers:
    fine, coarse = np.rint(height * LEVELS), COARSE * np.rint(height * LEVELS / COARSE)
    return np.where(fine < LOW, fine, coarse).astype(np.int64)


def _columns(bottom: Integers, top: Integers, cell: float) -> tuple[Integers, Floats, Floats, Floats, Floats]:
    """Join equal neighbours within a lane; return lane, x0, x1, y0, y1 of what is not empty."""
    lanes, columns = top.shape
    code = np.where(top > bottom, bottom * (LEVELS + 1) + top, -1)
    change = np.ones(code.shape, dtype=np.bool_)
    change[:, 1:] = code[:, 1:] != code[:, :-1]
    first = np.flatnonzero(change)
    last = np.append(first[1:], lanes * columns)
    filled = code.ravel()[first] >= 0
    first, last = first[filled], last[filled]
    lane = first // columns
    y0, y1 = bottom.ravel()[first] / LEVELS, top.ravel()[first] / LEVELS
    return lane, (first % columns) * cell, (last - lane * columns) * cell, y0, y1


def _widen(rects: Rects, pixels: int, marked: Booleans) -> tuple[Rects, bool]:
    """Make lonely short bars wide and high enough to be seen."""
    if not len(rects):
        return rects, False
    order = np.lexsort((rects.x0, rects.lane))
    lane, x0, x1 = rects.lane[order], rects.x0[order], rects.x1[order]
    apart = np.full(lane.size + 1, np.inf)
    same = lane[1:] == lane[:-1]
    apart[1:-1] = np.where(same, x0[1:] - x1[:-1], np.inf)
    alone = (apart[:-1] >= GAP_PX) & (apart[1:] >= GAP_PX)
    lonely = (x1 - x0 < NARROW_PX) & alone & marked[lane]
    which = order[lonely]
    if not which.size:
        return rects, False
    middle = (rects.x0[which] + rects.x1[which]) / 2
    left = np.clip(middle - VISIBLE_PX / 2, 0, max(pixels - VISIBLE_PX, 0))
    new_x0, new_x1, y0, y1 = (a.copy() for a in (rects.x0, rects.x1, rects.y0, rects.y1))
    exact, number = rects.exact.copy(), rects.number.copy()
    exact[which], number[which] = False, WIDENED
    new_x0[which], new_x1[which], y0[which], y1[which] = left, left + VISIBLE_PX, 0.0, 1.0
    return replace(rects, x0=new_x0, x1=new_x1, y0=y0, y1=y1, exact=exact, number=number), True


def _rects(binned: Sequence[Binned], cell: float, visible: Visible) -> list[Rects]:
    result = []
    for kind, bottom, top in zip(binned, *_levels(binned, cell, visible), strict=True):
        lane, x0, x1, y0, y1 = _columns(bottom, top, cell)
        exact = kind.lane.size
        flags = np.zeros(exact + lane.size, dtype=np.bool_)
        flags[:exact] = True
        result.append(
            Rects(
                kind.kind,
                np.concatenate([kind.lane, lane]),
                np.concatenate([kind.x0, x0]),
                np.concatenate([kind.x1, x1]),
                np.concatenate([np.zeros(exact), y0]),
                np.concatenate([np.ones(exact), y1]),
                flags,
                np.concatenate([kind.number, np.full(lane.size, -1, dtype=np.int64)]),
            )
        )
    return result


def _first_cell(bars: Sequence[Bars], lanes: int, pixels: int, budget: int) -> float:
    """Return the width to begin with: few bars are drawn as they are, and a grid must fit into the cache."""
    cell = 0.5 if 2 * sum(map(len, bars)) <= budget else 2.0
    while len(bars) * lanes * pixels / cell > MOST_CELLS and cell < 16:
        cell *= 2
    return cell


def merge(
    bars: Sequence[Bars],
    lanes: int,
    window: tuple[float, float],
    pixels: int,
    budget: int = 5000,
    first_cell: float | None = None,
    visible: Visible | None = None,
) -> Merged:
    """Turn bars of kinds that do not overlap within a lane into at most about `budget` rectangles.

    Kinds are stacked in the order in which `bars` first has them; groups of one kind count as one.
    `window` is in the unit of the bars' times and must not be empty; `pixels` is its width on the figure.
    Bars of the kinds in `visible`, in the lanes that it marks, stay visible however short; `widened` tells
    that some had to be widened.
    """
    cell = first_cell or _first_cell(bars, lanes, pixels, budget)
    if not bars or not lanes:
        return Merged((), cell, False, False)
    kinds = [[group for group in bars if group.kind == kind] for kind in dict.fromkeys(b.kind for b in bars)]
    binned = [fill(groups, lanes, window, pixels, cell) for groups in kinds]
    visible = visible or {}
    rects = _rects(binned, cell, visible)
    while sum(map(len, rects)) > budget and cell < 32.0:
        cell *= 2
        binned = [kind.coarser(cell) for kind in binned]
        rects = _rects(binned, cell, visible)
    merged = any(bool((~group.exact).any()) for group in rects)
    widened = False
    for place, group in enumerate(rects):
        if (marked := visible.get(group.kind)) is not None:
            rects[place], some = _widen(group, pixels, marked)
            widened |= some
    return Merged(tuple(rects), cell, merged, widened)
