"""Labels of lanes: names at the left of a panel, each worker's number beside its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from tracer.analysis.columns import Floats
from tracer.figures.marks.axes import HEAD_PT, LABEL_PT, figure_of
from tracer.figures.marks.lane_positions import LanePositions
from tracer.figures.style.text import LEAST_PT, size_within
from tracer.looks.palette import Looks, ink_on
from tracer.looks.themes import Theme

CHIP_PT = 17.0
NUMBER_PT = 10.5  # of a chip
SPACING, ROUNDING = 1.08, 1e-9  # of labels, in sizes of their text


@dataclass(frozen=True)
class LaneLabels:
    """What to write beside lanes: texts, where (in lane units), and workers' numbers.

    Where there is no room for all, those that stand `out` are written first and `minor` ones last. `looks`
    are those of the workers.
    """

    texts: Sequence[str]
    middles: Floats
    numbers: Sequence[int | None]
    minor: Sequence[bool]
    out: Sequence[bool]
    looks: Looks


def label_lanes(
    ax: Axes, lanes: LanePositions, labels: LaneLabels, height_pt: float, theme: Theme, first: bool
) -> None:
    """Write lane labels at the left, as large as the lanes allow; some are left out where there is no room.

    Each worker's number stands beside its name on the worker's colour: the key to the cores panel.
    """
    ax.set_ylim(lanes.extent, 0)
    if not len(labels.texts) or not first:
        ax.set_yticks([])
        return
    unit_pt = height_pt / lanes.extent
    size = float(np.clip(0.72 * unit_pt, LEAST_PT, LABEL_PT))
    small = max(0.85 * size, LEAST_PT)
    shown = _with_room(labels, np.where(labels.minor, small, size) * SPACING / unit_pt)
    ax.set_yticks(labels.middles[shown], [labels.texts[i] for i in shown], fontsize=size, color=theme.text)
    for i, label in zip(shown, ax.get_yticklabels(), strict=True):
        label.set_parse_math(False)
        if labels.minor[i]:
            label.set(fontsize=small, color=theme.faint)
    numbered = [(float(labels.middles[i]), number) for i, number in enumerate(labels.numbers) if number]
    ax.tick_params(axis="y", pad=24 if numbered else 6)
    if numbered:
        least = min(lanes.height[i] for i, number in enumerate(labels.numbers) if number)
        _chips(ax, numbered, float(min(least * unit_pt, CHIP_PT)), labels.looks, theme)


def head_labels(ax: Axes, text: str, theme: Theme, left: float = 24.0) -> None:
    """Say above the lane labels, which end `left` points from the axes, what they are made of."""
    ax.annotate(
        text,
        (0, 1),
        xycoords="axes fraction",
        xytext=(-left, 5),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=HEAD_PT,
        color=theme.faint,
        in_layout=False,
        annotation_clip=False,
        gid="labels-head",
    )


def _with_room(labels: LaneLabels, high: Floats) -> list[int]:
    """Choose labels, so `high` each, that are apart: those that stand out, then others, minor ones last."""
    shown: list[int] = []
    rank = [0 if out else 1 + minor for out, minor in zip(labels.out, labels.minor, strict=True)]
    for i in sorted(range(len(rank)), key=lambda i: rank[i]):
        y = labels.middles[i]
        need = [(high[i] + high[j]) / 2 - ROUNDING for j in shown]
        if all(abs(y - labels.middles[j]) >= least for j, least in zip(shown, need, strict=True)):
            shown.append(i)
    return sorted(shown)


def _chips(ax: Axes, numbered: Sequence[tuple[float, int]], high: float, looks: Looks, theme: Theme) -> None:
    """Draw the workers' chips, one collection a hatch, and their numbers where those can be read.

    `numbered` has the middle of each worker's lane, and its number; `high` is a chip's height in points.
    """
    shift = ScaledTranslation(-12 / 72, 0, figure_of(ax).dpi_scale_trans)
    beside = blended_transform_factory(ax.transAxes, ax.transData)
    of_worker = {number: looks(number) for _, number in numbered}
    low, top = -high / CHIP_PT, high / CHIP_PT
    flat = MarkerStyle(Path([(-1, low), (1, low), (1, top), (-1, top), (-1, low)], closed=True))
    for hatch in dict.fromkeys(look.hatch for look in of_worker.values()):
        alike = [(y, of_worker[number]) for y, number in numbered if of_worker[number].hatch == hatch]
        artist = ax.scatter(
            np.zeros(len(alike)),
            [y for y, _ in alike],
            s=CHIP_PT**2,
            marker=flat,
            clip_on=False,
            zorder=1,
            c=[look.colour for _, look in alike],
            transform=beside + shift,
            gid="chips",
            linewidths=0,
            hatch=hatch or None,
            edgecolors=theme.background,
        )
        artist.set_in_layout(False)
    size = size_within(high, 0.62, NUMBER_PT)
    for y, number in numbered if size else ():
        look = of_worker[number]
        ax.annotate(
            f"{number}",
            (0, y),
            xycoords=beside,
            xytext=(-12, 0),
            textcoords="offset points",
            ha="center",
            fontsize=size,
            fontweight="bold",
            color=ink_on(look.colour),
            va="center_baseline",
            in_layout=False,
            annotation_clip=False,
            gid="chip",
            bbox={"facecolor": look.colour, "edgecolor": "none", "pad": 0.8} if look.hatch else None,
        )
