"""Averages over equal columns of time: of a step function, of intervals on lanes."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Floats, Integers


def step_averages(
    times: Floats, values: Floats, window: tuple[float, float], columns: int
) -> tuple[Floats, Floats]:
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


def coverage(lane: Integers, start: Floats, end: Floats, size: tuple[int, int]) -> Floats:
    """Return which share of each cell the intervals cover, 0–1; `start` and `end` are in columns.

    An interval adds its part to its first and last cell, and the whole to those between, by a running sum.
    Intervals with an unknown end count for nothing.
    """
    lanes, columns = size
    known = ~np.isnan(start) & ~np.isnan(end)
    lane = lane[known]
    start, end = np.clip(start[known], 0, columns), np.clip(end[known], 0, columns)
    first = np.minimum(start.astype(np.int64), columns - 1)
    last = np.minimum(end.astype(np.int64), columns - 1)
    wide = columns + 1
    cells = lanes * wide

    def add(column: Integers, weight: Floats) -> Floats:
        return np.bincount(lane * wide + column, weight, minlength=cells).astype(np.float64)

    one = (first == last).astype(np.float64)
    parts = add(first, np.where(one, end - start, first + 1 - start)) + add(last, (1 - one) * (end - last))
    between = add(first + 1, 1 - one) - add(last, 1 - one)
    whole = np.cumsum(between.reshape(lanes, wide), axis=1)
    return np.clip(parts.reshape(lanes, wide) + whole, 0.0, 1.0)[:, :columns]
