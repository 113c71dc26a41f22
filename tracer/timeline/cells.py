"""Cells: bars sorted into those to be drawn one by one and those that only cover a share of a cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.analysis.columns import Floats, Integers, chosen
from tracer.timeline.bars import Bars

PART = 1 << 16  # bars that are worked on at once: what is made of them on the way stays in the cache


@dataclass(frozen=True)
class Binned:
    """One kind on its way: the bars of at least a cell, in pixels, and the covered share of every cell."""

    kind: str
    lane: Integers
    x0: Floats
    x1: Floats
    number: Integers
    covered: Floats  # lanes × columns, in pixels

    def coarser(self, cell: float) -> Binned:
        """Return the same in cells twice as wide (`cell` pixels)."""
        lanes, columns = self.covered.shape
        covered = self.covered.reshape(lanes, columns // 2, 2).sum(axis=2)
        short = self.x1 - self.x0 < cell
        covered = covered + _cover(self.lane[short], self.x0[short], self.x1[short], covered.shape, cell)
        keep = ~short
        return replace(
            self,
            lane=self.lane[keep],
            x0=self.x0[keep],
            x1=self.x1[keep],
            number=self.number[keep],
            covered=covered,
        )


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


def fill(groups: Sequence[Bars], lanes: int, window: tuple[float, float], pixels: int, cell: float) -> Binned:
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
    return Binned(groups[0].kind, lane, x0, x1, number, covered)


def free(binned: Sequence[Binned], cell: float) -> Floats:
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
