"""Where a selection lies on lanes, as boxes of their panel."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Floats
from tracer.figures.marks.lane_positions import LanePositions
from tracer.figures.marks.viewport import Viewport
from tracer.figures.reveal.boxes import Area, drawn, whole
from tracer.timeline import Selection
from tracer.timeline.level_of_detail import VISIBLE_PX

BEYOND = 1.0
"""So far beyond a panel's edges, in units of its y axis, reaches what is all of it: notes stand there."""


def until(view: Viewport, selection: Selection) -> Floats:
    """All of a panel up to the instant until which everything is selected."""
    box = whole(view.ax) + np.array([0, 0, -BEYOND, BEYOND])
    if not selection.full:
        box[:, 1] = np.minimum(box[:, 1], selection.until_ns / view.unit_ns)
    return np.asarray(box[box[:, 1] > box[:, 0]])


def on_lanes(view: Viewport, lanes: LanePositions, selection: Selection) -> list[Area]:
    """The selected lanes, stretches of lanes and kinds of bars, and what lies before an instant."""
    names = (f"{kind}{size}" for kind in selection.kinds for size in ("", "-small", "-merged"))
    parts = (
        until(view, selection),
        _whole_lanes(view, lanes, selection),
        _stretches(view, lanes, selection),
        drawn(view.ax, *names),
    )
    return [Area(boxes) for boxes in parts]


def _whole_lanes(view: Viewport, lanes: LanePositions, selection: Selection) -> Floats:
    """Lanes with half the gaps around them."""
    edges = np.concatenate([[0.0], (lanes.bottom[:-1] + lanes.top[1:]) / 2, [lanes.extent]])
    left, right = view.ax.get_xlim()
    return np.array([[left, right, edges[i], edges[i + 1]] for i in sorted(selection.lanes)]).reshape(-1, 4)


def _stretches(view: Viewport, lanes: LanePositions, selection: Selection) -> Floats:
    """Stretches as wide as bars are drawn at least."""
    start, end = selection.start_ns / view.unit_ns, selection.end_ns / view.unit_ns
    pixel = view.window.length_ns / view.pixels / view.unit_ns
    more = np.maximum(VISIBLE_PX * pixel - (end - start), 0.0) / 2
    top, bottom = lanes.top[selection.lane], lanes.bottom[selection.lane]
    return np.stack([start - more, end + more, top, bottom], axis=1)
