"""The critical path on the lanes of a view."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Floats, Integers
from tracer.analysis.critical import CriticalPath
from tracer.timeline.processes import ProcessTimeline


def stretches(chart: ProcessTimeline, path: CriticalPath) -> tuple[Integers, Floats, Floats]:
    """The path's stretches in time: place of the lane (-1: none of the view's), start and end in ns."""
    places = [
        chart.index.roles.get((int(one["process"]), str(one["role"])), -1)
        if one["kind"] == "hidden"
        else int(chart.index(np.array([one["process"]]), np.array([one["tid"]]))[0])
        for one in path.lanes.to_dict("records")
    ]
    lane = np.array([*places, -1], np.int64)[path.steps["lane"].to_numpy(np.int64)]
    start, end = path.steps["start"].to_numpy(np.float64), path.steps["end"].to_numpy(np.float64)
    opens = np.append(True, lane[1:] != lane[:-1])[: lane.size]
    return lane[opens], start[opens], end[np.append(opens[1:], True)] if lane.size else end
