"""When each lane ran, in bins that double in width as the run grows: drawing any stretch costs the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 1024
_FIRST_WIDTH_NS = 1e6


class Cover:
    """How much of each bin each lane ran, in nanoseconds. Times are nanoseconds since the run's origin."""

    def __init__(self) -> None:
        self.width_ns = _FIRST_WIDTH_NS
        self._rows = np.zeros((8, BINS))
        self._used = 0

    def new_row(self) -> int:
        """Return the number of a lane that is new."""
        if self._used == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._used += 1
        return self._used - 1

    def add(self, row: int, start: Floats, end: Floats) -> None:
        """Take in runs of a lane that are over. They do not overlap."""
        if not len(start):
            return
        while end.max() >= self.width_ns * BINS:
            self._widen()
        begin, finish = np.maximum(start, 0) / self.width_ns, np.maximum(end, 0) / self.width_ns
        first, last = begin.astype(np.int64), finish.astype(np.int64)
        within = first == last
        size = BINS + 1
        parts = np.bincount(first, np.where(within, finish - begin, first + 1 - begin), size)
        parts += np.bincount(last, np.where(within, 0.0, finish - last), size)
        between = np.bincount(first + 1, ~within, size) - np.bincount(last, ~within, size)
        self._rows[row] += (parts + np.cumsum(between))[:BINS] * self.width_ns

    def shares(self, rows: list[int], edges: Floats) -> Floats:
        """Return which share of each column, between two `edges`, these lanes ran: lanes × columns.

        The edges are as far apart everywhere.
        """
        at = np.clip(edges / self.width_ns, 0, BINS)
        whole = at.astype(np.int64)
        sums = np.zeros((len(rows), BINS + 2))
        np.cumsum(self._rows[rows], axis=1, out=sums[:, 1:-1])
        sums[:, -1] = sums[:, -2]
        before = sums[:, whole] + (sums[:, whole + 1] - sums[:, whole]) * (at - whole)
        shares: Floats = np.clip(np.diff(before, axis=1) / (edges[1] - edges[0]), 0.0, 1.0)
        return shares

    def _widen(self) -> None:
        half = BINS // 2
        self._rows[:, :half] = self._rows[:, ::2] + self._rows[:, 1::2]
        self._rows[:, half:] = 0
        self.width_ns *= 2


def covered(edges: Floats, start: Floats, end: Floats) -> Floats:
    """Return which share of each column one interval a lane covers: lanes × columns."""
    part = np.minimum(edges[1:], end[:, None]) - np.maximum(edges[:-1], start[:, None])
    shares: Floats = np.clip(part / (edges[1] - edges[0]), 0.0, 1.0)
    return shares
