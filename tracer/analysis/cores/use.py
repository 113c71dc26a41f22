"""Cores: what each task had of them, and how the whole program used them, from slices.

`task_cores` joins slices to tasks, `core_use` adds them up. Both know nothing where
`core_source` is "stamps".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

from tracer.analysis.cache import cached
from tracer.analysis.columns import Floats, Integers, first_known, floats, integers
from tracer.analysis.concurrency import step_function
from tracer.analysis.cores.slices import OTHER, PREEMPTED, HeldCores, held_cores
from tracer.analysis.structure.runs import makespan, task_runs
from tracer.tables.tables import Tables

SAMPLES = 4
"""How many samples an average of the cores in use is made of at least."""
TASK_COLUMNS = (
    "on_core_ns",
    "preempted_ns",
    "runnable_ns",
    "runnable_source",
    "blocked_ns",
    "preemptions",
    "migrations",
)


def task_cores(trace: Tables) -> pd.DataFrame:
    """Tell what each task's thread did in its run: a row for each of `trace.tasks`, in nanoseconds (`Int64`).

        task            as in `trace.tasks`
        on_core_ns      its thread held a core
        preempted_ns    from each preemption to the thread's next slice
        runnable_ns     it could have run but had no core: the tasks' `runq_ns` where that was read,
                        which counts the delay after a wake-up too; else `preempted_ns`
        runnable_source "schedstat" or "switches": which of the two it is
        blocked_ns      the rest of the run: it waited for something else than a core
        preemptions     how often it was made to leave its core
        migrations      slices that began on another core than the thread's slice before

    `<NA>` for a task that did not run to its end, whose thread has no slices, or in whose run events were
    lost, and in a trace without slices. Samples do not see preemptions: with them what would have to be
    told by the switches is `<NA>`, and the rest is an estimate.
    """
    tasks, holds = trace.tasks, held_cores(trace)
    row, found = _joined(trace, holds) if holds is not None else (np.zeros(0, np.int64), {})
    columns: dict[str, object] = {"task": tasks["task"].array}
    for name in TASK_COLUMNS:
        columns[name] = _column(len(tasks), row, found.get(name))
    return pd.DataFrame(columns)


def _column(length: int, row: Integers, values: Floats | NDArray[np.object_] | None) -> ExtensionArray:
    """Return a column with `values` in the rows `row` and nothing in the others; NaN is nothing too."""
    if values is not None and values.dtype == object:
        texts = np.full(length, None, dtype=object)
        texts[row] = values
        return pd.array(texts, dtype="string")
    numbers, missing = np.zeros(length, np.int64), np.ones(length, np.bool_)
    if values is not None:
        missing[row] = np.isnan(values)
        numbers[row] = np.where(missing[row], 0, values)
    return pd.arrays.IntegerArray(numbers, missing)


def _joined(trace: Tables, holds: HeldCores) -> tuple[Integers, dict[str, Any]]:
    """Return the rows of the tasks of which all is known, and what is known of them."""
    runs = task_runs(trace)
    thread = holds.find(
        integers(trace.tasks, "process")[runs.row], integers(trace.tasks, "worker_tid")[runs.row]
    )
    which = runs.measured & (thread >= 0)
    row, thread = runs.row[which], thread[which]
    first, last = holds.key(thread, runs.start_ns[which]), holds.key(thread, runs.end_ns[which])
    slices = holds.slices
    if holds.exact:  # who stamps its own run holds a core at both ends of it
        whole = slices.holds(first) & slices.holds(last) & (holds.gaps(OTHER).within(first, last) == 0)
        row, first, last = row[whole], first[whole], last[whole]
        preempted = holds.gaps(PREEMPTED).within(first, last).astype(np.float64)
        preemptions = _count(slices.end[holds.left == PREEMPTED], first, last)
    else:
        preempted = preemptions = np.full(row.size, np.nan)
    on_core, delay = slices.within(first, last).astype(np.float64), floats(trace.tasks, "runq_ns")[row]
    runnable = first_known(delay, preempted)
    source = np.where(np.isnan(delay), "switches", "schedstat").astype(object)
    source[np.isnan(runnable)] = None
    return row, {
        "on_core_ns": on_core,
        "preempted_ns": preempted,
        "runnable_ns": runnable,
        "runnable_source": source,
        "blocked_ns": np.maximum(last - first - on_core - runnable, 0.0),
        "preemptions": preemptions,
        "migrations": _count(slices.start[holds.moved], first + 1, last + 1),
    }


def _count(keys: Integers, first: Integers, last: Integers) -> Floats:
    """Count the sorted keys from `first` until before `last`."""
    return np.asarray(np.searchsorted(keys, last) - np.searchsorted(keys, first), np.float64)


@dataclass(frozen=True)
class Use:
    """How the program used the cores. Times are nanoseconds, shares lie in 0–1 and are over the makespan.

    `busy[i]` cores were held by the program from `time_ns[i]` until `time_ns[i + 1]`, none before and after;
    `mean` is that over the makespan (None where it is empty), `peak` the most. `allowed` counts the cores
    that the run might use, `migrations` how often a thread went on on another core than it had left.
    `by_core` has the columns `core busy_ns share`, `by_process` `core process busy_ns share`. `source` is
    "kernel" or "sampled"; `cut` tells that events were lost, so that all of this is the least there was.
    Samples are right in sum, not in place: then `busy` means something only over `grain_ns` or longer.
    """

    time_ns: Floats
    busy: Integers
    mean: float | None
    peak: int
    allowed: int
    migrations: int
    by_core: pd.DataFrame
    by_process: pd.DataFrame
    source: str
    cut: bool
    grain_ns: float


@cached
def core_use(trace: Tables) -> Use | None:
    """Add up the slices of the program by core, by process and by instant; None where there are none."""
    holds = held_cores(trace)
    if holds is None:
        return None
    times, busy = step_function(holds.start.astype(np.float64), holds.end.astype(np.float64))
    span = makespan(trace) or (0.0, 0.0)
    length = span[1] - span[0]
    inside = np.minimum(holds.end, span[1]) - np.maximum(holds.start, span[0])
    spent = pd.DataFrame(
        {
            "core": holds.core,
            "process": holds.process[holds.thread],
            "busy_ns": np.maximum(inside, 0).astype(np.int64),
        }
    )
    by_process = _shares(spent, ["core", "process"], length)
    by_core = _shares(spent, ["core"], length)
    mean = float(spent["busy_ns"].sum()) / length if length > 0 else None
    return Use(
        times,
        busy,
        mean,
        int(busy.max(initial=0)),
        cores_allowed(trace) or len(by_core),
        int(holds.moved.sum()),
        by_core,
        by_process,
        holds.source,
        holds.cut,
        0.0 if holds.exact else SAMPLES * float((holds.end - holds.start).max()),
    )


def allowed_cores(trace: Tables) -> Integers:
    """Return the cores that the run might use, sorted; none where that is not known."""
    if affinity := trace.meta.get("affinity"):
        return np.array(sorted(affinity), dtype=np.int64)
    return np.arange(int(trace.meta.get("cpu_count") or 0), dtype=np.int64)


def cores_allowed(trace: Tables) -> int:
    """Return how many cores the run might use, 0 where that is not known."""
    return int(allowed_cores(trace).size)


def cores_of(trace: Tables, process: Integers) -> int:
    """Return how many cores these processes might use: fewer than the run, where they are bound to some."""
    rows = np.isin(integers(trace.processes, "process"), process)
    lists = [cores for cores in trace.processes["affinity"][rows] if cores is not None and np.size(cores)]
    bound = {int(core) for cores in lists for core in np.atleast_1d(np.asarray(cores, np.float64))}
    return len(bound) or cores_allowed(trace)


def _shares(spent: pd.DataFrame, by: list[str], length: float) -> pd.DataFrame:
    result = spent.groupby(by, sort=True)["busy_ns"].sum().reset_index()
    result["share"] = result["busy_ns"] / length if length > 0 else np.nan
    return result
