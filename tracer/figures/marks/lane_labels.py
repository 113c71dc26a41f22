"""Lane labels: who each lane of a chart is, and how much room its name needs."""

from __future__ import annotations

import numpy as np

from tracer.figures.marks.axes import LaneLabels
from tracer.figures.marks.rectangles import Rows, rows
from tracer.figures.style.palette import Looks
from tracer.figures.style.text import clean
from tracer.timeline import Chart, CoreChart, Lane

NAME_PT = 11.5  # room for the name of a hidden thread


def lane_rows(chart: Chart, room_pt: float) -> Rows:
    """Put the lanes of a chart under one another, in about so many points of height.

    Hidden threads have thin lanes; where all are low, theirs are made less thin, so that their names fit.
    """
    heights = np.array([lane.height for lane in chart.lanes])
    unit_pt = room_pt / max(heights.sum(), 1.0)
    hidden = np.array([lane.is_hidden for lane in chart.lanes], dtype=np.bool_)
    heights[hidden] = np.clip(NAME_PT / unit_pt, heights[hidden], 1.0)
    return rows(heights.tolist())


def of_lanes(chart: Chart, lanes: Rows, looks: Looks, numbered: bool = True) -> LaneLabels:
    """Return the labels of a chart's lanes, with the workers' numbers if `numbered`."""
    texts = [label_of(lane) for lane in chart.lanes]
    numbers = [lane.number if numbered else None for lane in chart.lanes]
    return LaneLabels(texts, lanes.middle, numbers, [lane.is_hidden for lane in chart.lanes], looks)


def of_cores(cores: CoreChart, lanes: Rows, looks: Looks) -> LaneLabels:
    """Return one label a core, in the middle of its rows."""
    firsts = [i for i, lane in enumerate(cores.lanes) if lane.row == 0]
    lasts = [i + cores.lanes[i].rows - 1 for i in firsts]
    middles = (lanes.top[firsts] + lanes.bottom[lasts]) / 2
    texts = [f"core {cores.lanes[i].core}" for i in firsts]
    return LaneLabels(texts, middles, [None] * len(texts), [False] * len(texts), looks)


def heading(chart: Chart) -> str:
    """Return what the labels of a chart's lanes are made of."""
    pinned = any(lane.pinned for lane in chart.lanes)
    return "name · PID · bound to" if pinned else "name · PID"


def label_of(lane: Lane) -> str:
    """Return a lane's label: its name, shortened, its PID, and the cores that it was bound to."""
    parts = [clean(lane.name, 26)]
    if lane.pid is not None and not lane.is_hidden:
        parts.append(str(lane.pid))
    if lane.pinned:
        cores = ", ".join(map(str, lane.pinned))
        parts.append(f"core {cores}" if len(lane.pinned) == 1 else clean(f"cores {cores}", 16))
    return " · ".join(parts)
