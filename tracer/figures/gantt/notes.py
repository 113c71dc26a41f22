"""Notes: what drawing came upon that has to be said on the figure: liberties taken, kinds that are seen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tracer.figures.marks.rectangles import Rows
from tracer.figures.marks.viewport import Place
from tracer.timeline import Rects

SEEN_PX2, SEEN_PX = 100.0, 1.5  # a kind that covers less, or is nowhere as wide, nobody looks for in a legend
WRONG = ("error", "lost", "unfinished")  # looked for however small


@dataclass
class Notes:
    """The liberties that were taken in drawing, and the kinds that can be seen.

    `busy_ns` is over how long the cores in use are averaged, 0 where they are not.
    """

    merged: bool = False
    widened: bool = False
    averaged: bool = False
    busy_ns: float = 0.0
    seen: set[str] = field(default_factory=set)

    def look(self, place: Place, rects: Rects, lanes: Rows, strip: tuple[float, float] = (0.0, 1.0)) -> None:
        """Take down a kind if what is drawn of it can be seen, or tells that something went wrong."""
        lane_px = (lanes.bottom - lanes.top) * place.height_pt / lanes.extent / place.points_per_px
        high = (rects.y1 - rects.y0) * lane_px[rects.lane] * (strip[1] - strip[0])
        wide = rects.x1 - rects.x0
        large = np.max(wide, initial=0.0) >= SEEN_PX and np.sum(wide * high) >= SEEN_PX2
        if large or (len(rects) and rects.kind in WRONG):
            self.seen.add(rects.kind)
