"""Axes: time axes, lane labels and the other things at the edges of a panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from tracer.analysis.columns import Floats
from tracer.figures.marks.rectangles import Rows
from tracer.figures.style.palette import Looks, Theme, ink_on
from tracer.figures.style.text import Unit, exact_duration

LABEL_PT, TICK_PT, HEAD_PT, CHIP_PT = 12.0, 11.5, 10.0, 17.0


def axis_offset(start: float, end: float, unit: Unit) -> float:
    """Return what to take off tick labels, in `unit`: a round number if a window lies far from zero."""
    length = (end - start) / unit.ns
    if start / unit.ns < 8 * length:
        return 0.0
    step = 10.0 ** np.ceil(np.log10(length))
    return float(np.floor(start / unit.ns / step) * step)


def axis_label(start: float, end: float, unit: Unit) -> str:
    """Return what the time axis shows."""
    offset = axis_offset(start, end, unit)
    if not offset:
        return f"time since the trace began ({unit.symbol})"
    return f"{unit.symbol} after {exact_duration(offset * unit.ns)}"


def style_axes(ax: Axes, theme: Theme, unit: Unit, last: bool, start: float, end: float, ticks: int) -> None:
    """Give an axes its colours, time grid and, for the lowest panel, its tick labels."""
    offset = axis_offset(start, end, unit)
    dress(ax, theme)
    ax.set_xlim(start / unit.ns, end / unit.ns)
    ax.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{round(value - offset, 9):.10g}"))
    ax.tick_params(axis="x", labelbottom=last, length=4 if last else 0)


def dress(ax: Axes, theme: Theme) -> None:
    """Give axes the theme's colours: ground, frame, upright grid, ticks."""
    ax.set_facecolor(theme.panel)
    ax.grid(axis="x", color=theme.grid, linewidth=0.9)
    ax.set_axisbelow(True)
    ax.tick_params(axis="x", colors=theme.text, labelsize=TICK_PT, length=4)
    ax.tick_params(axis="y", colors=theme.text, labelsize=TICK_PT, length=0)
    for spine in ax.spines.values():
        spine.set_color(theme.grid)
        spine.set_in_layout(False)


def beside(
    ax: Axes, x: float, y: float, text: str, offset: float, size: float, colour: str, **more: Any
) -> None:
    """Write at a point, `offset` points beside it: to the left of it the text ends there, else begins there.

    `x` and `y` are in data coordinates if `more`, properties of the text, do not name others (`xycoords`).
    """
    style = {"ha": "right" if offset < 0 else "left", "parse_math": False, "annotation_clip": False, **more}
    ax.annotate(
        text,
        (x, y),
        xytext=(offset, 0),
        textcoords="offset points",
        va="center_baseline",
        fontsize=size,
        color=colour,
        **style,
    )


def say_nothing_is_there(ax: Axes, text: str, theme: Theme) -> None:
    """Write in the middle of empty axes why they are."""
    ax.text(
        0.5,
        0.5,
        text,
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontsize=14,
        color=theme.faint,
        gid="nothing",
    )


@dataclass(frozen=True)
class LaneLabels:
    """What to write beside lanes: texts, where (in lane units), workers' numbers, and which may yield.

    `looks` are those of the workers.
    """

    texts: Sequence[str]
    middles: Floats
    numbers: Sequence[int | None]
    minor: Sequence[bool]
    looks: Looks


def label_lanes(
    ax: Axes, lanes: Rows, labels: LaneLabels, height_pt: float, theme: Theme, first: bool
) -> None:
    """Write lane labels at the left, as large as lanes allow; where there is no room for all, some stay away.

    Each worker's number stands beside its name on the worker's colour: the key to the cores panel.
    """
    ax.set_ylim(lanes.extent, 0)
    if not len(labels.texts) or not first:
        ax.set_yticks([])
        return
    unit_pt = height_pt / lanes.extent
    size = float(np.clip(0.72 * unit_pt, 8.5, LABEL_PT))
    shown = _with_room(labels, 1.2 * size / unit_pt)
    ax.set_yticks(labels.middles[shown], [labels.texts[i] for i in shown], fontsize=size, color=theme.text)
    for i, label in zip(shown, ax.get_yticklabels(), strict=True):
        label.set_parse_math(False)
        if labels.minor[i]:
            label.set(fontsize=0.85 * size, color=theme.faint)
    numbered = [(float(labels.middles[i]), number) for i, number in enumerate(labels.numbers) if number]
    ax.tick_params(axis="y", pad=24 if numbered else 6)
    if numbered:
        least = min((lanes.bottom - lanes.top)[i] for i, number in enumerate(labels.numbers) if number)
        _chips(ax, numbered, CHIP_PT, float(min(least * unit_pt, CHIP_PT)), labels, theme)


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


def _with_room(labels: LaneLabels, spacing: float) -> list[int]:
    """Choose labels at least `spacing` apart, minor ones only where all others leave room."""
    shown: list[int] = []
    for minor in (False, True):
        for i in range(len(labels.texts)):
            y = labels.middles[i]
            need = [spacing * (1 - 0.11 * (minor + labels.minor[j])) for j in shown]
            if labels.minor[i] == minor and all(
                abs(y - labels.middles[j]) >= least for j, least in zip(shown, need, strict=True)
            ):
                shown.append(i)
    return sorted(shown)


def _chips(
    ax: Axes,
    numbered: Sequence[tuple[float, int]],
    wide: float,
    high: float,
    labels: LaneLabels,
    theme: Theme,
) -> None:
    """Draw the workers' chips, one collection a hatch, and their numbers where those can be read."""
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    shift = ScaledTranslation(-12 / 72, 0, figure.dpi_scale_trans)
    beside = blended_transform_factory(ax.transAxes, ax.transData)
    looks = {number: labels.looks(number) for _, number in numbered}
    low, top = -high / wide, high / wide
    flat = MarkerStyle(Path([(-1, low), (1, low), (1, top), (-1, top), (-1, low)], closed=True))
    for hatch in dict.fromkeys(look.hatch for look in looks.values()):
        mine = [(y, looks[number].colour) for y, number in numbered if looks[number].hatch == hatch]
        artist = ax.scatter(
            np.zeros(len(mine)),
            [y for y, _ in mine],
            s=wide**2,
            marker=flat,
            clip_on=False,
            zorder=1,
            c=[colour for _, colour in mine],
            transform=beside + shift,
            gid="chips",
            linewidths=0,
            hatch=hatch or None,
            edgecolors=theme.background,
        )
        artist.set_in_layout(False)
    for y, number in numbered if high >= 9 else ():
        look = looks[number]
        ax.annotate(
            f"{number}",
            (0, y),
            xycoords=beside,
            xytext=(-12, 0),
            textcoords="offset points",
            ha="center",
            fontsize=min(0.62 * high, 10.5),
            fontweight="bold",
            color=ink_on(look.colour),
            va="center_baseline",
            in_layout=False,
            annotation_clip=False,
            gid="chip",
            bbox={"facecolor": look.colour, "edgecolor": "none", "pad": 0.8} if look.hatch else None,
        )


def label_counts(ax: Axes, top: float, label: str, theme: Theme, first: bool) -> None:
    """Give a panel of counts its y axis: whole numbers from 0 to a little above `top`."""
    ax.set_ylim(0, 1.3 * top)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.tick_params(axis="y", labelleft=first)
    if first:
        ax.set_ylabel(label, fontsize=LABEL_PT, color=theme.text)
