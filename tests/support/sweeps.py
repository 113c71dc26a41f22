"""Sweeps that are made by hand."""

from __future__ import annotations

from tests.support.traces import MS
from tracer.analysis.sweep.predictions import ideal
from tracer.analysis.sweep.sweep import Sweep, kind_of
from tracer.analysis.sweep.trials import Trial, Value, numbers, points


def swept(times_ms: dict[Value, list[float]], option: str = "--workers", curves: bool = True) -> Sweep:
    """Make a sweep; a time of 0 is a run that failed."""
    made = [
        Trial(value, n + 1, 0 if time else 3, int(time * MS) or None, None, "")
        for value, times in times_ms.items()
        for n, time in enumerate(times)
    ]
    found = points(made)
    values = numbers(point.value for point in found)
    model = (
        tuple((value, 1.1 * time) for value, time in ideal(found[0].median_ns, values[0], values))
        if curves
        else ()
    )
    even, capped = (
        ideal(found[0].median_ns, values[0], values, most) if curves else () for most in (float("inf"), 4)
    )
    why = "" if curves else "the runs have several pools"
    return Sweep(
        option, kind_of(option), tuple(made), found, found[0], 4, model, why, even, capped, ("tracer 1",)
    )
