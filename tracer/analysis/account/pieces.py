"""Pieces of lanes' lives with a category each, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tracer.analysis.account.categories import NUMBER
from tracer.analysis.columns import Booleans, Floats, Integers


@dataclass(frozen=True)
class Intervals:
    """Arrays of one length: on `lane`, `weight` of the time from `start` to `end` (ns) went into `category`.

    A run that was partly on a core is in several of these with the same ends, whose weights sum to one; a
    `weight` of None is all of it. `category` is the number of one.
    """

    category: int
    lane: Integers
    start: Floats
    end: Floats
    weight: Floats | None = None

    def of(self, which: Booleans) -> Intervals:
        """Return some of the intervals."""
        weight = None if self.weight is None else self.weight[which]
        return Intervals(self.category, self.lane[which], self.start[which], self.end[which], weight)

    def by_lane(self, length: Floats, lanes: int) -> Floats:
        """Add up a length of each interval, times its weight, by lane."""
        weighted = length if self.weight is None else length * self.weight
        return np.asarray(np.bincount(self.lane, weighted, lanes), np.float64)


class Split(NamedTuple):
    """What runs had of a core, nanoseconds of each (NaN: not known); the names are categories.

    on_core         on a core
    no_core         able to run, and siblings held the cores; all of such time where it is not known who did
    other_programs  able to run, and other programs held a core
    blocked         the rest
    """

    on_core: Floats
    no_core: Floats
    other_programs: Floats
    blocked: Floats

    @property
    def without(self) -> Floats:
        """Able to run, without a core, whoever held it."""
        return self.no_core + self.other_programs


@dataclass(frozen=True)
class Pieces:
    """The intervals of all lanes and categories."""

    parts: tuple[Intervals, ...]

    def sums(self, lanes: int) -> Floats:
        """Return the nanoseconds of each lane (rows) and category (columns)."""
        cells = np.zeros((lanes, len(NUMBER)))
        for part in self.parts:
            cells[:, part.category] += part.by_lane(part.end - part.start, lanes)
        return cells

    def outside(self, lanes: int, window: tuple[float, float]) -> Floats:
        """Return what lies before and after `window`, as `sums` does: few intervals reach out of it."""
        cells = np.zeros((lanes, len(NUMBER)))
        for part in self.parts:
            few = part.of((part.start < window[0]) | (part.end > window[1]))
            inside = np.minimum(few.end, window[1]) - np.maximum(few.start, window[0])
            out = few.end - few.start - np.maximum(inside, 0.0)
            cells[:, part.category] += few.by_lane(out, lanes)
        return cells


def pieces(
    category: str, lane: Integers, start: Floats, end: Floats, weight: Floats | None = None
) -> Intervals:
    """Return intervals of one category; those with an end unknown, or without length, are left out."""
    keep = (lane >= 0) & (end > start)  # never true of a NaN
    if weight is not None:
        keep &= weight > 0
    return Intervals(NUMBER[category], lane, start, end, weight).of(keep)


def run_pieces(lane: Integers, start: Floats, end: Floats, split: Split) -> list[Intervals]:
    """Return runs, split by what they had of a core.

    What is known of a run is taken from it, and the rest was in the function, where is not known.
    """
    length = np.maximum(end - start, 1e-9)
    shares = [np.maximum(np.where(np.isnan(part), 0.0, part), 0.0) / length for part in split]
    much = np.maximum(sum(shares), 1.0)
    shares = [share / much for share in shares]
    rest = 1.0 - sum(shares)
    result = [
        pieces(name, lane, start, end, share) for name, share in zip(Split._fields, shares, strict=True)
    ]
    return [*result, pieces("running", lane, start, end, np.where(rest > 1e-9, rest, 0.0))]
