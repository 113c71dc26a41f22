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

    def sums(self, lanes: int) -> Floats:
        """Return the nanoseconds of each lane (rows) and category (columns)."""
        return self._cells(lanes, (self.end - self.start) * self.weight)

    def outside(self, lanes: int, window: tuple[float, float]) -> Floats:
        """Return what lies before and after `window`, as `sums` does: few intervals reach out of it."""
        some = (self.start < window[0]) | (self.end > window[1])
        start, end = self.start[some], self.end[some]
        inside = np.maximum(np.minimum(end, window[1]) - np.maximum(start, window[0]), 0.0)
        few = Intervals(self.lane[some], self.category[some], start, end, self.weight[some])
        return few._cells(lanes, (end - start - inside) * few.weight)

    def _cells(self, lanes: int, length: Floats) -> Floats:
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
    """Return runs, split into on a core, without one and blocked (ns each; NaN: not known).

    What is known of a run is taken from it, and the rest was in the function, where is not known.
    """
    length = np.maximum(end - start, 1e-9)
    shares = [np.maximum(np.where(np.isnan(part), 0.0, part), 0.0) / length for part in split]
    much = np.maximum(shares[0] + shares[1] + shares[2], 1.0)
    shares = [share / much for share in shares]
    rest = 1.0 - shares[0] - shares[1] - shares[2]
    named = zip(("on_core", "no_core", "blocked"), shares, strict=True)
    result = [pieces(name, lane, start, end, share) for name, share in named]
    return [*result, pieces("running", lane, start, end, np.where(rest > 1e-9, rest, 0.0))]


def latest_before(lane: Integers, done: Floats) -> Floats:
    """Return the latest of `done` above each row in the same lane, NaN in a lane's first row.

    `lane` is sorted, `done` in whole nanoseconds and nowhere NaN.
    """
    if not lane.size:
        return done
    whole = done.astype(np.int64) - int(done.min())
    offset = lane * (int(whole.max()) + 1)
    latest = np.maximum.accumulate(whole + offset) - offset + int(done.min())
    opens = np.append(True, lane[1:] != lane[:-1])
    return np.where(opens, np.nan, np.append(0, latest[:-1]))
