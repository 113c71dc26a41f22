"""Chart: the bars of the processes panel on their lanes, as plain data; nothing here draws.

main                        its life, spans
  task handler, …           hidden threads: pickle, pipe │ unpickle, deliver
worker, worker, …           start-up, wait, pipe, unpickle, run, pickle, pipe, exit
a thread pool's threads     wait, run
processes without a pool    start-up, run, exit
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Integers, equals
from tracer.record.kinds import UNRECORDED
from tracer.timeline.bars import life_bars, make_bars, parent_bars, phase_bars, run_bars, span_bars
from tracer.timeline.facts import Facts
from tracer.timeline.lane_index import Index, Lane
from tracer.timeline.lanes import all_lanes
from tracer.timeline.shapes import Bars
from tracer.timeline.states import state_bars, woken


@dataclass(frozen=True)
class Chart:
    """Lanes from top to bottom, groups of bars (several may be of one kind), where a task was lost.

    `states` are parts of the runs in which no core was held, and `woken_ns` how much of those called blocked
    were waits for a core, if known (see `tracer.timeline.states`). `workers` is how many the trace has,
    `task_lane` the lane of each task, -1 where it has none.
    """

    lanes: tuple[Lane, ...]
    workers: int
    index: Index
    task_lane: Integers
    bars: tuple[Bars, ...]
    spans: tuple[Bars, ...]
    states: tuple[Bars, ...]
    woken_ns: float | None
    span_names: tuple[tuple[int, float, float, str], ...]
    lost: Bars
    hidden_roles: tuple[str, ...]


def chart(facts: Facts, only: Iterable[str] = ()) -> Chart:
    """Lay out a trace; `only` keeps the lanes whose name, role or PID is among them (empty: all)."""
    trace = facts.trace
    wanted = {str(item) for item in only}
    every = all_lanes(trace)
    lanes = [
        lane
        for lane in every
        if not wanted or wanted & {lane.name, lane.role, str(lane.pid), f"W{lane.number}"}
    ]
    index = Index(lanes)
    task_lane = index(facts.number("process"), facts.number("worker_tid"))
    bars = [
        *run_bars(facts, index, task_lane),
        *phase_bars(facts, task_lane),
        *parent_bars(facts, index),
        *life_bars(trace, index),
    ]
    lost = next((group for group in bars if group.kind == "lost"), make_bars("lost", np.zeros(0, np.int64)))
    spans, names = span_bars(trace, index)
    present = {role for role in UNRECORDED if equals(trace.processes, "role", role).any()}
    shown = tuple(group for group in bars if len(group))
    states = state_bars(facts, index)
    workers = max((lane.number or 0 for lane in every), default=0)
    return Chart(
        tuple(lanes), workers, index, task_lane, shown, spans, states, woken(facts, states, task_lane), names,
        lost, tuple(sorted(present)),
    )  # fmt: skip
