"""Intervals: pieces of lanes' lives with a category each, as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tracer.analysis.account.categories import NUMBER
from tracer.analysis.columns import Floats, Integers


@dataclass(frozen=True)
class Intervals:
    """Arrays of one length: on `lane`, `weight` of the time from `start` to `end` (ns) went into `category`.

    A run that was partly on a core is three intervals with the same ends, whose weights sum to one.
    """

    lane: Integers
    category: Integers
    start: Floats
    end: Floats
    weight: Floats

    def sums(self, lanes: int, window: tuple[float, float] | None = None) -> Floats:
        """Return the nanoseconds of each lane (rows) and category (columns), within `window` if given."""
        start, end = self.start, self.end
        if window is not None:
            start, end = np.maximum(start, window[0]), np.minimum(end, window[1])
        length = np.maximum(end - start, 0.0) * self.weight
        width = len(NUMBER)
        cells = np.bincount(self.lane * width + self.category, length, lanes * width)
        return np.asarray(cells.reshape(lanes, width), np.float64)


def pieces(
    category: str, lane: Integers, start: Floats, end: Floats, weight: Floats | None = None
) -> Intervals:
    """Return intervals of one category; those with an end unknown, or without length, are left out."""
    keep = (lane >= 0) & (end > start)  # never true of a NaN
    if weight is not None:
        keep &= weight > 0
    kept = lane[keep]
    return Intervals(
        kept,
        np.full(kept.size, NUMBER[category]),
        start[keep],
        end[keep],
        np.ones(kept.size) if weight is None else weight[keep],
    )


def joined(parts: Iterable[Intervals]) -> Intervals:
    """Return all intervals as one."""
    found = list(parts)
    if not found:
        none = np.zeros(0)
        return Intervals(none.astype(np.int64), none.astype(np.int64), none, none, none)
    names = ("lane", "category", "start", "end", "weight")
    return Intervals(*(np.concatenate([getattr(part, name) for part in found]) for name in names))


def run_pieces(
    lane: Integers, start: Floats, end: Floats, split: tuple[Floats, Floats, Floats]
) -> list[Intervals]:
    """Return runs, split into on a core, without one and blocked (ns each; NaN: not known)."""
    length = np.maximum(end - start, 1e-9)
    on_core, no_core, blocked = split
    known = ~np.isnan(on_core + no_core + blocked)
    whole = np.where(known, np.maximum(on_core + no_core + blocked, 1e-9), 1.0)
    result = [
        pieces(name, lane, start, end, np.where(known, part / whole, 0.0))
        for name, part in (("on_core", on_core), ("no_core", no_core), ("blocked", blocked))
    ]
    unknown = np.where(known, 0.0, np.ones(length.size))
    return [*result, pieces("running", lane, start, end, unknown)]
