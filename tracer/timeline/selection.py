"""Selections: a part of what a view shows, which is to stand out, or to be there already.

task=5  function=NAME     where tasks were: in their worker, and in the threads that hand them over
worker=2  phase=pickle    a lane; a kind of bar
build_up                  how a view is built up: lane by lane, or from stage to stage
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from tracer.analysis.columns import Booleans, Floats, Integers, first_known
from tracer.analysis.structure.runs import task_runs
from tracer.analysis.structure.stages import Stage
from tracer.timeline.bars import handler_lanes
from tracer.timeline.kinds import BARS, SPANS, STATES
from tracer.timeline.lanes import Lane
from tracer.timeline.processes import ProcessTimeline
from tracer.timeline.task_columns import TaskColumns
from tracer.timeline.view import NothingToShow

MOST_GROUPS = 6
"""More workers than this come in groups."""
_NONE = -np.inf


def _nowhere() -> Integers:
    return np.zeros(0, np.int64)


def _never() -> Floats:
    return np.zeros(0)


@dataclass(frozen=True)
class Selection:
    """A part of a view: whole `lanes`, `kinds` of bars, stretches of lanes, and all until an instant.

    `lane`, `start_ns` and `end_ns` are arrays of one length, the stretches. `full` is all that there is.
    """

    lanes: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()
    lane: Integers = field(default_factory=_nowhere)
    start_ns: Floats = field(default_factory=_never)
    end_ns: Floats = field(default_factory=_never)
    until_ns: float = _NONE
    full: bool = False

    def __or__(self, other: Selection) -> Selection:
        """Both parts."""
        return Selection(
            self.lanes | other.lanes,
            self.kinds | other.kinds,
            np.concatenate([self.lane, other.lane]),
            np.concatenate([self.start_ns, other.start_ns]),
            np.concatenate([self.end_ns, other.end_ns]),
            max(self.until_ns, other.until_ns),
            self.full or other.full,
        )


def select(columns: TaskColumns, chart: ProcessTimeline, wanted: Iterable[tuple[str, str]]) -> Selection:
    """Find what is wanted: ("task", "5"), ("worker", "2"), ("phase", "pickle"), ("function", "square").

    Raises `NothingToShow` where the view has none of it.
    """
    found = Selection()
    for what, which in wanted:
        if what == "worker":
            found |= Selection(lanes=_workers(chart.lanes, which))
        elif what == "phase":
            found |= Selection(kinds=frozenset({_kind(chart, which)}))
        else:
            rows = _tasks(columns, which) if what == "task" else _functions(columns, which)
            found |= of_tasks(columns, chart, rows)
    return found


def of_tasks(columns: TaskColumns, chart: ProcessTimeline, rows: Booleans) -> Selection:
    """Where tasks were, `rows` of the table: in their worker, and in the threads that hand them over."""
    runs = task_runs(columns.trace)
    ran, left = np.full((2, rows.size), np.nan)
    ran[runs.row], left[runs.row] = runs.start_ns, runs.end_ns
    sending, receiving = handler_lanes(columns, chart.index)
    time = columns.time
    parts = (
        (chart.task_lane, np.fmin(time("received"), ran), np.fmax(left, time("result_sent"))),
        (sending, time("pickle_start"), np.fmax(time("pickle_end"), time("sent"))),
        (
            receiving,
            first_known(time("result_received"), time("result_unpickled")),
            np.fmax(time("result_unpickled"), time("delivered")),
        ),
    )
    lane, start, end = (np.concatenate([part[i][rows] for part in parts]) for i in range(3))
    known = (lane >= 0) & (end >= start)
    return Selection(lane=lane[known], start_ns=start[known], end_ns=end[known])


def _tasks(columns: TaskColumns, which: str) -> Booleans:
    numbers = columns.number("task")
    rows = numbers == int(which)
    if not rows.any():
        there = f"they go from {numbers.min()} to {numbers.max()}" if numbers.size else "there are none"
        raise NothingToShow(f"no task {which}: {there}")
    return np.asarray(rows)


def _functions(columns: TaskColumns, which: str) -> Booleans:
    names = columns.trace.tasks["function"].astype(object).fillna("").astype(str)
    rows = ((names == which) | names.str.endswith(f".{which}")).to_numpy(bool)
    if not rows.any():
        there = ", ".join(sorted({name for name in names if name})[:8])
        raise NothingToShow(f"no function {which!r}: there are {there or 'none'}")
    return np.asarray(rows)


def _workers(lanes: Sequence[Lane], which: str) -> frozenset[int]:
    wanted = {which.removeprefix("W"), which}
    found = {
        place for place, lane in enumerate(lanes) if lane.number is not None and str(lane.number) in wanted
    }
    found = found or {place for place, lane in enumerate(lanes) if which in (lane.name, str(lane.pid))}
    if not found:
        there = ", ".join(f"{lane.number} ({lane.name})" for lane in lanes if lane.number)[:200]
        raise NothingToShow(f"no worker {which!r}: there are {there or 'none'}")
    return frozenset(found)


def _kind(chart: ProcessTimeline, which: str) -> str:
    known = {group.kind for group in (*chart.bars, *chart.spans, *chart.states)}
    kinds = [kind for kind in (*BARS, *SPANS, *STATES) if kind.name in known]
    for kind in kinds:
        if which in (kind.name, kind.name.removeprefix("span_"), kind.label):
            return kind.name
    there = ", ".join(kind.name.removeprefix("span_") for kind in kinds)
    raise NothingToShow(f"no phase {which!r}: there are {there or 'none'}")


def build_up(chart: ProcessTimeline, stages: Sequence[Stage]) -> tuple[Selection, ...]:
    """The parts of a view in the order in which it is built up, each with all before it.

    The first is empty: axes and names alone; the last is everything. Between them it goes from stage to stage
    where the run has several, else lane by lane.
    """
    parts = [Selection(until_ns=stage.end_ns) for stage in stages[:-1]]
    if not parts:
        shown: frozenset[int] = frozenset()
        for group in lane_groups(chart.lanes):
            shown |= group
            parts.append(Selection(lanes=shown))
    return (Selection(), *parts, Selection(full=True))


def lane_groups(lanes: Sequence[Lane]) -> list[frozenset[int]]:
    """The lanes that come together: main with its hidden threads, then each worker with its own.

    Of many workers the first one comes alone, as an example, the others in groups.
    """
    starts = [place for place, lane in enumerate(lanes) if lane.number is not None or lane.role != "main"]
    starts = [place for place in starts if not lanes[place].is_hidden]
    edges = [0, *(place for place in starts if place > 0), len(lanes)]
    groups = [frozenset(range(a, b)) for a, b in itertools.pairwise(edges) if b > a]
    own = 1 if lanes and lanes[0].role == "main" else 0
    workers = groups[own:]
    if len(workers) > MOST_GROUPS:
        shares = np.array_split(np.arange(1, len(workers)), MOST_GROUPS - 1)
        workers = [workers[0], *(frozenset().union(*(workers[i] for i in share)) for share in shares)]
    return [*groups[:own], *workers]
