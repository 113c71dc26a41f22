"""What a rule may look at: the run, its account and its model, each worked out once."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

import numpy as np
import pandas as pd

from tracer.analysis.account import CATEGORIES, Account, account
from tracer.analysis.account.categories import RUN
from tracer.analysis.cache import cached
from tracer.analysis.columns import Booleans, Floats, Integers, equals, first_known, floats, integers
from tracer.analysis.concurrency import step_function
from tracer.analysis.cores.slices import HeldCores, held_cores
from tracer.analysis.cores.use import cores_of
from tracer.analysis.data_wait import data_wait
from tracer.analysis.findings.finding import PRINCIPAL, Finding
from tracer.analysis.model import Change, Prediction, WhatIf, Workload, model_of
from tracer.analysis.structure.pools import Pool
from tracer.analysis.structure.runs import user_threads
from tracer.record.kinds import MANAGER, kind_of
from tracer.tables.tables import Tables
from tracer.wording import count, percent


class Context:
    """One run, with its account and its model. Times are seconds unless a name says otherwise.

    It is of one of the run's pools, the principal one where none is named; `several` tells that others are
    judged beside it.
    """

    def __init__(self, trace: Tables, pool: Pool | None = None, several: bool = False) -> None:
        self.trace, self.pool, self.several = trace, pool, several

    @property
    def name(self) -> str:
        """The pool in words where there are several: "pool 3 (Pool, 2 workers)"; else nothing."""
        load = self.load
        if not self.several or load is None or not load.pooled:
            return ""
        return f"pool {load.pool} ({load.kind or 'of an unknown kind'}, {count(load.workers, 'worker')})"

    @cached_property
    def account(self) -> Account:
        """Where the time went."""
        return account(self.trace)

    @cached_property
    def model(self) -> WhatIf:
        """What another way would have taken."""
        return model_of(self.trace) if self.pool is None else WhatIf(self.trace, self.pool)

    @cached_property
    def load(self) -> Workload | None:
        """The tasks of the principal pool, or the children; None where nothing ran to its end."""
        return self.model.load

    @cached_property
    def holds(self) -> HeldCores | None:
        """The slices."""
        return held_cores(self.trace)

    @property
    def makespan(self) -> float:
        """The makespan of what the model knows, or else of the whole run."""
        known = self.model.measured_ns
        return (known or self.account.makespan_ns) / 1e9

    @property
    def wall_ns(self) -> float:
        """The wall time of the program, the life of its main process (ns); 0 where it is not known."""
        begin, end = self.life
        return max(end - begin, 0.0)

    @cached_property
    def life(self) -> tuple[float, float]:
        """When the program's main process began and ended (ns); both 0 where that is not known."""
        frame = self.trace.processes
        main = equals(frame, "role", "main")
        begin = floats(frame, "started")[main]
        end = first_known(floats(frame, "exited")[main], np.full(begin.size, float(self.trace.end_ns)))
        return (float(begin[0]), float(end[0])) if begin.size and begin[0] == begin[0] else (0.0, 0.0)

    @cached_property
    def is_parallel(self) -> bool:
        """Whether the program started anything beside its first thread."""
        trace = self.trace
        others = ~trace.processes["role"].isin(["main", "tracer"]).fillna(False).to_numpy(bool)
        return bool(len(trace.tasks) or others.any() or user_threads(trace).any())

    @cached_property
    def keeps_up(self) -> bool:
        """Whether the pool is a data loader that had the next batch ready, most of the loop's time.

        How long a loop waited for its first batch is start-up.
        """
        load, waits = self.load, data_wait(self.trace)
        if load is None or not kind_of(load.kind).loads_ahead or waits is None:
            return False
        return waits.missing_share < PRINCIPAL

    @cached_property
    def cores(self) -> int:
        """How many cores those that did the work might use: fewer than the run, where they are bound to
        some."""
        return max(cores_of(self.trace, self.account.lanes["process"].to_numpy()[self.lanes]), 1)

    @property
    def workers(self) -> int:
        """How many workers, processes or threads shared the work."""
        return self.load.workers if self.load else 0

    @cached_property
    def pool_size(self) -> int:
        """How many workers there were, those that never had a task included."""
        load, table = self.load, self.account.lanes
        if load is None or load.row is None:
            return self.workers
        begin, end = load.origin_ns, load.origin_ns + load.measured_ns
        idle = (table["kind"] == "worker") & (table["start"] < end) & (table["end"] > begin)
        others = np.isin(table["process"], integers(self.trace.tasks, "process"))
        return self.workers + int((idle & ~others & (not load.threaded)).sum())

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of lanes that did the work."""
        if self.load is not None and not self.load.pooled:
            return ("thread",) if self.load.threaded else ("process",)
        return ("worker",)

    @property
    def who(self) -> str:
        """How many did the work, and what they are: "2 workers", "2 processes" where there is no pool."""
        kind = self.kinds[0]
        return count(self.load.workers if self.load else 0, kind, "processes" if kind == "process" else "")

    @property
    def at_work(self) -> str:
        """How much of their time they did: "87 % of their time in tasks"; without a pool there are none."""
        tasks = "tasks" if self.load is None or self.load.pooled else "their functions"
        return f"{percent(self.in_tasks)} of their time in {tasks}"

    @cached_property
    def lanes(self) -> Integers:
        """The numbers of the lanes that did the work: those of the principal pool, or the children."""
        table, load = self.account.lanes, self.load
        mine = table["kind"].isin(self.kinds).to_numpy(copy=True)
        if load is not None and load.row is not None:
            key = integers(self.trace.tasks, "process")[load.row]
            if load.threaded:
                key = key * 2**32 + integers(self.trace.tasks, "worker_tid")[load.row]
                mine &= np.isin(table["process"] * 2**32 + table["tid"], key)
            else:
                mine &= np.isin(table["process"], key)
        return np.flatnonzero(mine)

    @property
    def window(self) -> tuple[float, float]:
        """The makespan of what the model knows, or else of the whole run: from when to when (ns)."""
        load = self.load
        if load is not None and load.row is not None:
            return load.origin_ns, load.origin_ns + load.measured_ns
        return self.account.makespan or (0.0, 0.0)

    @cached_property
    def spent(self) -> dict[str, float]:
        """The time of these lanes by category, nanoseconds within the makespan of the model."""
        found = self.account
        count = len(found.lanes)
        inside = found.intervals.sums(count) - found.intervals.outside(count, self.window)
        sums = inside[self.lanes].sum(axis=0)
        return {category.name: float(sums[place]) for place, category in enumerate(CATEGORIES)}

    def share(self, *categories: str) -> float:
        """Return which part of the workers' time in the makespan went into these categories."""
        capacity = sum(self.spent.values())
        return sum(self.spent[name] for name in categories) / capacity if capacity > 0 else 0.0

    @property
    def in_tasks(self) -> float:
        """Which part of the workers' time went into the function."""
        return self.share(*RUN)

    @property
    def has_split(self) -> bool:
        """Whether it is known of most runs if they were on a core."""
        return sum(self.spent[name] for name in RUN[:-1]) > self.spent["running"]

    def predict(self, change: Change) -> Prediction:
        """Ask the model."""
        return self.model(change)

    def gain(self, change: Change) -> float:
        """Return how many seconds a change would save, 0 where none."""
        return max(self.makespan - self.predict(change).predicted_ns / 1e9, 0.0)

    def finding(
        self, code: str, saved: float, title: str, what: str, advice: str, **more: object
    ) -> Finding | None:
        """Return a finding that holds `saved` seconds."""
        if self.makespan <= 0 or saved <= 0:
            return None
        share = min(saved / self.makespan, 1.0)
        return Finding(code, saved, share, what, advice, title=title, **more)  # type: ignore[arg-type]

    @cached_property
    def task_ns(self) -> Floats:
        """How long each task of the load ran, on a core or not, without pickling."""
        load = self.load
        return np.zeros(0) if load is None else load.work - load.unpickle - load.pack + load.rest

    @cached_property
    def tail_ns(self) -> float:
        """What was lost at the end: cores that could have run a task when there was none left to take."""
        load = self.load
        if load is None:
            return 0.0
        tasks = self.trace.tasks
        start, end = floats(tasks, "run_start"), floats(tasks, "run_end")
        if not load.pooled:
            which = self.account.lanes["kind"].isin(self.kinds).to_numpy()
            start = self.account.lanes["start"].to_numpy(np.float64)[which]
            end = self.account.lanes["end"].to_numpy(np.float64)[which]
            last_taken = float(start.max())
        else:
            mine = (integers(tasks, "pool") == load.pool) & ~np.isnan(end)
            start, end = start[mine], end[mine]
            last_taken = float(start.max())
        slots = max(min(load.workers, load.workers if load.takes_turns else self.cores), 1)
        if self.share("blocked") > 0.5:
            slots = load.workers  # who waits needs no core
        times, running = step_function(np.maximum(start, last_taken), np.maximum(end, last_taken))
        if times.size < 2:
            return 0.0
        return float((np.diff(times) * (1.0 - np.minimum(running[:-1], slots) / slots)).sum())

    @cached_property
    def lock_ns(self) -> Floats:
        """How long each task of the load waited for locks of multiprocessing, or of a manager, by spans."""
        load, spans = self.load, self.trace.spans
        if load is None or load.row is None:
            return np.zeros(0 if load is None else len(load))
        managed = _acquired(spans)
        locks = np.flatnonzero(equals(spans, "category", "lock") | managed)
        tasks = self.trace.tasks
        result = np.zeros(len(load))
        if not locks.size:
            return result
        key = integers(tasks, "process")[load.row] * 2**32 + integers(tasks, "worker_tid")[load.row]
        begin = floats(tasks, "run_start")[load.row]
        order = np.lexsort((begin, key))
        pairs = list(zip(key[order].tolist(), begin[order].tolist(), strict=True))
        owner = integers(spans, "process")[locks] * 2**32 + integers(spans, "tid")[locks]
        starts, ends = floats(spans, "start")[locks], floats(spans, "end")[locks]
        starts += _asking(spans, managed) * managed[locks]
        last = floats(tasks, "run_end")[load.row]
        for who, since, until in zip(owner.tolist(), starts.tolist(), ends.tolist(), strict=True):
            place = bisect_right(pairs, (who, since)) - 1
            if place >= 0 and pairs[place][0] == who and until == until:
                task = int(order[place])
                result[task] += max(min(until, float(last[task])) - since, 0.0)
        return result


def _acquired(spans: pd.DataFrame) -> Booleans:
    """Tell which spans are calls that take a lock of a manager."""
    asked = spans["name"].fillna("").astype(str).str.endswith(".acquire").to_numpy(bool)
    return np.asarray(equals(spans, "category", MANAGER) & asked, np.bool_)


def _asking(spans: pd.DataFrame, calls: Booleans) -> float:
    """Return how long such a call takes where the lock is free: the quickest do not wait (ns)."""
    length = (floats(spans, "end") - floats(spans, "start"))[calls]
    return float(np.nanpercentile(length, 10)) if (~np.isnan(length)).any() else 0.0


@cached
def context_of(trace: Tables) -> Context:
    """Return the context of a run."""
    return Context(trace)
