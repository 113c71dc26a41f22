"""Steps: a step function at the resolution of a figure."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Floats


def shares(times: Floats, values: Floats, window: tuple[float, float], columns: int) -> tuple[Floats, Floats]:
    """Return mean and maximum of a step function in each of `columns` equal parts of `window`.

    `values[i]` holds from `times[i]` to `times[i + 1]`; before the first and after the last instant it is 0.
    """
    edges = np.linspace(*window, columns + 1)
    if times.size < 2:
        return np.zeros(columns), np.zeros(columns)
    area = np.concatenate([[0.0], np.cumsum(np.diff(times) * values[:-1])])
    mean = np.diff(np.interp(edges, times, area)) / np.diff(edges)
    first = np.searchsorted(times, edges, side="right") - 1
    at_edge = np.where(first >= 0, values[np.maximum(first, 0)], 0.0)[:-1]
    inside = np.minimum(first + 1, times.size)
    padded = np.append(values[: inside[-1]], 0.0)
    peak = np.maximum.reduceat(padded, inside[:-1])
    peak = np.where(inside[1:] > inside[:-1], peak, 0.0)
    return mean, np.maximum(at_edge, peak)
