"""Shapes: bars as they were recorded, and the rectangles that are drawn of them, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.analysis.columns import Booleans, Floats, Integers

WIDENED = -2


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
