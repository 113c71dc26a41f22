"""Pieces: what lies on each thread, kind by kind, before it is known which of it shares a track.

lives    level 0   start-up and end of processes, targets of processes and of the program's own threads
units    level 1   tasks as a whole, the waits between them, what hidden threads do for each task
phases   level 2   the parts of a task, each within it
spans    level 3   all else that has a name
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from tracer.analysis.columns import (
    Booleans,
    Floats,
    Integers,
    equals,
    first_known,
    floats,
    integers,
    look_up,
)
from tracer.analysis.structure import results
from tracer.analysis.structure.pools import hidden_thread, pools
from tracer.analysis.structure.runs import PROCESSES, Runs, process_runs, task_runs, thread_runs
from tracer.export.names import Names
from tracer.export.nesting import OPEN
from tracer.export.people import People
from tracer.export.task_facts import task_names
from tracer.timeline.bars import fed_bars, life_bars
from tracer.timeline.kinds import BARS
from tracer.timeline.steps import Step, hidden_steps, worker_steps
from tracer.timeline.task_columns import TaskColumns

LABELS = {kind.name: kind.label.removesuffix(" (✕)") for kind in BARS}
"""What each kind of bar is called, as in the whole legend of a figure."""
LIFE, TASK, PHASE = "life", "task", "phase"
"""Categories of slices; a span has its own."""


@dataclass(frozen=True)
class Pieces:
    """Intervals on threads: arrays of one length. Times are ns since the trace's origin, `OPEN` is no end.

    `thread` is a place in `People`; `name` and `category` are numbers of names; `task` is the row of a task,
    `span` that of a span, -1 where there is none. `flow` marks the stations of a task's way.
    """

    thread: Integers
    start: Integers
    end: Integers
    name: Integers
    category: Integers
    task: Integers
    span: Integers
    flow: Booleans

    def __len__(self) -> int:
        return int(self.thread.size)

    def of(self, which: Integers | Booleans) -> Pieces:
        """Return some of them."""
        return Pieces(*(getattr(self, field.name)[which] for field in fields(self)))


def together(parts: list[Pieces]) -> Pieces:
    """Return the pieces of several lists, of at least one, as one."""
    if len(parts) == 1:
        return parts[0]
    return Pieces(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Pieces))
    )


class PieceMaker:
    """Makes the pieces of a trace: of all threads at once, or of chosen rows of its tables."""

    def __init__(self, columns: TaskColumns, people: People, names: Names) -> None:
        self.columns, self.people, self.names, self.trace = columns, people, names, columns.trace
        for text in (*LABELS.values(), LIFE, TASK, PHASE):
            names.number(text)  # so that all are known before any piece is asked for
        self.task_name = task_names(columns, names)
        self.worker = people(columns.number("process"), columns.number("worker_tid"))
        self.sender, self.receiver = self._hidden_threads()
        self._steps, (self._sends, self._receives) = worker_steps(columns), hidden_steps(columns)
        self._start, self._end, self._run_name = self._extents()

    def lives(self) -> Pieces:
        """Return level 0 of all threads."""
        parts = []
        for bars in life_bars(self.trace, self.people):
            parts.append(self._make(bars.lane, bars.start, bars.end, self._label(bars.kind), LIFE))
        for runs in (process_runs(self.trace), thread_runs(self.trace)):
            frame = self.trace.processes if runs.kind == PROCESSES else self.trace.threads
            process = integers(frame, "process")[runs.row]
            tid = np.full(process.size, -1) if runs.kind == PROCESSES else integers(frame, "tid")[runs.row]
            end = _seen_end(runs, self.trace.end_ns)
            parts.append(self._make(self.people(process, tid), runs.start_ns, end, self._label("run"), LIFE))
        return together(parts)

    def units(self, worked: Integers, sent: Integers, received: Integers) -> Pieces:
        """Return level 1: of the tasks in these rows what their worker, sender and receiver do."""
        start, end, name = self._start[worked], self._end[worked], self.task_name[worked]
        parts = [self._make(self.worker[worked], start, end, name, TASK, worked, flow=True)]
        parts += [self._step(self.worker, step, worked, task=False) for step in self._steps[:1]]
        parts += [self._step(self.sender, step, sent, flow=step.kind == "pickle") for step in self._sends]
        for step in self._receives:
            parts.append(self._step(self.receiver, step, received, flow=step.kind == "deliver"))
        return together(parts)

    def phases(self, rows: Integers) -> Pieces:
        """Return level 2: the parts of these tasks."""
        thread, end = self.worker[rows], self._end[rows]
        run = self.columns.time("run_start")[rows]
        ran = first_known(self.columns.time("run_end")[rows], end)
        parts = [self._make(thread, run, ran, self._run_name[rows], PHASE, rows)]
        return together(parts + [self._step(self.worker, step, rows) for step in self._steps[1:]])

    def extents(self, worked: Integers, sent: Integers, received: Integers) -> list[tuple[Floats, Floats]]:
        """Return from when to when what `units` gives for each row lasts, NaN where it gives nothing."""
        result = []
        for rows, steps in ((worked, self._steps[:1]), (sent, self._sends), (received, self._receives)):
            pairs = [(step.start, step.end) for step in steps]
            if rows is worked:
                pairs.append((self._start, self._end))
            first, last = (np.full(rows.size, np.nan) for _ in range(2))
            for start, end in pairs:
                there = end[rows] >= start[rows]
                first = np.fmin(first, np.where(there, start[rows], np.nan))
                last = np.fmax(last, np.where(there, end[rows], np.nan))
            result.append((first, last))
        return result

    def fed(self) -> Pieces:
        """Return level 1 of the workers' feeders, which pickle and write results."""
        every = fed_bars(self.columns, self.people)
        nothing = np.zeros(0)
        parts = [self._make(nothing.astype(np.int64), nothing, nothing, 0, PHASE)]
        parts += [self._make(one.lane, one.start, one.end, self._label(one.kind), PHASE) for one in every]
        return together(parts)

    def spans(self) -> Pieces:
        """Return level 3 of all threads."""
        frame = self.trace.spans
        thread = self.people(integers(frame, "process"), integers(frame, "tid"))
        category = frame["category"].astype(object).fillna("span").astype(str)
        named = frame["name"].astype(object).fillna("").astype(str)
        texts = named.where(category == "user", category + " " + named)
        end = np.nan_to_num(floats(frame, "end"), nan=np.inf)
        names, rows = self.names.numbers(texts), np.arange(len(frame))
        made = self._make(thread, floats(frame, "start"), end, names, "", span=rows)
        codes = self.names.numbers(category)[made.span]
        return replace(made, category=codes)

    def delivered_apart(self) -> Booleans:
        """Tell which tasks were delivered by a thread on which that is no piece."""
        told = (self.receiver >= 0) & bool(self._receives)
        known = ~np.isnan(self.columns.time("result_unpickled"))
        return np.asarray(~np.isnan(self.columns.time("delivered")) & ~(told & known))

    def _label(self, kind: str) -> int:
        return self.names.number(LABELS[kind])

    def _step(
        self, threads: Integers, step: Step, rows: Integers, flow: bool = False, task: bool = True
    ) -> Pieces:
        number = rows if task else None
        start, end = step.start[rows], step.end[rows]
        return self._make(threads[rows], start, end, self._label(step.kind), PHASE, number, flow=flow)

    def _make(
        self,
        thread: Integers,
        start: Floats,
        end: Floats,
        name: Integers | int,
        category: str,
        task: Integers | None = None,
        span: Integers | None = None,
        flow: bool = False,
    ) -> Pieces:
        """Return pieces: all that have a thread, a start and an end (infinite: not seen), in this order."""
        keep = np.flatnonzero((thread >= 0) & (end >= start))
        none = np.full(keep.size, -1)
        return Pieces(
            thread[keep],
            start[keep].astype(np.int64),
            np.minimum(end[keep], float(OPEN)).astype(np.int64),
            np.full(keep.size, name) if isinstance(name, int) else name[keep],
            np.full(keep.size, self.names.number(category)),
            none if task is None else task[keep],
            none if span is None else span[keep],
            np.full(keep.size, flow),
        )

    def _hidden_threads(self) -> tuple[Integers, Integers]:
        """Return for each task the threads that send it and that receive its result, -1: not known."""
        number, known = self.columns.number("pool"), pools(self.trace)
        threads = np.full((2, number.size), -1)
        for pool in known:
            roles = (pool.traits.sending, pool.traits.receiving) if pool.traits.piped else ()
            for side, role in enumerate(roles):
                if role and (found := hidden_thread(self.trace, known, pool, role)) is not None:
                    place = self.people(np.array([pool.owner]), np.array([found.tid]))
                    threads[side, number == pool.number] = place[0]
        return threads[0], threads[1]

    def _extents(self) -> tuple[Floats, Floats, Integers]:
        """Return start and end of each task on its worker, NaN where it did not get there; its run's name.

        It begins when its bytes begin to arrive, and ends when its result is written, as far as it got.
        """
        columns, tasks, runs = self.columns, self.trace.tasks, task_runs(self.trace)
        begun, received = columns.time("run_start"), columns.time("received")
        got = self._steps[0].end if self._steps else begun
        start = np.fmin(np.where(np.isnan(received), np.nan, got), begun)
        done, sent = results.by_worker(self.trace)
        end = first_known(sent, done, columns.time("run_end"))
        lost = equals(tasks, "status", "lost")
        exits = look_up(
            integers(self.trace.processes, "process"),
            columns.number("process"),
            floats(self.trace.processes, "exited"),
        )
        until = np.where(lost, exits, received)
        until[runs.row] = _seen_end(runs, self.trace.end_ns)
        end = first_known(end, until, received)
        name = np.full(end.size, self._label("run"))
        name[np.isnan(columns.time("run_end"))] = self._label("unfinished")
        name[equals(tasks, "status", "error") & ~np.isnan(columns.time("run_end"))] = self._label("error")
        name[lost] = self._label("lost")
        return start, np.fmax(start, end), name


def _seen_end(runs: Runs, last: int) -> Floats:
    """Return the ends of runs, infinite where nothing tells when one ended but that the trace did."""
    return np.where(~runs.measured & (runs.end_ns >= last), np.inf, runs.end_ns)
