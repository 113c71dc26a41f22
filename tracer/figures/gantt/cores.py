"""The panel of cores: who held which core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from tracer.figures.gantt.panel import OF_PANEL
from tracer.figures.marks.lane_labels import LaneLabels, label_lanes
from tracer.figures.marks.lane_positions import LanePositions
from tracer.figures.marks.panel_notes import PanelNotes
from tracer.figures.marks.rectangles import draw_rects
from tracer.figures.marks.viewport import Viewport
from tracer.figures.style.palette import Look, Looks, ink_on
from tracer.figures.style.text import width_pt
from tracer.figures.style.themes import Theme
from tracer.timeline import CoreTimeline, Rects

MOST_NAMES = 60  # of one worker


@dataclass(frozen=True)
class CoresPanel:
    """The lanes of the cores, by about `budget` rectangles.

    A run that ended on another core than it began is hatched.
    """

    cores: CoreTimeline
    lanes: LanePositions
    looks: Looks
    theme: Theme
    height_pt: float
    budget: int

    def label(self, ax: Axes, first: bool) -> None:
        """Write one label a core, in the middle of its rows."""
        firsts = [i for i, lane in enumerate(self.cores.lanes) if lane.row == 0]
        lasts = [i + self.cores.lanes[i].rows - 1 for i in firsts]
        middles = (self.lanes.top[firsts] + self.lanes.bottom[lasts]) / 2
        texts = [f"core {self.cores.lanes[i].core}" for i in firsts]
        plain = [False] * len(texts)
        labels = LaneLabels(texts, middles, [None] * len(texts), plain, plain, self.looks)
        label_lanes(ax, self.lanes, labels, OF_PANEL * self.height_pt, self.theme, first)

    def draw(self, view: Viewport) -> PanelNotes:
        """Draw who held each core, with the workers' numbers where there is room."""
        everywhere = np.ones(len(self.cores.lanes), dtype=np.bool_)
        visible = {group.kind: everywhere for group in self.cores.bars}
        merged = view.merge(self.cores.bars, len(self.cores.lanes), self.budget, visible)
        unit_pt = view.height_pt / self.lanes.extent
        self._part_cores(view)
        for rects in merged.rects:
            moved, _, name = rects.kind.rpartition(" ")
            number = int(name) if name.isdigit() else None
            look = self.looks(number)
            look = look.moved() if moved else look
            ground, gid = self.theme.background, f"core-{rects.kind.replace(' ', '-')}"
            draw_rects(view, rects, self.lanes, look.colour, hatch=look.hatch, hatch_colour=ground, gid=gid)
            least = np.min(self.lanes.height[rects.lane], initial=1.0)
            size = float(np.clip(0.7 * unit_pt * least, 0, 12))
            if number is not None and size >= 6.5:
                self._name_worker(view, rects, f"W{number}", size, look)
        return PanelNotes(merged=merged.merged, widened=merged.widened)

    def _part_cores(self, view: Viewport) -> None:
        """Draw a fine line between cores."""
        firsts = [i for i, lane in enumerate(self.cores.lanes) if lane.row == 0][1:]
        view.ax.hlines(
            [(self.lanes.bottom[i - 1] + self.lanes.top[i]) / 2 for i in firsts],
            0,
            1,
            transform=view.ax.get_yaxis_transform(),
            color=self.theme.grid,
            linewidth=0.8,
            zorder=1,
            in_layout=False,
        )

    def _name_worker(self, view: Viewport, rects: Rects, label: str, size: float, look: Look) -> None:
        """Write the worker's number into the bars that have room for it."""
        room = (rects.x1 - rects.x0) * view.points_per_px
        fits = np.flatnonzero(rects.exact & (room > width_pt(label, size, "bold") + 5))
        x = view.x((rects.x0 + rects.x1) / 2)
        pill = {"facecolor": look.colour, "edgecolor": "none", "pad": 1.0} if look.hatch else None
        for i in fits[np.argsort(-room[fits], kind="stable")][:MOST_NAMES].tolist():
            view.ax.text(
                x[i],
                self.lanes.middle[rects.lane[i]],
                label,
                fontsize=size,
                fontweight="bold",
                color=ink_on(look.colour),
                ha="center",
                va="center_baseline",
                zorder=4,
                in_layout=False,
                clip_on=True,
                gid="core-worker",
                bbox=pill,
            )
