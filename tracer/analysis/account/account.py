"""Adding it up: the account of every lane, over its life and over the makespan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.account.categories import CATEGORIES, NUMBER
from tracer.analysis.account.hidden import hidden_intervals
from tracer.analysis.account.pieces import Pieces, Split
from tracer.analysis.account.unpooled import main_intervals, process_intervals, thread_intervals
from tracer.analysis.account.workers import worker_intervals
from tracer.analysis.cache import cached
from tracer.analysis.columns import Floats, first_known, floats, integers
from tracer.analysis.cores.lacked import preempted_by_others, woken_by_others
from tracer.analysis.cores.slices import BLOCKED, PREEMPTED, HeldCores, held_cores
from tracer.analysis.cores.use import task_cores
from tracer.analysis.structure.lanes import Lanes, lanes
from tracer.analysis.structure.runs import makespan, task_runs
from tracer.tables.tables import Tables

NAMES = tuple(category.name for category in CATEGORIES)


@dataclass(frozen=True)
class Account:
    """Where the time of every lane went, in nanoseconds.

    `lanes` has one row a lane (see `Lanes`); `table` one row a lane and one column a category, which sum to
    `wall_ns`, the lane's life; `in_makespan` is the same within the makespan, and sums to the part of it in
    which the lane lived. `makespan_ns` is None where nothing ran; `exact_cores` tells whether every switch
    was recorded.
    """

    lanes: pd.DataFrame
    table: pd.DataFrame
    in_makespan: pd.DataFrame
    intervals: Pieces
    makespan: tuple[float, float] | None
    core_source: str

    @property
    def makespan_ns(self) -> float:
        """The length of the makespan, 0 where nothing ran."""
        return self.makespan[1] - self.makespan[0] if self.makespan else 0.0

    @property
    def exact_cores(self) -> bool:
        """Whether every switch was recorded."""
        return self.core_source == "kernel"

    @property
    def wall_ns(self) -> Floats:
        """The length of each lane's life."""
        return np.asarray((self.lanes["end"] - self.lanes["start"]).to_numpy(np.float64))

    def total(self, *categories: str, kinds: tuple[str, ...] = ("worker",)) -> float:
        """Return the time that the lanes of these kinds spent in the categories, within the makespan."""
        which = self.lanes["kind"].isin(kinds).to_numpy()
        return float(self.in_makespan.loc[which, list(categories)].to_numpy().sum())

    def capacity(self, kinds: tuple[str, ...] = ("worker",)) -> float:
        """Return the time that the lanes of these kinds lived within the makespan."""
        which = self.lanes["kind"].isin(kinds).to_numpy()
        return float(self.in_makespan.loc[which].to_numpy().sum())

    def rows(self) -> list[dict[str, object]]:
        """Return one plain dict a lane: who it is, its wall time, and its categories in nanoseconds."""
        result = []
        for place, lane in enumerate(self.lanes.to_dict("records")):
            spent = {name: int(value) for name, value in self.table.iloc[place].items() if value >= 0.5}
            who = {name: lane[name] for name in ("kind", "role", "name", "process", "pid", "tid", "pool")}
            result.append({**who, "wall_ns": int(lane["end"] - lane["start"]), "spent_ns": spent})
        return result


@cached
def account(trace: Tables) -> Account:
    """Return the account; any trace has one, the empty one too."""
    holds = held_cores(trace)
    found = lanes(trace)
    parts = [
        *worker_intervals(trace, found, run_split(trace), holds),
        *hidden_intervals(trace, found, holds),
        *main_intervals(trace, found, holds),
        *process_intervals(trace, found, holds),
        *thread_intervals(trace, found, holds),
    ]
    intervals = Pieces(tuple(parts))
    span = makespan(trace)
    return Account(
        found.table,
        *_tables(found, intervals, span),
        intervals,
        span,
        str(trace.meta.get("core_source") or "stamps"),
    )


def _tables(
    found: Lanes, intervals: Pieces, window: tuple[float, float] | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the sums over the lanes' lives and within the window (nothing, if there is none).

    `unexplained` is what the others leave of each life.
    """
    start, end = found.column("start"), found.column("end")
    sums = intervals.sums(len(found.table))
    first, last = window or (0.0, 0.0)
    inside = np.maximum(sums - intervals.outside(len(found.table), (first, last)), 0.0)
    within = np.maximum(np.minimum(end, last) - np.maximum(start, first), 0.0)
    for cells, whole in ((sums, end - start), (inside, within)):
        rest = whole - cells.sum(axis=1)
        cells[:, NUMBER["unexplained"]] = np.where(np.abs(rest) < 1.0, 0.0, rest)
    names = list(NAMES)
    return pd.DataFrame(sums, columns=names), pd.DataFrame(inside, columns=names)


@cached
def run_split(trace: Tables) -> Split:
    """Return what each task's run had of a core, and whose fault it was where it had none.

    From the slices where there are any; else from the thread's own clocks, `cpu_ns` and `runq_ns`. A run
    that was never seen to end is taken to its worker's exit.
    """
    holds = held_cores(trace)
    start, end = floats(trace.tasks, "run_start"), floats(trace.tasks, "run_end")
    wall, cpu, waited = end - start, floats(trace.tasks, "cpu_ns"), floats(trace.tasks, "runq_ns")
    on_core, without = np.minimum(cpu, wall), np.minimum(waited, np.maximum(wall - cpu, 0.0))
    if holds is not None:
        table = task_cores(trace)
        on_core = first_known(floats(table, "on_core_ns"), on_core)
        without = first_known(floats(table, "runnable_ns"), without)
    without = np.minimum(without, np.maximum(wall - on_core, 0.0))
    blocked = np.maximum(wall - on_core - without, 0.0)
    if holds is not None and holds.exact:
        start, end = _split_cut(trace, holds, (on_core, without, blocked))
    theirs = _theirs(trace, holds, start, end, without)
    return Split(on_core, without - theirs, theirs, blocked)


def _theirs(trace: Tables, holds: HeldCores | None, start: Floats, end: Floats, without: Floats) -> Floats:
    """Return the part of each run's time without a core that is due to others, 0 where not known (ns)."""
    if holds is None or not holds.exact:
        return np.zeros(start.size)
    thread = holds.find(integers(trace.tasks, "process"), integers(trace.tasks, "worker_tid"))
    first, last = holds.key(thread, np.nan_to_num(start)), holds.key(thread, np.nan_to_num(end))
    preempted = np.where(thread >= 0, holds.gaps(PREEMPTED).within(first, last), 0.0)
    delay = np.nan_to_num(without - preempted)
    theirs = preempted_by_others(trace, thread, start, end)
    return np.minimum(theirs + woken_by_others(trace, thread, start, end, delay), np.nan_to_num(without))


def _split_cut(
    trace: Tables, holds: HeldCores, split: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Floats]:
    """Fill in what the slices say of runs that were never seen to end: their worker died.

    Returns when each task's run began and ended.
    """
    runs = task_runs(trace)
    start, end = floats(trace.tasks, "run_start"), floats(trace.tasks, "run_end")
    thread = holds.find(
        integers(trace.tasks, "process")[runs.row], integers(trace.tasks, "worker_tid")[runs.row]
    )
    cut = ~runs.measured & (thread >= 0)
    row, thread = runs.row[cut], thread[cut]
    end[row] = runs.end_ns[cut]
    first, last = holds.key(thread, runs.start_ns[cut]), holds.key(thread, runs.end_ns[cut])
    for part, cover in zip(split, (holds.slices, holds.gaps(PREEMPTED), holds.gaps(BLOCKED)), strict=True):
        part[row] = cover.within(first, last)
    return start, end
