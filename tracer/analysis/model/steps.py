"""Steps: what each step of each task of a pool took beyond what it had to wait for."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from tracer.analysis.columns import Floats, Integers, first_known, floats, integers
from tracer.analysis.model.workload import PIPE_BYTES
from tracer.analysis.structure import results
from tracer.analysis.structure.pools import of_kinds
from tracer.tables.tables import Tables

STAMPS = (
    *("submitted", "pickle_start", "pickle_end", "sent", "wait_start", "received", "run_start", "run_end"),
    *("result_received", "result_unpickled", "delivered"),
)


class Steps:
    """The stamps of a pool's tasks, `rows` of the table in the order of dispatch, and what follows.

    Times are nanoseconds of the trace, durations nanoseconds; arrays with one element a task.
    """

    def __init__(self, trace: Tables, rows: Integers) -> None:
        self.rows, tasks = rows, trace.tasks
        self.time = {name: floats(tasks, name)[rows] for name in STAMPS}
        time = self.time
        self.who = integers(tasks, "process")[rows], integers(tasks, "worker_tid")[rows]
        received = first_known(time["received"], time["run_start"])
        # Who reads lets the next one read before it says so, and may be put off its core in between. (Not
        # where each worker has a pipe of its own.)
        self.apart = of_kinds(trace, lambda kind: kind.loads_ahead)[rows]
        self.read = np.where(self.apart, received, np.fmin.accumulate(received[::-1])[::-1])
        self.submitted = first_known(time["submitted"], time["pickle_start"], received)
        packed, written = (column[rows] for column in results.by_worker(trace))
        self.packed = first_known(packed, time["run_end"])
        self.answered = first_known(written, self.packed)
        self.delivered = first_known(time["delivered"], time["result_unpickled"], self.answered)
        self.written = of_kinds(trace, lambda kind: kind.written)[rows]
        self.args = np.nan_to_num(floats(tasks, "args_bytes")[rows])
        self.results = np.nan_to_num(floats(tasks, "result_bytes")[rows])

    @property
    def span(self) -> tuple[float, float]:
        """From the first submission to the last delivery."""
        return float(self.submitted.min()), float(self.delivered.max())

    @property
    def unpickle(self) -> Floats:
        """How long it took from the message's reading to the function: its arguments were unpickled."""
        return positive(self.time["run_start"] - self.read)

    @property
    def pack(self) -> Floats:
        """How long the result was pickled."""
        return positive(self.packed - self.time["run_end"])

    @cached_property
    def collecting(self) -> Floats:
        """When the owner could begin to collect each result: it was there, and the one before delivered."""
        order = np.argsort(self.delivered, kind="stable")
        before = np.append(-np.inf, self.delivered[order][:-1])
        result = np.zeros(order.size)
        result[order] = np.fmax(self.packed[order], before)
        # Of the program's own loop it is not known when it asked: it may have had other work till then.
        return np.where(self.written, np.fmax(result, self.time["result_received"]), result)

    def bursts(self) -> tuple[Integers, Floats, Floats]:
        """Return each task's burst, its submission within it, and the pause before each burst."""
        order = np.argsort(self.submitted, kind="stable")
        submitted = self.submitted[order]
        until = np.maximum.accumulate(np.append(-np.inf, self.delivered[order]))[:-1]
        begins = (submitted > until) & np.append(True, submitted[1:] > submitted[:-1])
        number = np.cumsum(begins) - 1
        starts = submitted[begins]
        think = np.append(0.0, starts[1:] - until[begins][1:])
        burst = np.zeros(order.size, np.int64)
        burst[order] = number
        burst = np.maximum.accumulate(burst)  # in the order of dispatch
        return burst, np.maximum(self.submitted - starts[burst], 0.0), np.maximum(think, 0.0)

    def sending(self, ahead: int | None, idle: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return what making, serializing, writing and receiving took.

        `ahead` is as in `Workload`, `idle` when each worker waited for a task that did not come.
        """
        time, read = self.time, self.read
        if np.isnan(time["pickle_start"]).all():  # threads: a queue in memory
            zero = np.zeros(read.size)
            before = np.append(-np.inf, read[:-1])
            waits = first_known(time["wait_start"], self.submitted)
            there = np.fmax(self.submitted, np.sort(np.append(waits, idle))[: read.size])
            return zero, zero, zero, positive(read - np.fmax(there, np.minimum(before, there)))
        start, end = first_known(time["pickle_start"], read), first_known(time["pickle_end"], read)
        sent = first_known(time["sent"], end)
        asked = np.fmax(self.submitted, np.append(-np.inf, sent[:-1]))
        if ahead is not None and read.size > ahead:
            asked[ahead:] = np.fmax(asked[ahead:], self._woken(read[:-ahead], start[ahead:]))
        large = self.args + 4 > PIPE_BYTES
        total = np.cumsum(self.args + 4)
        room = np.searchsorted(total, total - PIPE_BYTES) - 1
        there = np.where((room >= 0) & ~large, np.fmax(end, read[room]), end)
        before = np.append(-np.inf, read[:-1])
        # Some worker waited: who was woken may get no core, and one that came later take the message.
        waited = np.sort(np.append(first_known(time["wait_start"], end), idle))[: read.size]
        taken = np.fmax(np.where(self.apart, time["wait_start"], np.fmax(waited, before)), there)
        write = sent - np.where(large, np.fmax(read, there), there)
        return (
            positive(start - asked),
            positive(end - start),
            np.where(large, np.nan_to_num(write), positive(write)),
            positive(read - taken),
        )

    def _woken(self, room: Floats, start: Floats) -> Floats:
        """Return when who keeps tasks handed over ahead saw that there was room, before it began (`start`).

        It sleeps until a result comes, and is told of nothing else but submissions.
        """
        results = np.sort(self.delivered)
        after = np.append(results, np.inf)[np.searchsorted(results, room)]
        return np.where(after <= start, after, room)

    def returning(self) -> tuple[Floats, Floats]:
        """Return what writing the result took, and collecting it."""
        large = self.results + 4 > PIPE_BYTES
        reply = self.answered - np.where(large, np.fmax(self.delivered, self.packed), self.packed)
        return positive(reply), positive(self.delivered - self.collecting)


def positive(values: Floats) -> Floats:
    """Return them with 0 where they are negative or not known."""
    return np.asarray(np.maximum(np.nan_to_num(values), 0.0))
