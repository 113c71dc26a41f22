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
from tracer.figures.facts import chosen

LEVELS = 16  # heights of merged columns are rounded to this many steps, so that equal neighbours join
FLOOR = 3  # of LEVELS: the least height of a merged column of a kind that has to stay visible
NARROW_PX = 3.0  # a bar less wide than this may be overlooked
VISIBLE_PX = 4.0  # width to which a lonely, too short bar is widened
MOST_CELLS = 4_000_000  # of the grids of all kinds together
WIDENED = -2
PART = 1 << 16  # bars that are worked on at once: what is made of them on the way stays in the cache
GAP_PX = 8.0  # a bar is lonely when none of its kind is nearer than this


Visible = Mapping[str, Booleans]  # kind → for each lane, whether its bars must be seen however short


@dataclass(frozen=True)
class Bars:
    """Bars of one kind: arrays of one length; `number` is the task's number (-1: none), or absent."""

    kind: str
    lane: Integers
    start: Floats
    end: Floats
    number: Integers | None = None

    def __len__(self) -> int:
        return int(self.lane.size)


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


@dataclass(frozen=True)
class _Binned:
    """One kind on its way: the bars of at least a cell, in pixels, and the covered share of every cell."""

    kind: str
    lane: Integers
    x0: Floats
    x1: Floats
    number: Integers
    covered: Floats  # lanes × columns, in pixels

    def coarser(self, cell: float) -> _Binned:
        """Return the same in cells twice as wide (`cell` pixels)."""
        lanes, columns = self.covered.shape
        covered = self.covered.reshape(lanes, columns // 2, 2).sum(axis=2)
        short = self.x1 - self.x0 < cell
        covered = covered + _cover(self.lane[short], self.x0[short], self.x1[short], covered.shape, cell)
        keep = ~short
        return replace(
            self, lane=self.lane[keep], x0=self.x0[keep], x1=self.x1[keep], number=self.number[keep],
            covered=covered,
        )  # fmt: skip


def _cover(lane: Integers, x0: Floats, x1: Floats, shape: tuple[int, ...], cell: float) -> Floats:
    """Add up how much of each cell the bars cover; each is shorter than a cell, so it touches two at most."""
    if not lane.size:
        return np.zeros(shape)
    columns = shape[1]
    column = np.minimum((x0 / cell).astype(np.int64), columns - 1)
    after = np.maximum(x1 - (column + 1) * cell, 0.0)
    place = lane * columns + column
    covered = np.bincount(place, weights=x1 - x0 - after, minlength=shape[0] * columns)
    spill = np.flatnonzero(after)
    if spill.size:
        next_place = lane[spill] * columns + np.minimum(column[spill] + 1, columns - 1)
        covered += np.bincount(next_place, weights=after[spill], minlength=shape[0] * columns)
    return np.asarray(covered.reshape(shape))


def _bin(
    groups: Sequence[Bars], lanes: int, window: tuple[float, float], pixels: int, cell: float
) -> _Binned:
    """Sort the bars of one kind into those of at least a cell and the rest, which cells are covered by."""
    scale = pixels / (window[1] - window[0])
    columns = 64 * int(np.ceil(pixels / cell / 64))
    covered = np.zeros((lanes, columns))
    wide: list[tuple[Integers, Floats, Floats, Integers]] = []
    step = max(PART, covered.size)
    for bars in groups:
        for at in range(0, len(bars), step):
            part = slice(at, at + step)
            x0, x1 = (bars.start[part] - window[0]) * scale, (bars.end[part] - window[0]) * scale
            inside = (x1 > 0) & (x0 < pixels) & (x1 >= x0)
            np.maximum(x0, 0.0, out=x0)
            np.minimum(x1, float(pixels), out=x1)
            long = inside & (x1 - x0 >= cell)
            short, lane = inside & ~long, bars.lane[part]
            covered += _cover(chosen(lane, short), chosen(x0, short), chosen(x1, short), covered.shape, cell)
            if long.any():
                none = np.full(int(long.sum()), -1, dtype=np.int64)
                number = bars.number[part][long] if bars.number is not None else none
                wide.append((lane[long], x0[long], x1[long], number))
    whole = np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0, np.int64)
    lane, x0, x1, number = (np.concatenate(columns) for columns in zip(whole, *wide, strict=True))
    return _Binned(groups[0].kind, lane, x0, x1, number, covered)


def _free(binned: Sequence[_Binned], cell: float) -> Floats:
    """Return how much of every cell, in pixels, no bar of at least a cell covers."""
    shape = binned[0].covered.shape
    lane, x0, x1 = (np.concatenate([getattr(kind, name) for kind in binned]) for name in ("lane", "x0", "x1"))
    first = np.minimum((x0 / cell).astype(np.int64), shape[1] - 1)
    last = np.minimum((x1 / cell).astype(np.int64), shape[1] - 1)
    head = np.minimum((first + 1) * cell, x1) - x0
    tail = np.where(last > first, x1 - last * cell, 0.0)
    taken = np.bincount(lane * shape[1] + first, weights=head, minlength=shape[0] * shape[1])
    taken += np.bincount(lane * shape[1] + last, weights=tail, minlength=shape[0] * shape[1])
    return np.asarray(np.maximum(cell - taken.reshape(shape), 0.01 * cell))


def _levels(
    binned: Sequence[_Binned], cell: float, visible: Visible
) -> tuple[list[Integers], list[Integers]]:
    """Return bottom and top of every kind in every cell, in steps of 1 / LEVELS."""
    bottoms, tops = [], []
    height = np.zeros(binned[0].covered.shape)
    free = _free(binned, cell)
    below = np.zeros(binned[0].covered.shape, dtype=np.int64)
    for kind in binned:
        height = height + kind.covered / free
        top = np.minimum(np.rint(height * LEVELS).astype(np.int64), LEVELS)
        if (lanes := visible.get(kind.kind)) is not None:
            least = np.minimum(below + FLOOR, LEVELS)
            top = np.where((kind.covered > 0) & lanes[:, None], np.maximum(top, least), top)
        top = np.maximum(top, below)
        bottoms.append(below)
        tops.append(top)
        below = top
    return bottoms, tops


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


def _rects(binned: Sequence[_Binned], cell: float, visible: Visible) -> list[Rects]:
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
    binned = [_bin(groups, lanes, window, pixels, cell) for groups in kinds]
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
