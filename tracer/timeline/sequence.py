"""One task's way to its worker and back, step by step: who did what, and who handed on what to whom.

    caller ─► sender ─► pipe ─► worker ─► pipe ─► receiver ─► caller          processes
    caller ─► queue ─► worker ─► (receiver ─►) caller                         threads

A step lies between two stamps of the task's; one whose stamps were not recorded is left out, and so is who
has no step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from tracer.analysis.columns import Floats, floats, integers
from tracer.analysis.structure import results
from tracer.analysis.structure.pools import pools
from tracer.tables.tables import Tables
from tracer.timeline.view import NothingToShow

STAMPS = (
    *("submitted", "pickle_start", "pickle_end", "sent", "wait_start", "lock_acquired", "received"),
    *("run_start", "run_end", "result_pickled", "result_sent", "result_received", "result_unpickled"),
    "delivered",
)
WAIT, UNKNOWN = "wait", ""
"""Kinds of a piece of the way: waiting, and what no stamp tells."""
CALLER, SENDER, PIPE, QUEUE, WORKER, RESULTS, RECEIVER = (
    *("caller", "sender", "pipe", "queue", "worker", "result pipe", "receiver"),
)
PARTIES = (CALLER, SENDER, PIPE, WORKER, RESULTS, RECEIVER)
"""From left to right."""
_WHAT = {PIPE: "of tasks", RESULTS: "of results", QUEUE: "in memory"}
_PIPED = (  # party, kind of bar, the stamps at its ends, what it does
    (SENDER, WAIT, "submitted", "pickle_start", "queued"),
    (SENDER, "pickle", "pickle_start", "pickle_end", "pickle"),
    (SENDER, "pipe", "pickle_end", "sent", "write"),
    (PIPE, WAIT, "pickle_end", "received", "in pipe"),
    (WORKER, WAIT, "wait_start", "ready", "wait"),
    (WORKER, "pipe", "ready", "received", "read"),
    (WORKER, "unpickle", "received", "run_start", "unpickle"),
    (WORKER, "run", "run_start", "run_end", ""),
    (WORKER, "pickle", "run_end", "result_pickled", "pickle"),
    (WORKER, "pipe", "result_pickled", "result_sent", "write"),
    (RESULTS, WAIT, "result_pickled", "result_received", "in pipe"),
    (RECEIVER, "unpickle", "result_received", "result_unpickled", "unpickle"),
    (RECEIVER, "deliver", "result_unpickled", "delivered", "deliver"),
)
_THREADED = (
    (QUEUE, WAIT, "submitted", "received", "in queue"),
    (WORKER, WAIT, "wait_start", "received", "wait"),
    (WORKER, "pipe", "received", "run_start", "take"),
    (WORKER, "run", "run_start", "run_end", ""),
    (WORKER, "deliver", "run_end", "delivered", "deliver"),
    (RECEIVER, "deliver", "result_received", "delivered", "deliver"),
)
_ARRIVAL = {  # by which stamps the task, or its result, comes to a party
    SENDER: ("submitted",),
    PIPE: ("pickle_end", "submitted"),
    QUEUE: ("submitted",),
    WORKER: ("received", "run_start"),
    RESULTS: ("result_pickled",),
    RECEIVER: ("result_received",),
    CALLER: ("delivered",),
}
_PIPED_WAY = (  # the stamps on the way in their order, and what the task or its result did until each
    *(("pickle_start", WAIT), ("pickle_end", "pickle"), ("ready", WAIT), ("received", "pipe")),
    *(("run_start", "unpickle"), ("run_end", "run"), ("result_pickled", "pickle")),
    *(("result_received", WAIT), ("result_unpickled", "unpickle"), ("delivered", "deliver")),
)
_THREADED_WAY = (("received", WAIT), ("run_start", "pipe"), ("run_end", "run"), ("delivered", "deliver"))
_BYTES = {"pickle_start": "args_bytes", "run_end": "result_bytes"}
"""What a step that pickles has made, by the stamp at its beginning."""


@dataclass(frozen=True)
class Party:
    """Who takes part: a name, and what it is."""

    role: str
    name: str
    what: str


@dataclass(frozen=True)
class Step:
    """What a party does between two rows: `kind` is one of `BARS`, `size` the bytes that it makes, if any."""

    party: int
    kind: str
    first: int
    last: int
    label: str
    length_ns: float
    size: int | None = None


@dataclass(frozen=True)
class Message:
    """The task, or its result, is handed on at a row."""

    row: int
    sender: int
    receiver: int


@dataclass(frozen=True)
class Sequence:
    """A task's way: `times_ns` are those of its rows since it was handed over, in order.

    `function` is what it worked on (`square(3)`), where labels were asked for, else the function's name;
    `status` and `error` are those of the table of tasks; `pieces` are what the whole time is made of, one
    after another: kind of bar, start and end in nanoseconds.
    """

    task: int
    function: str
    status: str
    error: str
    times_ns: tuple[float, ...]
    parties: tuple[Party, ...]
    steps: tuple[Step, ...]
    messages: tuple[Message, ...]
    pieces: tuple[tuple[str, float, float], ...]

    def time_of(self, kind: str) -> float:
        """Return how long the pieces of a kind are together, in nanoseconds."""
        return sum(end - start for one, start, end in self.pieces if one == kind)

    @property
    def length_ns(self) -> float:
        """From the call to the delivery, or to the last that is known."""
        return self.pieces[-1][2] if self.pieces else 0.0


def sequence_of(trace: Tables, task: int | None = None) -> Sequence | None:
    """Return the way of a task; without a number, of the one whose way took the median time.

    None for a trace in which no task's way is known from its beginning to its end. Raises `NothingToShow`
    where there is no such task, or it was not seen to be handed over.
    """
    numbers, submitted = integers(trace.tasks, "task"), floats(trace.tasks, "submitted")
    if task is None:
        row = _typical(floats(trace.tasks, "delivered") - submitted)
        return None if row is None else _Way(trace, row).sequence()
    found = np.flatnonzero(numbers == task)
    if not found.size:
        known = f"tasks {numbers.min()} to {numbers.max()}" if numbers.size else "no tasks"
        raise NothingToShow(f"no task {task}: there are {known}")
    if np.isnan(submitted[found[0]]):
        raise NothingToShow(f"task {task}: when it was handed over was not recorded")
    return _Way(trace, int(found[0])).sequence()


def _typical(lengths: Floats) -> int | None:
    """Return the row of the median of the known lengths, the later of two."""
    known = np.flatnonzero(~np.isnan(lengths))
    if not known.size:
        return None
    return int(known[np.argsort(lengths[known], kind="stable")[known.size // 2]])


class _Way:
    """The stamps of one task, in nanoseconds since it was handed over, and who serves its pool."""

    def __init__(self, trace: Tables, row: int) -> None:
        self.trace, self.row = trace, row
        self.task = trace.tasks.iloc[[row]]
        (self.pool,) = [one for one in pools(trace) if one.number == self._integer("pool")]
        known = {name: float(floats(self.task, name)[0]) for name in STAMPS}
        zero = known["submitted"]
        self.stamps = {name: time - zero for name, time in known.items() if not np.isnan(time)}
        self.threaded = self.pool.threaded
        lock, packed = (self.stamps.get(name) for name in ("lock_acquired", "pickle_end"))
        self.ready = None  # the stamp from which on the task could be read
        if lock is not None and packed is not None:
            self.ready = "lock_acquired" if lock > packed else "pickle_end"

    def _integer(self, name: str) -> int:
        return int(integers(self.task, name)[0])

    def _text(self, name: str) -> str:
        value = self.task[name].iloc[0]
        return "" if pd.isna(value) else str(value)

    def _stamp(self, name: str) -> str | None:
        """The name of a stamp that was recorded."""
        name = (self.ready or "") if name == "ready" else name
        return name if name in self.stamps else None

    def sequence(self) -> Sequence:
        rows = self._rows()
        steps = list(self._steps(rows))
        used = {CALLER, WORKER} | {role for role, _ in steps}
        order = (CALLER, QUEUE, WORKER, RECEIVER) if self.threaded else PARTIES
        parties = [role for role in order if role in used]
        times = [self.stamps[name] for name in rows]
        if any(step.last == len(rows) for _, step in steps):
            times.append(np.nan)  # where the last step ended was not seen
        return Sequence(
            self._integer("task"),
            self._function,
            self._text("status"),
            self._text("error"),
            tuple(times),
            tuple(self._party(role) for role in parties),
            tuple(replace(step, party=parties.index(role)) for role, step in steps),
            tuple(self._messages(rows, parties)),
            tuple(self._pieces()),
        )

    @property
    def _function(self) -> str:
        if label := self._text("label"):
            return label
        name, items = self._text("function").rpartition(".")[2], self._integer("items")
        return f"{items:,} × {name}" if items > 1 else name

    def _rows(self) -> list[str]:
        """The stamps in the order of their times; of those at one time, in that of a task's way."""
        left_out = {"lock_acquired"} - {self.ready}
        shown = [name for name in STAMPS if self.stamps.get(name, -1.0) >= 0 and name not in left_out]
        return sorted(shown, key=lambda name: self.stamps[name])

    def _steps(self, rows: list[str]) -> Iterator[tuple[str, Step]]:
        """Yield each step with the role of its party, whose number is not known yet."""
        is_fed = bool(results.is_fed(self.trace)[self.row])
        for role, kind, start, end, label in _THREADED if self.threaded else _PIPED:
            first, last = self._stamp(start), self._stamp(end)
            if first is None or (last is None and kind != "run"):
                continue
            if (role, kind) == (WORKER, "deliver") and "result_received" in self.stamps:
                continue  # another thread does
            if is_fed and start in ("run_end", "result_pickled"):
                label = f"{label}, by a feeder"
            begin = rows.index(first) if first in rows else 0  # a worker may have waited before
            if kind != "run":
                length = self.stamps[str(last)] - self.stamps[first]
                size = self._integer(_BYTES[start]) if kind == "pickle" else -1
                end_row, made = rows.index(str(last)), size if size >= 0 else None
                yield role, Step(-1, kind, begin, end_row, label, length, made)
                continue
            how, status = (kind, self._text("status")) if last else ("unfinished", "")
            how = "error" if status == "error" else "lost" if self._text("status") == "lost" else how
            length = self.stamps[last] - self.stamps[first] if last else np.nan
            yield role, Step(-1, how, begin, rows.index(last) if last else len(rows), self._function, length)

    def _messages(self, rows: list[str], parties: list[str]) -> Iterator[Message]:
        """Yield what each party hands on: the task from the caller to the worker, the result back to it."""
        way = [*range(len(parties)), 0]
        for sender, receiver in pairwise(way):
            role = parties[receiver]
            arrived = next((name for name in _ARRIVAL[role] if name in self.stamps), None)
            if arrived is None:
                continue
            yield Message(rows.index(arrived), sender, receiver)

    def _pieces(self) -> Iterator[tuple[str, float, float]]:
        """Yield what the way consists of; where a stamp is missing, what passed until the next is unknown."""
        time, is_gap = 0.0, False
        for name, kind in _THREADED_WAY if self.threaded else _PIPED_WAY:
            stamp = self._stamp(name)
            if stamp is None:
                is_gap = True
                continue
            yield UNKNOWN if is_gap else kind, time, self.stamps[stamp]
            time, is_gap = self.stamps[stamp], False

    def _party(self, role: str) -> Party:
        frame, traits = self.trace.processes, self.pool.traits
        names = dict(zip(integers(frame, "process").tolist(), frame["name"].tolist(), strict=True))
        owner = str(names.get(self.pool.owner) or "main")
        if role in (PIPE, RESULTS, QUEUE):
            return Party(role, "queue" if role == QUEUE else "pipe", _WHAT[role])
        if role == WORKER:
            return self._worker(names)
        thread = {SENDER: traits.sending, RECEIVER: traits.receiving}.get(role, "")
        if not thread:
            return Party(role, owner, "caller" if role == CALLER else "")
        return Party(role, thread.replace("_", " "), f"thread of {owner}")

    def _worker(self, names: Mapping[int, object]) -> Party:
        process, tid = self._integer("process"), self._integer("worker_tid")
        if not self.threaded:
            pid = self._integer("worker_pid")
            return Party(WORKER, str(names.get(process) or "worker"), f"worker, PID {pid}")
        frame = self.trace.threads
        mine = (integers(frame, "process") == process) & (integers(frame, "tid") == tid)
        named = frame["name"][mine].dropna()
        return Party(WORKER, str(named.iloc[-1]) if len(named) else "worker", "worker thread")
