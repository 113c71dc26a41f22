"""Zero: the instant from which figures, findings and the terminal count the time of a run.

    the trace begins ─ Python starts, nothing to see ─ 0: the first import, process or task ─ …

The tables count from the trace's own beginning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.cache import cached
from tracer.analysis.columns import Floats, equals, floats
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class Zero:
    """An instant, in nanoseconds since the trace began, and what happened then."""

    ns: float = 0.0
    what: str = "the trace began"


TRACE_BEGAN = Zero()


@cached
def zero(trace: Tables) -> Zero:
    """Return the first that a run's picture shows: a recorded step, a process that is started, or a task.

    What a program imports is left out where a scenario has told its lesson, which begins later.
    """
    people = trace.processes
    children = ~equals(people, "role", "main")
    steps = trace.spans
    if trace.meta.get("headline"):
        steps = steps[~equals(steps, "category", "import")]
    found = [
        (_first(floats(steps, "start")), "the program's first step"),
        (_first(floats(people, "start_called")[children]), "the first process was started"),
        (_first(floats(trace.tasks, "submitted")), "the first task was submitted"),
    ]
    at, what = min(found, key=lambda one: one[0])
    if not np.isfinite(at):
        return TRACE_BEGAN
    if what == found[0][1]:
        what = _step(trace, at)
    return Zero(max(at, 0.0), what)


def _first(times: Floats) -> float:
    return float(np.nanmin(times)) if (~np.isnan(times)).any() else np.inf


def _step(trace: Tables, at: float) -> str:
    category = trace.spans["category"][floats(trace.spans, "start") == at].iloc[0]
    began = {"import": "the first import began", "user": "the first stage began"}
    return began.get(category, "the first step was recorded")
