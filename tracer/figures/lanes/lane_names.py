"""The names of a chart's lanes, and how much room they need."""

from __future__ import annotations

import numpy as np

from tracer.figures.marks.lane_labels import LaneLabels
from tracer.figures.marks.lane_positions import LanePositions, stack
from tracer.figures.style.text import clean
from tracer.looks.palette import Looks
from tracer.timeline import Lane, ProcessTimeline

NAME_PT = 13.5  # room for the name of a hidden thread


def lane_positions(chart: ProcessTimeline, room_pt: float) -> LanePositions:
    """Put the lanes of a chart under one another, in about so many points of height.

    Hidden threads have thin lanes; where all are low, theirs are made less thin, so that their names fit.
    """
    heights = np.array([lane.height for lane in chart.lanes])
    unit_pt = room_pt / max(heights.sum(), 1.0)
    hidden = np.array([lane.is_hidden for lane in chart.lanes], dtype=np.bool_)
    heights[hidden] = np.clip(NAME_PT / unit_pt, heights[hidden], 1.0)
    return stack(heights.tolist())


def lane_labels(
    chart: ProcessTimeline, lanes: LanePositions, looks: Looks, numbered: bool = True
) -> LaneLabels:
    """The labels of a chart's lanes, with the workers' numbers if `numbered`."""
    texts = [_name(lane) for lane in chart.lanes]
    numbers = [lane.number if numbered else None for lane in chart.lanes]
    minor, out = ([getattr(lane, name) for lane in chart.lanes] for name in ("is_hidden", "stands_out"))
    return LaneLabels(texts, lanes.middle, numbers, minor, out, looks)


def heading(chart: ProcessTimeline) -> str:
    """What the labels of a chart's lanes are made of."""
    pinned = any(lane.pinned for lane in chart.lanes)
    return "name · PID · bound to" if pinned else "name · PID"


def _name(lane: Lane) -> str:
    """A lane's name, shortened, its PID, and the cores that it was bound to."""
    parts = [clean(lane.name, 26)]
    if lane.pid is not None and not lane.is_hidden:
        parts.append(str(lane.pid))
    if lane.pinned:
        cores = ", ".join(map(str, lane.pinned))
        parts.append(f"core {cores}" if len(lane.pinned) == 1 else clean(f"cores {cores}", 16))
    return " · ".join(parts)
