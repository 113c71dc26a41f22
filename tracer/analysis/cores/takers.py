"""Takers: which other programs had the cores that the program wanted, where the kernel told of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.columns import floats, integers
from tracer.analysis.cores.shortage import shortage
from tracer.analysis.cores.use import allowed_cores
from tracer.analysis.structure.runs import makespan
from tracer.tables.tables import Tables
from tracer.wording import count, plain

MOST_LISTED = 5


@dataclass(frozen=True)
class Taker:
    """A program by its name, its processes (PIDs), and for how long it had cores that were wanted (ns)."""

    name: str
    pids: tuple[int, ...]
    taken_ns: float

    @property
    def who(self) -> str:
        """The program and how many it was: "python3 (PID 812)", "python3 (14 processes)"."""
        many = f"PID {self.pids[0]}" if len(self.pids) == 1 else count(len(self.pids), "process", "processes")
        return f"{plain(self.name)} ({many})"


def taken_by(trace: Tables) -> dict[str, float]:
    """Return which part of makespan × allowed cores each of the programs took that took most of them."""
    span, cores = makespan(trace), allowed_cores(trace).size
    if span is None or span[1] <= span[0] or not cores:
        return {}
    return {
        one.who: one.taken_ns / ((span[1] - span[0]) * cores) for one in takers(trace, span)[:MOST_LISTED]
    }


def takers(trace: Tables, window: tuple[float, float]) -> list[Taker]:
    """Return who had cores that the program wanted in a window (ns), the one that had most first.

    What they had adds up to `Shortage.taken_ns`. Empty where that is not known.
    """
    found = shortage(trace)
    if found is None or not len(trace.others):
        return []
    core, start, end = (
        integers(trace.others, "core"),
        floats(trace.others, "start"),
        floats(trace.others, "end"),
    )
    start, end = np.clip(start, *window), np.clip(end, *window)
    taken = np.zeros(core.size)
    for demand in found.demands:
        part = demand.taken / np.maximum(demand.others, 1.0)
        here = np.isin(core, demand.cores)
        taken[here] += demand.integral(part, end[here]) - demand.integral(part, start[here])
    frame = pd.DataFrame({"name": trace.others["name"], "pid": integers(trace.others, "pid"), "taken": taken})
    of_pid = frame[taken > 0].groupby(["name", "pid"])["taken"].sum().reset_index("pid")
    return sorted(
        (
            Taker(str(name), tuple(int(pid) for pid in one["pid"]), float(one["taken"].sum()))
            for name, one in of_pid.groupby("name")
        ),
        key=lambda taker: (-taker.taken_ns, taker.name),
    )
