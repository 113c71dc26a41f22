"""How busy each worker was, column of time by column: a timeline for a view of few cells, such as a terminal.

lane      ░░░░▂▆███▁··▄██×       ░ starting   ▂ ran for a part of the column   · alive   × ended in a task
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.analysis.columns import Booleans, Floats, Integers, equals, first_known, integers
from tracer.analysis.structure.runs import all_runs
from tracer.tables.tables import Tables
from tracer.timeline.averages import coverage
from tracer.timeline.lanes import Lane, LaneIndex, shown_lanes

SUMMED = "summed"
"""The role of a lane that stands for several."""


@dataclass(frozen=True)
class Activity:
    """Lanes × columns; times are nanoseconds since the trace's origin.

    `lanes`      those of `workers`
    `run_ns`     how long each lane ran, all in all
    `busy`       share of the column's time in which the lane ran a task, a target or a thread, 0–1
    `starting`   share in which its process was being started
    `alive`      share in which it existed at all
    `lost`       where the lane died with a task in its hands
    """

    lanes: tuple[Lane, ...]
    start_ns: float
    end_ns: float
    run_ns: Floats
    busy: Floats
    starting: Floats
    alive: Floats
    lost: Booleans

    def __len__(self) -> int:
        return len(self.lanes)

    def rows(self, first: int, last: int) -> Activity:
        """Return the lanes from `first` up to `last`."""
        cut = slice(first, last)
        return replace(
            self,
            lanes=self.lanes[cut],
            run_ns=self.run_ns[cut],
            busy=self.busy[cut],
            starting=self.starting[cut],
            alive=self.alive[cut],
            lost=self.lost[cut],
        )

    def summed(self, name: str) -> Activity:
        """Return one lane called `name` in the place of all: the mean of their shares."""
        return replace(
            self,
            lanes=(Lane(-1, None, None, SUMMED, name),),
            run_ns=self.run_ns.sum(keepdims=True),
            busy=self.busy.mean(axis=0, keepdims=True),
            starting=self.starting.mean(axis=0, keepdims=True),
            alive=self.alive.mean(axis=0, keepdims=True),
            lost=np.logical_or.reduce(self.lost, axis=0, keepdims=True),
        )


def workers(trace: Tables) -> tuple[Lane, ...]:
    """Each worker, child process and thread of the program, processes first, in the order of their start.

    Also each process beside these that ran tasks in a thread that has no lane; its life says nothing of it.
    """
    every = [lane for lane in shown_lanes(trace) if lane.number is not None]
    every.sort(key=lambda lane: (lane.tid is not None, lane.birth, lane.process))
    tasks = trace.tasks[["process", "worker_pid", "worker_tid"]].drop_duplicates()
    lane = LaneIndex(every)(integers(tasks, "process"), integers(tasks, "worker_tid"))
    tasks = tasks[(lane < 0) & tasks["process"].notna().to_numpy()].drop_duplicates("process")
    pids = integers(tasks, "worker_pid").tolist()
    others = zip(integers(tasks, "process").tolist(), pids, strict=True)
    return (*every, *(Lane(process, pid, None, "", f"PID {pid}", end=np.nan) for process, pid in others))


def activity(trace: Tables, lanes: Sequence[Lane], columns: int) -> Activity | None:
    """The activity of `workers(trace)` in so many columns; None where nothing took any time.

    It goes from the start of the first lane to the end of the last. Cost: O(runs + lanes · columns).
    """
    lane, start, end, lost = _runs(trace, lanes)
    called, ready = (
        np.array([getattr(one, name) for one in lanes], dtype=np.float64) for name in ("born", "ready")
    )
    ended = np.array([float(trace.end_ns) if one.end == np.inf else one.end for one in lanes])
    first_run = np.full(len(lanes), np.inf)
    np.minimum.at(first_run, lane, start)
    first_run = np.where(np.isinf(first_run), np.nan, first_run)
    ready = first_known(ready, first_run, ended)
    called = first_known(called, ready)
    known = np.concatenate([called, start, ended, end])
    known = known[~np.isnan(known)]
    if not known.size or known.max() <= known.min():
        return None
    origin, last = float(known.min()), float(known.max())
    scale, size = columns / (last - origin), (len(lanes), columns)

    def cover(which: Integers, begin: Floats, finish: Floats) -> Floats:
        return coverage(which, (begin - origin) * scale, (finish - origin) * scale, size)

    every = np.arange(len(lanes))
    marks = np.zeros(size, dtype=np.bool_)
    column = np.clip(((end[lost] - origin) * scale).astype(np.int64), 0, columns - 1)
    marks[lane[lost], column] = True
    return Activity(
        lanes=tuple(lanes),
        start_ns=origin,
        end_ns=last,
        run_ns=np.bincount(lane, end - start, minlength=len(lanes)).astype(np.float64),
        busy=cover(lane, start, end),
        starting=cover(every, called, ready),
        alive=cover(every, called, ended),
        lost=marks,
    )


def _runs(trace: Tables, lanes: Sequence[Lane]) -> tuple[Integers, Floats, Floats, Booleans]:
    """Return lane, start and end of everything that ran on these lanes, and which of it were lost tasks."""
    index, every = LaneIndex(lanes), all_runs(trace)
    tables = (trace.tasks, trace.processes, trace.threads)
    tids = (
        integers(trace.tasks, "worker_tid"),
        np.full(len(trace.processes), -1),
        integers(trace.threads, "tid"),
    )
    lane = np.concatenate(
        [
            index(integers(table, "process")[runs.row], tid[runs.row])
            for runs, table, tid in zip(every, tables, tids, strict=True)
        ]
    )
    start, end = (np.concatenate([getattr(runs, name) for runs in every]) for name in ("start_ns", "end_ns"))
    lost = np.zeros(lane.size, np.bool_)
    lost[: every[0].row.size] = equals(trace.tasks, "status", "lost")[every[0].row]
    known = lane >= 0
    return lane[known], start[known], end[known], lost[known]
