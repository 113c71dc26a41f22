"""Medians with an interval that assumes nothing about how the values are distributed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Median:
    """A median, and two of the values between which the true one lies with probability `coverage`."""

    value: float
    low: float
    high: float
    coverage: float
    count: int

    def within(self, tolerance: float) -> bool:
        """Tell whether the interval is a 95 % one and lies within `tolerance` of 1."""
        return self.coverage >= CONFIDENCE and 1 - tolerance <= self.low and self.high <= 1 + tolerance

    def __str__(self) -> str:
        weak = "" if self.coverage >= CONFIDENCE else f" ({self.coverage:.0%})"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]{weak}"


def median(values: Sequence[float]) -> Median:
    """Return the median of at least one value, with its interval.

    The interval is that of the order statistics (exact, from the binomial distribution; see for example
    Conover, Practical Nonparametric Statistics, 3.2): the narrowest pair of ranks, the same from both ends,
    that covers 95 %. With fewer than 6 values none does; then it is the range, and `coverage` says how little
    it covers.
    """
    ordered = sorted(values)
    count = len(ordered)
    rank, tail = 0, 0.0  # `tail`: probability that the true median lies below the value at `rank`
    coverage = 1 - 2 * 0.5**count
    for below in range((count - 1) // 2 + 1):
        tail += math.comb(count, below) * 0.5**count
        if 1 - 2 * tail < CONFIDENCE:
            break
        rank, coverage = below, 1 - 2 * tail
    return Median(statistics.median(ordered), ordered[rank], ordered[-1 - rank], max(coverage, 0.0), count)
