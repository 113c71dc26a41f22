"""Phases: how long each step of each task took, and what serialization cost it.

    submitted ─ queued ─ pickling ─┬─ sending ──────────────── sent
                                   └─ in_pipe ─ receiving ─ unpickling ─ run
    run_end ─ result_pickling ─┬─ result_sending ───────────── result_sent
                               └─ result_waiting ─ result_receiving ─ result_unpickling ─ delivering

The call that writes may return after the other end has read: the two branches run side by side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.account.pipes import at_work
from tracer.analysis.account.workers import Rounds, rounds
from tracer.analysis.cache import cached
from tracer.analysis.columns import Floats, Integers, first_known, floats, integers
from tracer.analysis.cores.slices import HeldCores, held_cores
from tracer.analysis.intervals import latest_before
from tracer.analysis.structure import results
from tracer.analysis.structure.lanes import Lanes, lanes
from tracer.analysis.structure.pools import is_threaded
from tracer.record.kinds import RECEIVING, SENDING
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class Phase:
    """One step of a task's way: `name` is its column, `title` for people, `category` that of the account."""

    name: str
    title: str
    category: str


PHASES = (
    Phase("queued", "queued in the parent", "idle"),
    Phase("pickling", "arguments: pickling", "pickling"),
    Phase("sending", "arguments: write", "sending"),
    Phase("in_pipe", "waiting for a worker", "idle"),
    Phase("receiving", "arguments: read", "receiving"),
    Phase("unpickling", "arguments: unpickling", "unpickling"),
    Phase("run", "run", "on_core"),
    Phase("result_pickling", "result: pickling", "pickling"),
    Phase("result_sending", "result: write", "sending"),
    Phase("result_waiting", "waiting for the parent", "idle"),
    Phase("result_receiving", "result: read", "receiving"),
    Phase("result_unpickling", "result: unpickling", "unpickling"),
    Phase("delivering", "delivering", "delivering"),
)
"""In the order of a task's way."""
PAYLOAD = {"pickling": "args", "receiving": "args", "result_pickling": "result", "result_receiving": "result"}
"""Whose bytes a phase made or read."""


@dataclass(frozen=True)
class Payload:
    """What a phase made or read, in bytes: of the median task, of all, and in a second of the phase."""

    each: float
    total: float
    per_second: float | None


@dataclass(frozen=True)
class TaskPhases:
    """The steps of every task, in nanoseconds; NaN where one was not recorded or did not happen.

    `table` has a column for each of `PHASES` and a row for each row of `trace.tasks`. `args_ns` and
    `result_ns` are what serialization cost, out and back: the time that threads at both ends spent pickling,
    writing, reading and unpickling. Being held up in a write or in the parent's read (no room in the pipe,
    or no core) is not counted where every switch was recorded, and cannot be told apart where not.
    """

    table: pd.DataFrame
    args_ns: Floats
    result_ns: Floats

    def of(self, name: str) -> Floats:
        """Return one column."""
        return np.asarray(self.table[name].to_numpy(np.float64))

    @property
    def overhead_ns(self) -> Floats:
        """Both directions together, as far as known; NaN where neither is."""
        return known_sum(self.args_ns, self.result_ns)

    @property
    def overhead_share(self) -> float:
        """Which part of what serializing and running took together was serializing, over all tasks."""
        spent = float(np.nansum(self.overhead_ns))
        return spent / max(spent + float(np.nansum(self.of("run"))), 1.0)


def known_sum(*parts: Floats) -> Floats:
    """Add up, row by row, what is known; NaN where nothing is."""
    unknown = np.logical_and.reduce([np.isnan(part) for part in parts])
    total = np.add.reduce([np.where(np.isnan(part), 0.0, part) for part in parts])
    return np.where(unknown, np.nan, total)


@cached
def task_phases(trace: Tables) -> TaskPhases:
    """Return the steps of every task."""
    return _Steps(trace, held_cores(trace)).phases()


def payload(trace: Tables, steps: TaskPhases, phase: str) -> Payload | None:
    """The bytes of a phase; None where it has none, or their number was not recorded."""
    if (side := PAYLOAD.get(phase)) is None:
        return None
    values, sizes = steps.of(phase), floats(trace.tasks, f"{side}_bytes")
    known = ~np.isnan(values) & ~np.isnan(sizes)
    if not known.any():
        return None
    total, spent = float(sizes[known].sum()), float(values[known].sum())
    return Payload(float(np.median(sizes[known])), total, total / spent * 1e9 if spent > 0 else None)


class _Steps:
    """The stamps of a trace's tasks, and the threads at both ends."""

    def __init__(self, trace: Tables, holds: HeldCores | None) -> None:
        self.trace, self.holds = trace, holds
        self.lanes: Lanes = lanes(trace)
        self.rounds: Rounds = rounds(trace, self.lanes)
        self.piped = ~is_threaded(trace)

    def phases(self) -> TaskPhases:
        time, found = self._time, self.rounds
        ready, received = self._of_round(found.ready), self._of_round(found.received)
        reading = self._reading()
        pickle_end, pickled, answered = time("pickle_end"), time("result_pickled"), time("result_received")
        begun = first_known(time("pickle_start"), time("received"), time("run_start"))
        columns = {
            "queued": begun - time("submitted"),
            "pickling": pickle_end - time("pickle_start"),
            "sending": time("sent") - pickle_end,
            "in_pipe": ready - pickle_end,
            "receiving": received - ready,
            "unpickling": time("run_start") - received,
            "run": time("run_end") - time("run_start"),
            "result_pickling": results.by_worker(self.trace)[0] - time("run_end"),
            "result_sending": time("result_sent") - pickled,
            "result_waiting": reading - pickled,
            "result_receiving": answered - reading,
            "result_unpickling": time("result_unpickled") - answered,
            "delivering": time("delivered")
            - first_known(time("result_unpickled"), answered, time("run_end")),
        }
        columns["delivering"][np.isnan(time("run_end"))] = np.nan
        for name in ("receiving", "unpickling", "in_pipe", "result_receiving", "result_waiting"):
            columns[name] = np.where(self.piped, columns[name], np.nan)
        columns = {name: np.maximum(values, 0.0) for name, values in columns.items()}
        # When a feeder of the worker's had a core is not known.
        tid = np.where(results.is_fed(self.trace), -1, integers(self.trace.tasks, "worker_tid"))
        worker = integers(self.trace.tasks, "process"), tid
        sender, receiver = self._threads(SENDING), self._threads(RECEIVING)
        args = known_sum(
            columns["pickling"],
            columns["sending"] * at_work(self.holds, *sender, pickle_end, time("sent")),
            columns["receiving"],
            columns["unpickling"],
        )
        result = known_sum(
            columns["result_pickling"],
            columns["result_sending"] * at_work(self.holds, *worker, pickled, time("result_sent")),
            columns["result_receiving"] * at_work(self.holds, *receiver, reading, answered),
            columns["result_unpickling"],
        )
        return TaskPhases(pd.DataFrame(columns), args, result)

    def _time(self, name: str) -> Floats:
        return floats(self.trace.tasks, name)

    def _of_round(self, values: Floats) -> Floats:
        result = np.full(len(self.trace.tasks), np.nan)
        result[self.rounds.row] = values
        return result

    def _reading(self) -> Floats:
        """Return from when each result could be read: it was there, and the parent's receiver free."""
        received = self._time("result_received")
        pool = integers(self.trace.tasks, "pool")
        row = np.flatnonzero(~np.isnan(received) & (pool >= 0))
        row = row[np.lexsort((received[row], pool[row]))]
        done = first_known(self._time("delivered"), self._time("result_unpickled"), received)[row]
        before = latest_before(pool[row], np.maximum(done, received[row]))
        result = np.full(received.size, np.nan)
        there = np.fmax(self._time("result_pickled")[row], before)
        result[row] = np.fmin(np.where(np.isnan(there), received[row], there), received[row])
        return result

    def _threads(self, roles: tuple[str, ...]) -> tuple[Integers, Integers]:
        """Return process and number of the hidden thread with one of these roles that served each task."""
        pool = integers(self.trace.tasks, "pool")
        process, tid = np.full(pool.size, -1), np.full(pool.size, -1)
        table = self.lanes.table
        for row in table[table["role"].isin(roles) & (table["kind"] == "hidden")].to_dict("records"):
            mine = pool == row["pool"]
            process[mine], tid[mine] = int(row["process"]), int(row["tid"])
        return process, tid
