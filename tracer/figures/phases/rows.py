"""The rows of the figure of phases: durations over all tasks, and the numbers to write beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Floats
from tracer.analysis.functions import quantile
from tracer.analysis.phases import PHASES, Phase, TaskPhases, payload
from tracer.tables.tables import Tables
from tracer.wording import count, duration, percent, size_in_bytes

COLUMNS = ("median", "p95", "longest", "all tasks", "bytes")
WAITS = ("queued", "in_pipe", "result_waiting")  # of many tasks at once: their sum says nothing


@dataclass(frozen=True)
class Row:
    """One phase: its durations in nanoseconds, and what is written beside them."""

    phase: Phase
    values: Floats
    texts: tuple[str, ...]


def phases_title(steps: TaskPhases) -> str:
    """In one sentence, how long a task ran, and what serialization cost it."""
    run, overhead = steps.of("run"), steps.overhead_ns
    typical, cost = quantile(run, 0.5), quantile(overhead, 0.5)
    if typical is None:
        return "No task ran to its end"
    number = int((~np.isnan(run)).sum())
    if cost is None:
        longest = duration(quantile(run, 1.0) or typical)
        half = f"Half of {count(number, 'task')} ran {duration(typical)} or longer, the longest {longest}"
        return f"The task ran {duration(typical)}" if number == 1 else half
    part = f"{percent(steps.overhead_share)} of both"
    if number == 1:
        return f"The task ran {duration(typical)}; its serialization took {duration(cost)}, {part}"
    each = f"Medians of {count(number, 'task')}: run {duration(typical)}, serialization {duration(cost)}"
    return f"{each}; in sum, serialization is {part}"


def phase_rows(trace: Tables, steps: TaskPhases) -> list[Row]:
    """The phases that some task has, in the order of a task's way."""
    result = []
    for phase in PHASES:
        values = steps.of(phase.name)
        known = ~np.isnan(values)
        if known.any() and np.nanmax(values) > 0:
            result.append(Row(phase, values[known], _texts(trace, steps, phase, values[known])))
    return result


def _texts(trace: Tables, steps: TaskPhases, phase: Phase, values: Floats) -> tuple[str, ...]:
    numbers = [duration(float(np.quantile(values, share))) for share in (0.5, 0.95, 1.0)]
    said, found = "", payload(trace, steps, phase.name)
    if found is not None and phase.name.endswith("pickling"):
        said = f"{size_in_bytes(found.each)} each, {size_in_bytes(found.total)}"
    elif found is not None and found.per_second is not None:
        said = f"{size_in_bytes(found.per_second)}/s"
    together = "" if phase.name in WAITS else duration(float(values.sum()))
    return (*numbers, together, said)


def lowest(shown: list[Row]) -> float:
    """The left end of the scale: below nearly all that took any time."""
    values = np.concatenate([row.values for row in shown])
    lowest = float(np.quantile(values[values > 0], 0.002))
    return float(10 ** np.floor(np.log10(max(lowest, 1.0))))
