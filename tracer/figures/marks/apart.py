"""Texts side by side: each as near to where it is wanted as they fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracer.analysis.columns import Floats


def apart(wanted: Floats, widths: Sequence[float], room: float, gap: float) -> Floats | None:
    """The middles of texts of these widths, `gap` from one another between 0 and `room`, in their order.

    None where they do not fit.
    """
    if sum(widths) + gap * (len(widths) - 1) > room:
        return None
    at, left = wanted.astype(np.float64), 0.0
    for i in range(at.size):
        at[i] = max(at[i], left + widths[i] / 2)
        left = at[i] + widths[i] / 2 + gap
    right = room
    for i in reversed(range(at.size)):
        at[i] = min(at[i], right - widths[i] / 2)
        right = at[i] - widths[i] / 2 - gap
    return at
