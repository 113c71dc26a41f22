"""The chart of processes and threads: all their bars on their lanes, as plain data.

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
from tracer.timeline.bars import (
    Bars,
    fed_bars,
    hidden_bars,
    life_bars,
    make_bars,
    phase_bars,
    run_bars,
    span_bars,
)
from tracer.timeline.kinds import BARS
from tracer.timeline.lanes import Lane, LaneIndex, chosen_lanes, shown_lanes
from tracer.timeline.states import state_bars, woken
from tracer.timeline.task_columns import TaskColumns

STACK = {kind.name: place for place, kind in enumerate(BARS)}


@dataclass(frozen=True)
class ProcessTimeline:
    """Lanes from top to bottom, groups of bars (some of one kind) in the order of `BARS`, lost tasks.

    `states` are parts of the runs in which no core was held, and `woken_ns` how much of those called blocked
    were waits for a core, if known (see `tracer.timeline.states`). `workers` is how many the trace has,
    `task_lane` the lane of each task, -1 where it has none.
    """

    lanes: tuple[Lane, ...]
    workers: int
    index: LaneIndex
    task_lane: Integers
    bars: tuple[Bars, ...]
    spans: tuple[Bars, ...]
    states: tuple[Bars, ...]
    woken_ns: float | None
    span_names: tuple[tuple[int, float, float, str], ...]
    lost: Bars
    hidden_roles: tuple[str, ...]


def chart(columns: TaskColumns, only: Iterable[str] = ()) -> ProcessTimeline:
    """Lay out a trace; `only` keeps the lanes whose name, role or PID is among them (empty: all)."""
    trace = columns.trace
    every = shown_lanes(trace)
    lanes = chosen_lanes(every, only)
    index = LaneIndex(lanes)
    task_lane = index(columns.number("process"), columns.number("worker_tid"))
    bars = [
        *run_bars(columns, index, task_lane),
        *phase_bars(columns, task_lane),
        *hidden_bars(columns, index),
        *fed_bars(columns, index),
        *life_bars(trace, index),
    ]
    bars.sort(key=lambda group: STACK[group.kind])
    lost = next((group for group in bars if group.kind == "lost"), make_bars("lost", np.zeros(0, np.int64)))
    spans, names = span_bars(trace, index)
    states = state_bars(columns, index)
    hidden = [role for role in UNRECORDED if equals(trace.processes, "role", role).any()]
    return ProcessTimeline(
        lanes=tuple(lanes),
        workers=max((lane.number or 0 for lane in every), default=0),
        index=index,
        task_lane=task_lane,
        bars=tuple(group for group in bars if len(group)),
        spans=spans,
        states=states,
        woken_ns=woken(columns, states, task_lane),
        span_names=names,
        lost=lost,
        hidden_roles=tuple(sorted(hidden)),
    )
