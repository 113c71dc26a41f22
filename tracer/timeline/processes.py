"""The chart of processes and threads: all their bars on their lanes, as plain data.

main                        its life, spans
  task handler, …           hidden threads: pickle, pipe │ unpickle, deliver
worker, worker, …           start-up, wait, pipe, unpickle, run, pickle, pipe, exit
a thread pool's threads     wait, run
processes without a pool    start-up, run, exit
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Integers, equals
from tracer.analysis.structure.endings import failures
from tracer.analysis.structure.stages import Stage
from tracer.record.kinds import UNRECORDED
from tracer.tables.tables import Tables
from tracer.timeline.bars import (
    Bars,
    fed_bars,
    hidden_bars,
    life_bars,
    make_bars,
    on_core_bars,
    phase_bars,
    run_bars,
    span_bars,
)
from tracer.timeline.functions import Functions, functions_of
from tracer.timeline.kinds import BARS, DIED
from tracer.timeline.lanes import Lane, LaneIndex, chosen_lanes, shown_lanes
from tracer.timeline.states import state_bars, woken
from tracer.timeline.task_columns import TaskColumns

STACK = {kind.name: place for place, kind in enumerate(BARS)}


@dataclass(frozen=True)
class ProcessTimeline:
    """Lanes from top to bottom, groups of bars (some of one kind) in the order of `BARS`, who died.

    `states` are parts of the runs in which no core was held, and `woken_ns` how much of those called blocked
    were waits for a core, if known (see `tracer.timeline.states`). `on_core` is when processes that are no
    workers held a core, `deaths` end where a process died: with
    the tasks that were lost, or (kind `DIED`) without any. `workers` is how many the trace has,
    `task_lane` the lane of each task, -1 where it has none; `labels` what tasks work on, by their numbers;
    `left_out` are lanes that were not chosen. `functions` are those of the tasks, None where there are not
    several.
    """

    lanes: tuple[Lane, ...]
    left_out: tuple[Lane, ...]
    workers: int
    index: LaneIndex
    task_lane: Integers
    bars: tuple[Bars, ...]
    spans: tuple[Bars, ...]
    states: tuple[Bars, ...]
    on_core: tuple[Bars, ...]
    woken_ns: float | None
    span_names: tuple[tuple[int, float, float, str], ...]
    deaths: tuple[Bars, ...]
    functions: Functions | None
    hidden_roles: tuple[str, ...]
    labels: dict[int, str]


def chart(
    columns: TaskColumns, only: Iterable[str] = (), bracketed: Collection[Stage] = ()
) -> ProcessTimeline:
    """Lay out a trace; `only` keeps the lanes whose name, role or PID is among them (empty: all).

    Stages that are `bracketed`, drawn above the lanes, are not among their spans.
    """
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
    lost = [group for group in bars if group.kind == "lost" and len(group)]
    marked = np.concatenate([np.zeros(0, np.int64), *(group.lane for group in lost)])
    spans, names = span_bars(trace, index, [stage.row for stage in bracketed])
    states = state_bars(columns, index)
    hidden = [role for role in UNRECORDED if equals(trace.processes, "role", role).any()]
    return ProcessTimeline(
        lanes=tuple(lanes),
        left_out=tuple(lane for lane in every if lane not in lanes) if len(lanes) < len(every) else (),
        workers=max((lane.number or 0 for lane in every), default=0),
        index=index,
        task_lane=task_lane,
        bars=tuple(group for group in bars if len(group)),
        spans=spans,
        states=states,
        on_core=on_core_bars(trace, lanes, index),
        woken_ns=woken(columns, states, task_lane),
        span_names=names,
        deaths=(*lost, *_died(trace, index, marked)),
        functions=functions_of(columns),
        hidden_roles=tuple(sorted(hidden)),
        labels=_labels(trace),
    )


def _labels(trace: Tables) -> dict[int, str]:
    known = trace.tasks[["task", "label"]].dropna()
    return dict(zip(known["task"].tolist(), known["label"].tolist(), strict=True))


def _died(trace: Tables, index: LaneIndex, marked: Integers) -> list[Bars]:
    """Return the ends of processes that died, but on lanes that are `marked` already; they have no length."""
    known = [(one.process, float(one.at_ns)) for one in failures(trace) if one.at_ns is not None]
    process = np.array([process for process, _ in known], np.int64)
    at = np.array([at for _, at in known], np.float64)
    lane = index(process, np.full(process.size, -1))
    found = make_bars(DIED.name, np.where(np.isin(lane, marked), -1, lane), at, at)
    return [found] if len(found) else []
