"""The curves of a sweep: what the model makes of its first point, and what sharing it evenly would give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from tracer.analysis.columns import Booleans, Integers, equals, integers
from tracer.analysis.findings import Context, context_of
from tracer.analysis.model import Change
from tracer.analysis.model.changes import window_of
from tracer.analysis.model.rechunk import MOST_ITEMS
from tracer.analysis.structure.pools import of_kinds
from tracer.analysis.structure.runs import makespan
from tracer.analysis.sweep.sweep import CHUNKSIZE, PREFETCH, START_METHOD, WORKERS, Sweep, kind_of
from tracer.analysis.sweep.trials import Number, Trial, Value, numbers, points
from tracer.record.kinds import kind_of as record_kind
from tracer.tables.tables import Tables
from tracer.wording import count

Probe = Callable[[str, int, str], Sequence[float]]
"""Called with a start method, a number of workers and a kind of pool; returns when each was there (ns)."""
_SETS = {WORKERS: "workers", CHUNKSIZE: "chunksize", PREFETCH: "prefetch"}
_GRID = 15
_MOST_TASKS = 2_000_000
"""Of simulated tasks on a curve, some seconds worth; beyond, only the measured values are asked."""


def evaluate(
    option: str, trials: Sequence[Trial], traces: Mapping[Value, Tables], probe: Probe | None = None
) -> Sweep:
    """Return the sweep over `option`: its points, and its curves from the first of `traces`.

    `traces` has a run of each value that worked, in the order in which the values were given; at least one.
    `probe` measures how soon workers of a start method are there: asked only where start methods are swept.
    """
    found = points(trials)
    base = next(iter(traces))
    first, context = next(point for point in found if point.value == base), context_of(traces[base])
    meta = context.trace.meta
    made_by = (f"tracer {meta.get('tracer_version', '')}".strip(), f"Python {meta.get('python', '')}".strip())
    swept = Sweep(option, "", tuple(trials), found, first, context.cores, made_by=made_by)
    if swept.named:
        return _methods(swept, context, traces, probe)
    return _numbers(swept, context, {value: traces[value] for value in numbers(traces)})


def _methods(swept: Sweep, context: Context, traces: Mapping[Value, Tables], probe: Probe | None) -> Sweep:
    """Return the sweep with what the model makes of other start methods, where it is those that are swept."""
    if not all(_started_by(trace) == {value} for value, trace in traces.items()):
        return replace(swept, not_predicted="of names the model knows start methods only")
    wrong = next(filter(None, (_no_pool(context_of(trace)) for trace in traces.values())), "")
    wrong = wrong or ("" if probe else "how soon workers start was not measured")
    if wrong or probe is None:
        return replace(swept, kind=START_METHOD, not_predicted=wrong)
    beside = _makespan_ns(context) - context.model.measured_ns
    kind = context.load.kind if context.load else ""
    changes = {point.value: Change() for point in swept.points}
    for value in changes:
        if value != swept.first.value:
            changes[value] = Change(ready_ns=tuple(probe(str(value), context.pool_size, kind)))
    played = tuple((value, context.predict(one).predicted_ns + beside) for value, one in changes.items())
    return replace(swept, kind=START_METHOD, predicted=played)


def _started_by(trace: Tables) -> set[Value]:
    workers = trace.processes[equals(trace.processes, "role", "worker")]
    return set(workers["start_method"].dropna().astype(str))


def _numbers(swept: Sweep, context: Context, traces: Mapping[Number, Tables]) -> Sweep:
    """Return the sweep with its kind and its curves; `case` is the first of `traces`."""
    kind = kind_of(swept.option) or (WORKERS if _all_fit(traces, WORKERS) else "")
    part, wrong = _model_of(traces, kind)
    values, base, first = sorted(traces), next(iter(traces)), swept.first
    predicted = () if part is None else predict(context_of(part), kind, base, values, _makespan_ns(context))
    even: tuple[tuple[Number, float], ...] = ()
    capped: tuple[tuple[Number, float], ...] = ()
    if kind == WORKERS and values[0] > 0:
        grid = sorted(
            {*values, *np.geomspace(values[0], values[-1], 40).tolist(), *_within(values, context.cores)}
        )
        even = ideal(first.median_ns, base, grid)
        # Who waits for something else than a core is not held by the number of cores.
        if context.share("blocked") <= 0.5 and values[-1] > context.cores:
            capped = ideal(first.median_ns, base, grid, context.cores)
    return replace(swept, kind=kind, predicted=predicted, not_predicted=wrong, ideal=even, capped=capped)


def _makespan_ns(context: Context) -> float:
    begin, end = makespan(context.trace) or (0.0, 0.0)
    return end - begin


def _within(values: Sequence[Number], cores: int) -> list[int]:
    return [cores] if values[0] < cores < values[-1] else []


def _model_of(traces: Mapping[Number, Tables], kind: str) -> tuple[Tables | None, str]:
    """Return the part of the first trace that the setting holds for, or None and why there is none.

    The model changes one pool as a whole: so there must be one, and each value must be seen in its trace.
    """
    if not kind:
        return None, "the model knows workers, chunk sizes and prefetch factors only"
    if any(value < 1 or value != round(value) for value in traces):
        return None, f"the model knows whole numbers of {kind} from 1 on"
    for value, trace in traces.items():
        if wrong := mismatch(trace, kind, value):
            return None, wrong
    return _swept_calls(traces) if kind == CHUNKSIZE else (next(iter(traces.values())), "")


def _all_fit(traces: Mapping[Number, Tables], kind: str) -> bool:
    return all(not mismatch(trace, kind, value) for value, trace in traces.items())


def _swept_calls(traces: Mapping[Number, Tables]) -> tuple[Tables | None, str]:
    """Return the first trace with the tasks of those calls that in each trace came in chunks of its value."""
    fits = [_fitting(trace, int(value)) for value, trace in traces.items()]
    if len({one.size for one in fits}) > 1:
        return None, "the runs did not hand over work in equally many calls"
    swept = np.flatnonzero(np.logical_and.reduce(fits))
    trace = next(iter(traces.values()))
    if not swept.size:
        return None, "no call handed over its items in chunks of the values"
    if swept.size == fits[0].size:
        return trace, ""
    return replace(trace, tasks=trace.tasks[np.isin(_call(trace), swept)].reset_index(drop=True)), ""


def _call(trace: Tables) -> Integers:
    """Return for each task the number of the call that handed it over, in the order of time.

    joblib and data loaders hand over one task as another ends: all of those are of one call.
    """
    one_by_one = of_kinds(trace, lambda kind: kind.window_grows or kind.loads_ahead)
    submitted = np.where(one_by_one, -1, integers(trace.tasks, "submitted"))
    return np.unique(submitted, return_inverse=True)[1].astype(np.int64)


def _fitting(trace: Tables, chunksize: int) -> Booleans:
    """Tell for each call whether its largest task has `chunksize` items, or all that there are."""
    call, items = _call(trace), integers(trace.tasks, "items", missing=1)
    largest = np.zeros(int(call.max(initial=-1)) + 1, np.int64)
    np.maximum.at(largest, call, items)
    return np.asarray(largest == np.minimum(chunksize, np.bincount(call, items, largest.size)), np.bool_)


def ideal(
    time_ns: float, workers: Number, values: Sequence[Number], most: float = float("inf")
) -> tuple[tuple[Number, float], ...]:
    """Return the time with `workers` shared by so many as each value says, at most by `most`."""
    least = min(workers, most)
    return tuple((value, time_ns * least / min(value, most)) for value in values)


def mismatch(trace: Tables, kind: str, value: Number) -> str:
    """Return why the model cannot stand for this run's setting; empty where it can."""
    context = context_of(trace)
    if wrong := _no_pool(context):
        return wrong
    if kind == WORKERS and context.pool_size != value:
        return f"a run had {count(context.pool_size, 'worker')}, not {value}"
    if kind == PREFETCH and context.load is not None:
        if not record_kind(context.load.kind).loads_ahead:
            return "a prefetch factor is a data loader's"
        kept = window_of(context.load)  # 0: there were no more batches than that
        if kept and kept != value * context.load.workers:
            return f"a run kept {count(kept, 'batch', 'batches')} handed over, not {value} for each worker"
    return ""


def _no_pool(context: Context) -> str:
    if context.load is None or context.load.row is None:
        return "no pool finished a task"
    return "the runs have several pools" if context.trace.tasks["pool"].nunique() > 1 else ""


def predict(
    context: Context, kind: str, first: Number, values: Sequence[Number], whole_ns: float
) -> tuple[tuple[Number, float], ...]:
    """Return the makespan that the model makes of a run with other values, at these and between them.

    `case` is the part of a run with `first` that changes, of a makespan of `whole_ns`.
    """
    load = context.load
    if load is None:
        return ()
    beside = whole_ns - context.model.measured_ns
    asked = sorted({round(value) for value in (*values, *np.geomspace(min(values), max(values), _GRID))})
    tasks = [int(load.items.sum()) // value if kind == CHUNKSIZE else len(load) for value in asked]
    if sum(tasks) > _MOST_TASKS:
        asked = sorted({round(value) for value in values})
    if kind == CHUNKSIZE:
        asked = [value for value in asked if int(load.items.sum()) // value <= MOST_ITEMS]
    changes = {value: Change(**{_SETS[kind]: value}) for value in asked}
    changes[round(first)] = Change()
    return tuple((value, context.predict(one).predicted_ns + beside) for value, one in changes.items())
