"""The values of a sweep on their axis: numbers to scale or by doublings, names side by side."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from tracer.analysis.columns import Floats
from tracer.analysis.sweep.sweep import CHUNKSIZE, PREFETCH, WORKERS, Sweep
from tracer.analysis.sweep.trials import Value, told
from tracer.figures.marks.axes import TICK_PT
from tracer.figures.style.text import clean, width_pt

SPREAD = 4.0
"""Where the largest value is so many times the smallest, doublings are drawn equally far apart."""
AXIS_PT = 850.0  # the axis's length, about


def mark_values(ax: Axes, swept: Sweep) -> None:
    """Give the axis of the values its scale and its ticks."""
    values = [point.value for point in swept.points]
    at = np.array([position_of(swept, value) for value in values])
    doubling = not swept.named and at[0] > 0 and at[-1] >= SPREAD * at[0]
    places = np.log2(at) if doubling else at
    edge = 0.5 if swept.named else 0.06 * (places[-1] - places[0]) or 1.0
    limits = np.array([places[0] - edge, places[-1] + edge])
    if doubling:
        ax.set_xscale("log", base=2)
    ax.set_xlim(*(np.exp2(limits) if doubling else limits))
    labels = [name_of(value) for value in values]
    if not swept.named:
        labels = _with_room(labels, (places - limits[0]) / np.ptp(limits))
    elif max(width_pt(label, TICK_PT) for label in labels) + 6 > AXIS_PT / len(labels):
        ax.tick_params(axis="x", rotation=90)
    ax.xaxis.set_major_locator(FixedLocator(at.tolist()))
    ax.xaxis.set_major_formatter(FixedFormatter(labels))
    ax.xaxis.set_minor_locator(NullLocator())


def name_of(value: Value, longest: int = 60) -> str:
    """A value as data: a dollar sign in it begins no formula."""
    return clean(told(value), longest).replace("$", r"\$")


def position_of(swept: Sweep, value: Value) -> float:
    """Where a value stands on its axis."""
    if isinstance(value, str):
        return float([point.value for point in swept.points].index(value))
    return float(value)


def _with_room(labels: list[str], places: Floats) -> list[str]:
    """The labels, those empty for which there is no room; `places` are shares of the axis."""
    need = [width_pt(label, TICK_PT) + 6 for label in labels]
    at = places * AXIS_PT
    kept = [len(labels) - 1]
    for i in range(len(labels) - 1):
        if all(abs(at[i] - at[j]) >= (need[i] + need[j]) / 2 for j in kept):
            kept.append(i)
    return [label if i in kept else "" for i, label in enumerate(labels)]


def axis_name(swept: Sweep) -> str:
    """What the axis of the values shows."""
    usual = {
        WORKERS: "workers",
        CHUNKSIZE: "chunk size (items a task)",
        PREFETCH: "prefetch factor (batches handed over to a worker)",
    }
    given = swept.option.strip("-=")
    name = usual.get(swept.kind, given)
    return name if name == given or not swept.kind else f"{name}: {clean(swept.option.strip('='), 40)}"
