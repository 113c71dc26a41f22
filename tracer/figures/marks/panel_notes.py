"""What a panel has to have said about it below the figure: kinds that need a key, and liberties taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from tracer.figures.marks.lane_positions import WHOLE, LanePositions, Strip
from tracer.figures.marks.viewport import Viewport
from tracer.timeline import Merged, Rects

SEEN_PX2, SEEN_PX = 50.0, 1.5  # what covers less, or is nowhere as wide, is not in the legend
WRONG = ("error", "lost", "unfinished")  # in the legend however small


@dataclass(frozen=True)
class PanelNotes:
    """The kinds that can be seen, and whether bars were `merged` or `widened`, or numbers `averaged`.

    `kinds` has the area that each covers, in pixels; `busy_ns` is over how long the cores in use are
    averaged, 0 where they are not.
    """

    kinds: Mapping[str, float] = field(default_factory=dict)
    merged: bool = False
    widened: bool = False
    averaged: bool = False
    busy_ns: float = 0.0

    def __or__(self, other: PanelNotes) -> PanelNotes:
        """What has to be said about both."""
        kinds = dict(self.kinds)
        for kind, area in other.kinds.items():
            kinds[kind] = kinds.get(kind, 0.0) + area
        return PanelNotes(
            kinds,
            self.merged or other.merged,
            self.widened or other.widened,
            self.averaged or other.averaged,
            max(self.busy_ns, other.busy_ns),
        )


def most_notes(kinds: Iterable[str]) -> PanelNotes:
    """The most that there can be to say about panels that may show `kinds`."""
    return PanelNotes(dict.fromkeys(kinds, np.inf), merged=True, widened=True, averaged=True, busy_ns=1.0)


def seen_area(viewport: Viewport, rects: Rects, lanes: LanePositions, strip: Strip = WHOLE) -> float | None:
    """How many pixels a kind covers; None where it cannot be seen and nothing went wrong in it."""
    lane_px = lanes.height * viewport.height_pt / lanes.extent / viewport.points_per_px
    high = (rects.y1 - rects.y0) * lane_px[rects.lane] * (strip[1] - strip[0])
    wide = rects.x1 - rects.x0
    area = float(np.sum(wide * high))
    large = np.max(wide, initial=0.0) >= SEEN_PX and area >= SEEN_PX2
    return area if large or (len(rects) > 0 and rects.kind in WRONG) else None


def notes_of(viewport: Viewport, merged: Merged, lanes: LanePositions, strip: Strip = WHOLE) -> PanelNotes:
    """What has to be said about bars that are drawn as they were `merged`, in a strip of their lanes."""
    areas = {rects.kind: seen_area(viewport, rects, lanes, strip) for rects in merged.rects}
    seen = {kind: area for kind, area in areas.items() if area is not None}
    return PanelNotes(seen, merged.merged, merged.widened)
