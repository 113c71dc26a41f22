"""Functions: for each one that tasks called, how long it ran, what went over the pipe, and at what cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from tracer.analysis.account.account import run_split
from tracer.analysis.cache import cached
from tracer.analysis.columns import Floats, floats, integers
from tracer.analysis.phases import TaskPhases, task_phases
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class Function:
    """One function over all its tasks. Times are nanoseconds, shares lie in 0–1, None is "not known".

    `run_*`             the runs that were seen to end; `run_ns` is their sum
    `on_core_share`     of those runs, as far as it was recorded
    `args_*_ns`         medians of making bytes of the arguments, and objects of the bytes; `result_*_ns` too
    `args_bytes`        all of them; `args_bytes_median` of one task
    `args_rate`         bytes a second from worker ready to read, and bytes ready, until it had them;
                        `result_rate` the same in the parent, both over all tasks
    `overhead_ns`       median of what serialization cost a task, both ways (see `TaskPhases`);
                        `overhead_share` of all tasks, over that and their run time
    """

    name: str
    tasks: int
    finished: int
    items: int
    run_ns: int
    run_median_ns: float | None
    run_p95_ns: float | None
    run_max_ns: float | None
    on_core_share: float | None
    args_pickling_ns: float | None
    args_unpickling_ns: float | None
    result_pickling_ns: float | None
    result_unpickling_ns: float | None
    args_bytes: int | None
    args_bytes_median: float | None
    result_bytes: int | None
    result_bytes_median: float | None
    args_rate: float | None
    result_rate: float | None
    overhead_ns: float | None
    overhead_share: float | None


@cached
def functions(trace: Tables) -> tuple[Function, ...]:
    """List the functions of a trace's tasks, that which ran longest first."""
    steps, on_core = task_phases(trace), run_split(trace).on_core
    names, known = pd.factorize(trace.tasks["function"].astype(object).fillna(""), sort=True)
    order = np.argsort(names, kind="stable")
    edges = np.searchsorted(names[order], np.arange(len(known) + 1))
    made = [
        _function(str(name), trace, order[edges[place] : edges[place + 1]], steps, on_core)
        for place, name in enumerate(known)
    ]
    return tuple(sorted(made, key=lambda one: (-one.run_ns, one.name)))


def functions_table(found: tuple[Function, ...]) -> pd.DataFrame:
    """Return the functions as a table, a row each; `<NA>` is "not known"."""
    names = [field.name for field in fields(Function)]
    return pd.DataFrame([asdict(one) for one in found], columns=names).convert_dtypes()


def _function(name: str, trace: Tables, rows: Any, phases: TaskPhases, on_core: Floats) -> Function:
    tasks = trace.tasks
    run, overhead = phases.of("run")[rows], phases.overhead_ns[rows]
    sizes = {side: floats(tasks, f"{side}_bytes")[rows] for side in ("args", "result")}
    both = ~np.isnan(on_core[rows]) & ~np.isnan(run)
    spent = float(np.nansum(overhead))
    return Function(
        name=name,
        tasks=int(rows.size),
        finished=int((~np.isnan(run)).sum()),
        items=int(integers(tasks, "items", missing=1)[rows].sum()),
        run_ns=int(np.nansum(run)),
        run_median_ns=quantile(run, 0.5),
        run_p95_ns=quantile(run, 0.95),
        run_max_ns=quantile(run, 1.0),
        on_core_share=ratio(float(on_core[rows][both].sum()), float(run[both].sum())),
        args_pickling_ns=quantile(phases.of("pickling")[rows], 0.5),
        args_unpickling_ns=quantile(phases.of("unpickling")[rows], 0.5),
        result_pickling_ns=quantile(phases.of("result_pickling")[rows], 0.5),
        result_unpickling_ns=quantile(phases.of("result_unpickling")[rows], 0.5),
        args_bytes=_total(sizes["args"]),
        args_bytes_median=quantile(sizes["args"], 0.5),
        result_bytes=_total(sizes["result"]),
        result_bytes_median=quantile(sizes["result"], 0.5),
        args_rate=_rate(sizes["args"], phases.of("receiving")[rows]),
        result_rate=_rate(sizes["result"], phases.of("result_receiving")[rows]),
        overhead_ns=quantile(overhead, 0.5),
        overhead_share=None if np.isnan(overhead).all() else ratio(spent, spent + float(np.nansum(run))),
    )


def quantile(values: Floats, share: float) -> float | None:
    """Return a quantile of the known values, None where none is known."""
    known = values[~np.isnan(values)]
    return float(np.quantile(known, share)) if known.size else None


def ratio(part: float, whole: float) -> float | None:
    """Return a part of a whole, None of an empty one."""
    return part / whole if whole > 0 else None


def _total(values: Floats) -> int | None:
    known = values[~np.isnan(values)]
    return int(known.sum()) if known.size else None


def _rate(sizes: Floats, time_ns: Floats) -> float | None:
    known = ~np.isnan(sizes) & ~np.isnan(time_ns)
    rate = ratio(float(sizes[known].sum()), float(time_ns[known].sum()))
    return rate * 1e9 if rate is not None else None
