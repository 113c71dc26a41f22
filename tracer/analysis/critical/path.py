"""The path: the walk back along the causes, and the steps on it as a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.account.account import run_split
from tracer.analysis.account.categories import CATEGORIES, NUMBER
from tracer.analysis.cache import cached
from tracer.analysis.columns import Floats, Integers, first_known
from tracer.analysis.cores.slices import HeldCores, held_cores
from tracer.analysis.critical.causes import DELIVERED, ENDED, FREE, Causes, causes
from tracer.analysis.critical.events import Events, events, on_core
from tracer.analysis.critical.steps import Steps
from tracer.analysis.structure.runs import makespan
from tracer.tables.tables import Tables

COLUMNS = ("lane", "task", "category", "start", "end")


@dataclass(frozen=True)
class CriticalPath:
    """The chain of steps that decided the makespan.

    `steps` has one row a step, in time, without gap or overlap from the makespan's start to its end:

        lane      the lane's place in `lanes` (as in the account)
        task      the place of the task in `trace.tasks`, -1 for none
        category  a name of the account's; a run is "running" here, whatever it had of a core
        start end nanoseconds since the trace's origin

    `by_category` adds them up (ns), a run split as in the account where that is known; it sums to the
    makespan. `tasks` are the places of the tasks that ran on the path, in time.
    """

    steps: pd.DataFrame
    lanes: pd.DataFrame
    by_category: dict[str, float]
    tasks: Integers

    @property
    def length_ns(self) -> float:
        """The length of the path, which is the makespan; 0 where nothing ran."""
        return float(self.steps["end"].iloc[-1] - self.steps["start"].iloc[0]) if len(self.steps) else 0.0


@cached
def critical_path(trace: Tables) -> CriticalPath:
    """Find the critical path of a trace, an empty one where nothing ran."""
    span, holds = makespan(trace), held_cores(trace)
    found = events(trace)
    if span is None or span[1] <= span[0] or not len(found.lanes.table):
        return CriticalPath(pd.DataFrame(columns=list(COLUMNS)), found.lanes.table, {}, np.zeros(0, np.int64))
    linked = causes(found, holds)
    nodes = _walk(linked, _last(found, linked), span[0])
    steps = _table(found, linked, nodes, span)
    ran = steps[(steps["category"] == "running") & (steps["task"] >= 0)]
    tasks = ran["task"].drop_duplicates().to_numpy(np.int64)
    return CriticalPath(steps, found.lanes.table, _sums(trace, found, holds, steps), tasks)


def _last(found: Events, linked: Causes) -> int:
    """Return the node that ended last: a delivery, a task never delivered, a process or a thread."""
    time = found.time
    kind = found.lanes.table["kind"]
    own = np.flatnonzero(kind.isin(["process", "thread"]).to_numpy())
    done = first_known(time["delivered"], time["run_end"])
    ends = np.concatenate([done, found.lanes.column("end")[own]])
    there = ~np.isnan(time["delivered"])
    rows = np.arange(done.size)
    nodes = np.concatenate(
        [np.where(there, linked.node(DELIVERED, rows), linked.node(FREE, rows)), linked.node(ENDED, own)]
    )
    if not ends.size or np.isnan(ends).all():
        return -1
    return int(nodes[np.nanargmax(ends)])


def _walk(linked: Causes, node: int, until: float) -> Integers:
    """Return the nodes on the way back, as long as their causes lie after `until`."""
    cause, since = linked.cause, linked.since
    way = []
    for _ in range(cause.size):  # a trace that contradicts itself ends here
        if node < 0:
            break
        way.append(node)
        if since[node] <= until:
            break
        node = cause[node]
    return np.array(way, np.int64)


def _table(found: Events, linked: Causes, nodes: Integers, span: tuple[float, float]) -> pd.DataFrame:
    """Return the steps of the nodes in time, each from its start to the start of the one after it."""
    steps = Steps(found, linked, nodes)
    lane, task, category, start = steps.back()
    start = np.minimum.accumulate(np.clip(start, *span)) if start.size else start
    if not start.size or start[-1] > span[0]:
        lane, task = np.append(lane, max(found.main, 0)), np.append(task, -1)
        category, start = np.append(category, NUMBER["running"]), np.append(start, span[0])
    end = np.append(span[1], start[:-1])
    keep = np.flatnonzero(end > start)[::-1]
    lane, task, category, start, end = lane[keep], task[keep], category[keep], start[keep], end[keep]
    opens = np.append(True, (np.diff(lane) != 0) | (np.diff(task) != 0) | (np.diff(category) != 0))
    last = np.append(opens[1:], True)
    names = np.array([one.name for one in CATEGORIES], object)
    columns = (lane[opens], task[opens], names[category[opens]], start[opens], end[last])
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def _sums(trace: Tables, found: Events, holds: HeldCores | None, steps: pd.DataFrame) -> dict[str, float]:
    """Return the nanoseconds of each category, the runs split by what they had of a core."""
    length = (steps["end"] - steps["start"]).to_numpy(np.float64)
    sums = dict.fromkeys(NUMBER, 0.0)
    for name, value in steps.assign(length=length).groupby("category")["length"].sum().items():
        sums[str(name)] = float(value)
    if holds is not None and holds.exact:
        _hold_up(trace, found, holds, steps, sums)
    runs = steps[steps["category"] == "running"]
    of_task = (runs["task"] >= 0).to_numpy()
    for part in (
        _of_tasks(trace, found, holds, runs[of_task]),
        _of_others(trace, found, holds, runs[~of_task]),
    ):
        for name, values in part.items():
            known = float(np.nansum(values))
            sums[name] += known
            sums["running"] -= known
    return {name: value for name, value in sums.items() if value >= 1.0}


def _hold_up(
    trace: Tables, found: Events, holds: HeldCores, steps: pd.DataFrame, sums: dict[str, float]
) -> None:
    """Take out what of writes, and of the parent's reads, was held up at the pipe, as the account does."""
    hidden = (found.lanes.table["kind"] == "hidden").to_numpy()[steps["lane"].to_numpy(np.int64)]
    for name, which in (("sending", np.ones_like(hidden)), ("receiving", hidden)):
        some = steps[(steps["category"] == name).to_numpy() & which]
        start, end = some["start"].to_numpy(np.float64), some["end"].to_numpy(np.float64)
        held_ns, *_ = on_core(trace, holds, found.lanes, some["lane"].to_numpy(np.int64), start, end)
        rest = float(np.nansum(np.maximum(end - start - held_ns, 0.0)))
        sums[name] -= rest
        sums["pipe_full"] += rest


def _of_tasks(trace: Tables, found: Events, holds: HeldCores | None, runs: pd.DataFrame) -> dict[str, Floats]:
    """Return what of the tasks' runs is known to have been on a core, without one, blocked."""
    task = runs["task"].to_numpy(np.int64)
    whole = found.time["run_end"][task] - found.time["run_start"][task]
    share = (runs["end"] - runs["start"]).to_numpy(np.float64) / np.maximum(whole, 1.0)
    return {name: part[task] * share for name, part in run_split(trace)._asdict().items()}


def _of_others(
    trace: Tables, found: Events, holds: HeldCores | None, runs: pd.DataFrame
) -> dict[str, Floats]:
    """Return the same of the program's own thread, which waits, and of processes and threads, which block."""
    lane = runs["lane"].to_numpy(np.int64)
    start, end = runs["start"].to_numpy(np.float64), runs["end"].to_numpy(np.float64)
    held_ns, waited, theirs = on_core(trace, holds, found.lanes, lane, start, end)
    rest = np.maximum(end - start - held_ns - waited - theirs, 0.0)
    own = found.lanes.table["kind"].isin(["process", "thread"]).to_numpy()[lane]
    return {
        "on_core": held_ns,
        "no_core": waited,
        "other_programs": theirs,
        "blocked": np.where(own, rest, 0.0),
        "waiting": np.where(own, 0.0, rest),
    }
