"""The curves of a sweep: what the model makes of its first point, and what sharing it evenly would give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tracer.analysis.findings import Case
from tracer.analysis.model import Change
from tracer.analysis.runs import makespan
from tracer.analysis.sentence import count
from tracer.analysis.sweep import CHUNKSIZE, WORKERS, Point, Sweep, Trial, Value, kind_of, points
from tracer.reading.trace import Trace

_GRID = 15
_MOST_TASKS = 2_000_000
"""Of simulated tasks on a curve, some seconds worth; beyond, only the measured values are asked."""


def evaluate(option: str, trials: Sequence[Trial], traces: Mapping[Value, Trace]) -> Sweep:
    """Return the sweep over `option`: its points, and its curves from the first of `traces`.

    `traces` has a run of each value that worked, in the order in which the values were given; at least one.
    """
    found = points(trials)
    by_value = {point.value: point for point in found}
    base = next(iter(traces))
    first, case = by_value[base], Case(traces[base])
    kind = kind_of(option) or (WORKERS if _all_fit(traces, WORKERS) else "")
    wrong = _why_not(traces, kind)
    values = [point.value for point in found]
    predicted = () if wrong else predict(case, kind, values)
    even: tuple[tuple[Value, float], ...] = ()
    capped: tuple[tuple[Value, float], ...] = ()
    if kind == WORKERS and values[0] > 0:
        grid = sorted(
            {*values, *np.geomspace(values[0], values[-1], 40).tolist(), *_within(values, case.cores)}
        )
        even = ideal(first, grid)
        # Who waits for something else than a core is not held by the number of cores.
        if case.share("blocked") <= 0.5 and values[-1] > case.cores:
            capped = ideal(first, grid, case.cores)
    meta = case.trace.meta
    made_by = (f"tracer {meta.get('tracer_version', '')}".strip(), f"Python {meta.get('python', '')}".strip())
    return Sweep(
        option, kind, tuple(trials), found, first, case.cores, predicted, wrong, even, capped, made_by
    )


def _within(values: Sequence[Value], cores: int) -> list[int]:
    return [cores] if values[0] < cores < values[-1] else []


def _why_not(traces: Mapping[Value, Trace], kind: str) -> str:
    """Return why there is no prediction; empty where there can be one."""
    if not kind:
        return "the model knows workers and chunk sizes only"
    if any(value < 1 or value != round(value) for value in traces):
        return f"the model knows whole numbers of {kind} from 1 on"
    return next((wrong for value, trace in traces.items() if (wrong := mismatch(trace, kind, value))), "")


def _all_fit(traces: Mapping[Value, Trace], kind: str) -> bool:
    return all(not mismatch(trace, kind, value) for value, trace in traces.items())


def ideal(
    first: Point, values: Sequence[Value], most: float = float("inf")
) -> tuple[tuple[Value, float], ...]:
    """Return the first point's time shared by so many workers as each value says, at most by `most`."""
    least = min(first.value, most)
    return tuple((value, first.median_ns * least / min(value, most)) for value in values)


def mismatch(trace: Trace, kind: str, value: Value) -> str:
    """Return why the model cannot stand for this run's setting; empty where it can.

    It changes the one pool that it knows, as a whole: so the run must have one pool, all set to `value`.
    """
    case = Case(trace)
    load = case.load
    if load is None or load.row is None:
        return "no pool finished a task"
    if trace.tasks["pool"].nunique() > 1:
        return "the runs have several pools"
    if kind == WORKERS:
        return "" if case.pool_size == value else f"a run had {count(case.pool_size, 'worker')}, not {value}"
    largest = np.zeros(int(load.job.max()) + 1, np.int64)
    np.maximum.at(largest, load.job, load.items)
    items = np.bincount(load.job, load.items)
    same = bool((largest == np.minimum(int(value), items)).all())
    return "" if same else f"not all tasks of a run came in chunks of {value}"


def predict(case: Case, kind: str, values: Sequence[Value]) -> tuple[tuple[Value, float], ...]:
    """Return the makespan that the model makes of a run with other values, at these and between them."""
    load, span = case.load, makespan(case.trace)
    if load is None or span is None:
        return ()
    beside = span[1] - span[0] - case.model.measured_ns
    asked = sorted({round(value) for value in (*values, *np.geomspace(min(values), max(values), _GRID))})
    tasks = [len(load) if kind == WORKERS else int(load.items.sum()) // value for value in asked]
    if sum(tasks) > _MOST_TASKS:
        asked = sorted({round(value) for value in values})
    changes = {
        value: Change(chunksize=value) if kind == CHUNKSIZE else Change(workers=value) for value in asked
    }
    return tuple((value, case.predict(change).predicted_ns + beside) for value, change in changes.items())
