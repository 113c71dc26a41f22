"""The panel of cores: who held which core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from tracer.figures.gantt.panel import OF_PANEL
from tracer.figures.lanes.selected import until
from tracer.figures.marks.lane_labels import LaneLabels, label_lanes
from tracer.figures.marks.lane_positions import LanePositions
from tracer.figures.marks.panel_notes import PanelNotes, seen_area
from tracer.figures.marks.rectangles import draw_rects
from tracer.figures.marks.viewport import Viewport
from tracer.figures.reveal.boxes import Area, whole
from tracer.figures.style.text import size_within, width_pt
from tracer.looks.palette import STYLE, Look, Looks, ink_on
from tracer.looks.themes import Theme
from tracer.timeline import BY, CoreTimeline, Rects, Selection
from tracer.wording import plain

MOST_NAMES = 60  # of one worker
OF_ROW, LARGEST_PT = 0.7, 12.0  # the size of a name


def key_of(kind: str) -> str:
    """The kind in a legend that a kind of bars on cores is explained by, empty for a worker's."""
    if kind.startswith(BY):
        return "other_programs"
    return {"other": "on_core", "unshown": "unshown", "moved unshown": "unshown"}.get(kind, "")


@dataclass(frozen=True)
class CoresPanel:
    """The lanes of the cores, by about `budget` rectangles.

    A run that ended on another core than it began is hatched. `workers` has the number of the worker of each
    lane of processes, None where it has none.
    """

    cores: CoreTimeline
    workers: Sequence[int | None]
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
        """Draw who held each core, with the workers' numbers where there is room; others are not widened."""
        everywhere = np.ones(len(self.cores.lanes), dtype=np.bool_)
        ours = (group.kind for group in self.cores.bars if not group.kind.startswith(BY))
        visible = dict.fromkeys(ours, everywhere)
        merged = view.merge(self.cores.bars, len(self.cores.lanes), self.budget, visible)
        unit_pt = view.height_pt / self.lanes.extent
        self._part_cores(view)
        areas: dict[str, float] = {}
        for rects in merged.rects:
            if (kind := key_of(rects.kind)) and (area := seen_area(view, rects, self.lanes)):
                areas[kind] = areas.get(kind, 0.0) + area
            if rects.kind.startswith(BY):
                self._draw_others(view, rects, unit_pt)
                continue
            moved, _, name = rects.kind.rpartition(" ")
            number = int(name) if name.isdigit() else None
            look = Look(self.theme.fill(STYLE["unshown"])) if kind == "unshown" else self.looks(number)
            look = look.moved() if moved else look
            ground, gid = self.theme.background, f"core-{rects.kind.replace(' ', '-')}"
            draw_rects(view, rects, self.lanes, look.colour, hatch=look.hatch, hatch_colour=ground, gid=gid)
            if number is not None:
                self._name(view, rects, number, self._size(rects, unit_pt), look.colour, look.hatch)
        return PanelNotes(areas, merged=merged.merged, widened=merged.widened)

    def selected(self, view: Viewport, selection: Selection) -> list[Area]:
        """What the workers of the selected lanes held, and of stretches of lanes, what they held then."""
        areas = [Area(until(view, selection))]
        for place, number in enumerate(self.workers):
            names = frozenset(f"core-{kind}{number}" for kind in ("", "moved-", "worker-"))
            if place in selection.lanes and number:
                areas.append(Area(whole(view.ax), names))
            elif place in selection.lanes and place == 0:
                areas.append(Area(whole(view.ax), frozenset({"core-other"})))
            mine = selection.lane == place
            if number and mine.any():
                times = np.stack([selection.start_ns[mine], selection.end_ns[mine]], axis=1) / view.unit_ns
                areas.append(Area(np.insert(times, [2, 2], sorted(view.ax.get_ylim()), axis=1), names))
        return areas

    def _size(self, rects: Rects, unit_pt: float) -> float:
        least = np.min(self.lanes.height[rects.lane], initial=1.0)
        return size_within(unit_pt * float(least), OF_ROW, LARGEST_PT)

    def _draw_others(self, view: Viewport, rects: Rects, unit_pt: float) -> None:
        """Draw when another program had a core, with its name where there is room."""
        kind, name = STYLE["other_programs"], rects.kind.removeprefix(BY)
        colour, ink = self.theme.fill(kind), self.theme.ink(kind)
        draw_rects(
            view, rects, self.lanes, colour, hatch=kind.hatch, hatch_colour=ink, gid="core-other-program"
        )
        if name:
            self._name(view, rects, name, self._size(rects, unit_pt), colour, kind.hatch)

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
            gid="edge",
        )

    def _name(
        self, view: Viewport, rects: Rects, who: int | str, size: float, colour: str, hatch: str
    ) -> None:
        """Write who had the core, a worker or another program, into the bars that have room for it."""
        if not size:
            return
        label, gid = (
            (f"W{who}", f"core-worker-{who}") if isinstance(who, int) else (plain(who), "core-program")
        )
        room = (rects.x1 - rects.x0) * view.points_per_px
        fits = np.flatnonzero(rects.exact & (room > width_pt(label, size, "bold") + 5))
        x = view.x((rects.x0 + rects.x1) / 2)
        pill = {"facecolor": colour, "edgecolor": "none", "pad": 1.0} if hatch else None
        for i in fits[np.argsort(-room[fits], kind="stable")][:MOST_NAMES].tolist():
            view.ax.text(
                x[i],
                self.lanes.middle[rects.lane[i]],
                label,
                fontsize=size,
                fontweight="bold",
                color=ink_on(colour),
                ha="center",
                va="center_baseline",
                zorder=4,
                in_layout=False,
                clip_on=True,
                gid=gid,
                bbox=pill,
            )
