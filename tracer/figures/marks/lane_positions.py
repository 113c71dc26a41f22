"""Where lanes lie under one another on a y axis that points down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Floats

Strip = tuple[float, float]
"""A part of a lane's height, from its bottom: `WHOLE` is all of it."""
WHOLE: Strip = (0.0, 1.0)


@dataclass(frozen=True)
class LanePositions:
    """`top` and `bottom` of each lane, without the gaps between them, in units of a full lane."""

    top: Floats
    bottom: Floats

    @property
    def middle(self) -> Floats:
        """The middle of each lane."""
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> Floats:
        """The height of each lane."""
        return self.bottom - self.top

    @property
    def extent(self) -> float:
        """The height of all lanes together, with as much room below as above."""
        return float(self.bottom[-1] + self.top[0]) if self.bottom.size else 1.0

    def at(self, share: float) -> Floats:
        """The height in each lane that is `share` of it above its bottom."""
        return self.bottom - share * (self.bottom - self.top)


def stack(heights: Sequence[float], gap: float = 0.16) -> LanePositions:
    """Put lanes of these heights under one another, `gap` (a share of the lane) apart."""
    edges = np.concatenate([[0.0], np.cumsum(heights)])
    space = np.asarray(heights) * gap / 2
    return LanePositions(edges[:-1] + space, edges[1:] - space)
