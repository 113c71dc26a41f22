"""The names of functions on their lanes, where there are several: over bars that have no room for them."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Integers
from tracer.figures.marks.lane_positions import LanePositions, Strip
from tracer.figures.marks.viewport import Viewport
from tracer.figures.style.text import LEAST_PT, clean, size_within, width_pt
from tracer.timeline import RUNS, ProcessTimeline

LARGEST_PT = 12.0
LONGEST = 24  # characters of a name
MOST_NAMES = 80
DENSE = 0.6  # of a stretch that is named, so much at least is bars of its tasks


def name_stretches(view: Viewport, chart: ProcessTimeline, lanes: LanePositions, strip: Strip) -> Integers:
    """Name stretches whose bars are each too narrow for a name; return their tasks: these get no number."""
    none = np.zeros(0, np.int64)
    if chart.functions is None:
        return none
    runs = [group for group in chart.bars if group.kind in RUNS]
    per_ns = view.width_pt / view.window.length_ns
    high = lanes.height * view.height_pt / lanes.extent * (strip[1] - strip[0])
    named: list[Integers] = []
    window = view.window.start_ns, view.window.end_ns
    for stretch in chart.functions.stretches(runs, window, LEAST_PT / per_ns):
        size = size_within(float(high[stretch.lane]), 0.75, LARGEST_PT)
        room = (stretch.end_ns - stretch.start_ns) * per_ns
        label = clean(stretch.function, LONGEST)
        if not size or stretch.tasks.size < 2 or stretch.covered < DENSE or len(named) == MOST_NAMES:
            continue
        width = width_pt(label, size, "bold")
        if room < width + 8 or room / stretch.tasks.size >= width + width_pt(" 00", size, "bold"):
            continue
        named.append(stretch.tasks)
        view.ax.text(
            (stretch.start_ns + stretch.end_ns) / 2 / view.unit_ns,
            lanes.at((strip[0] + strip[1]) / 2)[stretch.lane],
            label,
            fontsize=size,
            fontweight="bold",
            color=view.theme.text,
            ha="center",
            va="center_baseline",
            zorder=4.5,
            in_layout=False,
            clip_on=True,
            parse_math=False,
            gid="function",
            bbox={"facecolor": view.theme.panel, "edgecolor": "none", "pad": 1.2, "alpha": 0.85},
        )
    return np.concatenate([none, *named])
