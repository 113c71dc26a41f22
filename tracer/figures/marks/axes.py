"""Axes in the theme's colours: time and counts along them, and words at their edges."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

from tracer.figures.style.text import Unit, exact_duration
from tracer.looks.themes import Theme
from tracer.timeline import Window

LABEL_PT, TICK_PT, HEAD_PT = 12.0, 11.5, 10.0
PANEL_HEAD_PT = 12.5


def figure_of(ax: Axes) -> Figure:
    """The whole figure that axes are in, though they may be in a part of it (`Figure.subfigures`)."""
    figure = ax.figure
    while not isinstance(figure, Figure):
        figure = figure.figure
    return figure


def time_label(window: Window, unit: Unit) -> str:
    """What a time axis shows, and what its zero is."""
    offset = _time_offset(window, unit)
    if offset:
        return f"{unit.symbol} after {exact_duration(offset * unit.ns)}, counted since {window.zero.what}"
    return f"time since {window.zero.what} ({unit.symbol})"


def style_time_axes(ax: Axes, window: Window, unit: Unit, theme: Theme, ticks: int, label: str) -> None:
    """Give axes their colours and time grid; without a `label`, as above the lowest panel, no tick labels."""
    zero = window.zero.ns / unit.ns
    low, high = (edge / unit.ns for edge in (window.start_ns, window.end_ns))
    dress(ax, theme)
    ax.set_xlim(low, high)
    shown = np.asarray(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]).tick_values(low - zero, high - zero))
    shown = shown[(shown >= low - zero) & (shown <= high - zero)]
    offset = _time_offset(window, unit)
    labels = [f"{round(tick - offset, 9):.10g}".replace("-", "−") for tick in shown.tolist()]
    ax.xaxis.set_major_locator(FixedLocator((shown + zero).tolist()))
    ax.xaxis.set_major_formatter(FixedFormatter(labels))
    ax.tick_params(axis="x", labelbottom=bool(label), length=4 if label else 0)
    if label:
        ax.set_xlabel(label, fontsize=12, color=theme.text)


def _time_offset(window: Window, unit: Unit) -> float:
    """What to take off tick labels, in `unit`: a round number if a window lies far from its zero."""
    start, length = (window.start_ns - window.zero.ns) / unit.ns, window.length_ns / unit.ns
    if start < 8 * length:
        return 0.0
    step = 10.0 ** np.ceil(np.log10(length))
    return float(np.floor(start / step) * step)


def dress(ax: Axes, theme: Theme) -> None:
    """Give axes the theme's colours: ground, frame, upright grid, ticks."""
    ax.set_facecolor(theme.panel_ground)
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
    """Write beside a point: from `offset` points to the right of it on, or where negative, up to its left.

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


def head_panel(ax: Axes, text: str, colour: str, gid: str, *, right: bool = False, bold: bool = True) -> None:
    """Say above a panel what it is, at its left edge or its right one."""
    ax.annotate(
        text,
        (1 if right else 0, 1),
        xycoords="axes fraction",
        xytext=(0, 5),
        textcoords="offset points",
        ha="right" if right else "left",
        va="bottom",
        fontsize=PANEL_HEAD_PT,
        fontweight="bold" if bold else "normal",
        color=colour,
        in_layout=False,
        annotation_clip=False,
        parse_math=False,
        gid=gid,
    )


def say_nothing_is_there(ax: Axes, text: str, theme: Theme) -> None:
    """Say in the middle of empty axes why they are empty."""
    ax.text(
        0.5,
        0.5,
        text,
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontsize=14,
        color=theme.faint,
        zorder=6,
        in_layout=False,
        gid="nothing",
        bbox={"facecolor": theme.panel, "edgecolor": "none", "pad": 3, "alpha": 0.85},
    )
