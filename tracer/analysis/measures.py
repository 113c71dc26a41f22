"""Measures: how well a run used its workers, in the field's own terms, each with its source."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from tracer.analysis.account.account import Account, account, run_split
from tracer.analysis.account.categories import RUN, WITHOUT
from tracer.analysis.cache import cached
from tracer.analysis.columns import Floats
from tracer.analysis.cores.use import cores_allowed
from tracer.analysis.functions import quantile, ratio
from tracer.analysis.phases import TaskPhases, task_phases
from tracer.analysis.structure.runs import task_runs
from tracer.tables.tables import Tables

LEAST_COMPUTING = 0.5
"""Karp and Flatt speak of computing: runs that were on a core for a smaller share have no such fraction."""


@dataclass(frozen=True)
class Measures:
    """How well a run used its workers. Times are nanoseconds, within the makespan; None is "not known".

    With T the makespan, p `workers` (places: a worker that replaces another takes its place) and the run time
    rᵢ of each place, Σ over all and the largest:

    `parallelism`              Σrᵢ / T
    `efficiency`               Σrᵢ / (p·T); POP's parallel efficiency, the product of the two that follow
    `load_balance`             mean rᵢ / max rᵢ
    `communication_efficiency` max rᵢ / T: what is lost to all but balance
        POP project, "Standard Metrics for Performance Analysis of Hybrid Parallel Applications",
        https://pop-coe.eu/node/69: useful computation is here the time in the tasks' function
    `speedup`                  ψ = (the workers' time on cores + the main thread's) / T, against one core
    `serial_fraction`          (1/ψ − 1/q) / (1 − 1/q) with q = min(p, cores): Karp & Flatt, "Measuring
        parallel processor performance", CACM 33 (1990) 539–543; over 1 where one core would have been faster.
        Both None for runs that mostly wait, the fraction also for q = 1
    `area_bound_ns`            no schedule of this work ends sooner: the greater of Σ(run − time without a
        core)/p and Σ(time on a core)/cores
    `critical_path_bound_ns`   nor sooner than the longest task: its run without the time without a core
        Graham, "Bounds on multiprocessing timing anomalies", SIAM J. Appl. Math. 17 (1969) 416–429
    `serialization_ns`         all pickling, writing, reading and unpickling, out and back, of all tasks (see
        `TaskPhases`); `args_ns` and `result_ns` are its two directions
    `serialization_overhead`   that over itself and the run time of the tasks that went through a pipe
    `task_args_ns`, `task_result_ns`, `task_overhead`   medians of the same over tasks
    """

    makespan_ns: float | None
    workers: int
    cores: int
    run_ns: float
    on_core_ns: float | None
    parallelism: float | None
    efficiency: float | None
    load_balance: float | None
    communication_efficiency: float | None
    speedup: float | None
    serial_fraction: float | None
    area_bound_ns: float | None
    critical_path_bound_ns: float | None
    serialization_ns: float | None
    args_ns: float | None
    result_ns: float | None
    serialization_overhead: float | None
    task_args_ns: float | None
    task_result_ns: float | None
    task_overhead: float | None

    @property
    def bound_ns(self) -> float | None:
        """The greater of the two bounds of the makespan."""
        known = [one for one in (self.area_bound_ns, self.critical_path_bound_ns) if one is not None]
        return max(known, default=None)


@cached
def measures(trace: Tables) -> Measures:
    """Measure a run."""
    accounted, steps = account(trace), task_phases(trace)
    span = accounted.makespan_ns
    places = _places(accounted)
    total, most = float(places.sum()), float(places.max(initial=0.0))
    cores = cores_allowed(trace)
    on_core, work = _work(trace, accounted)
    spoken = float(np.nansum(on_core)) if not np.isnan(on_core).all() else None
    speedup = _speedup(accounted, total)
    return Measures(
        makespan_ns=span or None,
        workers=places.size,
        cores=cores,
        run_ns=total,
        on_core_ns=spoken,
        parallelism=ratio(total, span),
        efficiency=ratio(total, span * places.size),
        load_balance=ratio(total, most * places.size),
        communication_efficiency=ratio(most, span),
        speedup=speedup,
        serial_fraction=_serial_fraction(speedup, min(places.size, cores or places.size)),
        area_bound_ns=_area_bound(work, spoken, places.size, cores),
        critical_path_bound_ns=float(work.max()) if work.size else None,
        **_serialization(steps),
    )


OWN_KINDS = ("worker", "process", "thread")


def _places(found: Account) -> Floats:
    """Return the time in functions, within the makespan, of each place that a worker took.

    The workers are those of pools; without any, the plain processes; without any, the program's threads.
    """
    kind = found.lanes["kind"].to_numpy(object)
    spent = found.in_makespan[list(RUN)].to_numpy().sum(axis=1)
    for one in OWN_KINDS:
        lanes = np.flatnonzero((kind == one) & (found.in_makespan.to_numpy().sum(axis=1) > 0))
        if spent[lanes].sum() > 0:
            break
    else:
        return np.zeros(0)
    start, end = (found.lanes[name].to_numpy(np.float64)[lanes] for name in ("start", "end"))
    free: list[tuple[float, int]] = []
    places: list[float] = []
    for lane in np.argsort(start, kind="stable").tolist():
        if free and free[0][0] <= start[lane]:
            _, place = heapq.heappop(free)
        else:
            place = len(places)
            places.append(0.0)
        places[place] += float(spent[lanes[lane]])
        heapq.heappush(free, (float(end[lane]), place))
    return np.array(places)


def _work(trace: Tables, found: Account) -> tuple[Floats, Floats]:
    """Return of each run its time on a core (NaN: not known), and all of it but its time without a core."""
    runs = task_runs(trace)
    if runs.row.size:
        length = runs.end_ns - runs.start_ns
        split = run_split(trace)
        on_core, no_core = split.on_core[runs.row], split.without[runs.row]
    else:
        of = found.table[found.lanes["kind"].isin(OWN_KINDS).to_numpy()]
        length, no_core = of[list(RUN)].to_numpy().sum(axis=1), of[list(WITHOUT)].to_numpy().sum(axis=1)
        on_core = np.where(of["running"].to_numpy() > 0, np.nan, of["on_core"].to_numpy())
        on_core, no_core, length = on_core[length > 0], no_core[length > 0], length[length > 0]
    return on_core, np.maximum(length - np.where(np.isnan(no_core), 0.0, no_core), 0.0)


def _speedup(found: Account, total: float) -> float | None:
    on_core = found.total("on_core", kinds=OWN_KINDS)
    if not found.makespan_ns or not total or on_core < LEAST_COMPUTING * (total - _waited(found)):
        return None
    return (on_core + found.total("on_core", kinds=("main",))) / found.makespan_ns


def _waited(found: Account) -> float:
    return found.total(*WITHOUT, kinds=OWN_KINDS)


def _serial_fraction(speedup: float | None, processors: int) -> float | None:
    if not speedup or processors < 2:
        return None
    return (1 / speedup - 1 / processors) / (1 - 1 / processors)


def _area_bound(work: Floats, on_core: float | None, places: int, cores: int) -> float | None:
    bounds = [float(work.sum()) / places] if places and work.size else []
    if on_core is not None and cores:
        bounds.append(on_core / cores)
    return max(bounds, default=None)


def _serialization(steps: TaskPhases) -> dict[str, float | None]:
    def total(values: Floats) -> float | None:
        return None if np.isnan(values).all() else float(np.nansum(values))

    run, overhead = steps.of("run"), steps.overhead_ns
    spent = total(overhead)
    piped = ~np.isnan(overhead)
    ran = float(np.nansum(run[piped]))
    whole = overhead + run
    return {
        "serialization_ns": spent,
        "args_ns": total(steps.args_ns),
        "result_ns": total(steps.result_ns),
        "serialization_overhead": None if spent is None else ratio(spent, spent + ran),
        "task_args_ns": quantile(steps.args_ns, 0.5),
        "task_result_ns": quantile(steps.result_ns, 0.5),
        "task_overhead": quantile((overhead / np.where(whole > 0, whole, np.nan)), 0.5),
    }
