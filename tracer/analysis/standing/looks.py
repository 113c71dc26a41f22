"""The looks that the collector kept: who stood together, since when, and what each was doing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from signal import SIGTERM

import numpy as np
import pandas as pd

from tracer.analysis.cache import cached
from tracer.analysis.columns import Booleans, Floats, equals, floats, integers
from tracer.analysis.standing.ended import dead_before, gone
from tracer.analysis.structure.pools import of_kinds
from tracer.record.kinds import MANAGER, OWN_THREADS, SERVICES, SOCKET, THREAD_LOCK, WAITS
from tracer.tables.tables import Tables

READS = ("read", "readv", "recvfrom", "recvmsg")
"""The calls of the system that read from a socket."""


@dataclass(frozen=True)
class Stand:
    """One thread that stands. Times are nanoseconds since the trace's origin.

    `name` and `process_role` are its process's, `thread` (its name) and `role` its own. `task` is the row of
    the task that it runs, or whose result it hands back; -1 for none. `inside` is the category and the name
    of the span that it was found in, where that ended later. `terminated`: its process was sent SIGTERM
    before.
    """

    process: int
    pid: int
    tid: int
    name: str
    process_role: str
    role: str
    since: float
    wait: str
    object: str
    channel: str
    call: str
    woke: bool
    limited: bool
    sigterm: str
    terminated: bool
    stack: str
    thread: str = ""
    task: int = -1
    inside: tuple[str, str] = ("", "")

    @property
    def is_first(self) -> bool:
        """Whether it is the first thread of its process."""
        return self.pid == self.tid

    @property
    def is_hidden(self) -> bool:
        """Whether it serves a pool or a queue, and waits for work of others only."""
        return not (self.is_first or self.role in (*OWN_THREADS, "worker", "main"))

    @property
    def child(self) -> int:
        """The PID of the one child that it waits for; 0 where that is not known (see `Look.awaited`)."""
        pid = self.object.removeprefix("pid:")
        return int(pid) if self.object.startswith("pid:") and pid.isdecimal() else 0


@dataclass(frozen=True)
class Look:
    """One look: at `seen` these threads stood; nothing of the program had moved since `still`.

    `asked`: it was taken just before the program was told to end. `until` is when something moved again, or
    the program ended. Of the tasks of the trace, `waiting` had been handed over, and not begun; `running` had
    begun, and their results were not sent. `alive` are the processes that stood then, `strangers` those that
    may have lived and were not looked at, `lost` the tasks that had died with their workers before.
    """

    seen: float
    still: float
    asked: bool
    until: float
    threads: tuple[Stand, ...]
    waiting: tuple[int, ...]
    running: tuple[int, ...]
    lost: tuple[int, ...]
    alive: tuple[int, ...]
    strangers: tuple[int, ...]

    @property
    def still_ns(self) -> float:
        """How long nothing moved."""
        return max(self.until - self.still, 0.0)

    def of(self, process: int) -> list[Stand]:
        """Return the threads of a process."""
        return [one for one in self.threads if one.process == process]

    def first_of(self, pid: int) -> Stand | None:
        """Return the first thread of the process with this PID."""
        return next((one for one in self.threads if one.pid == pid and one.is_first), None)

    def awaited(self, one: Stand) -> Stand | None:
        """Return the first thread of the process whose end a thread waits for, None where it is not known."""
        if one.child:
            return self.first_of(one.child)
        named = [other for other in self.threads if other.is_first and other.name == one.inside[1]]
        return named[0] if one.inside[0] == "join" and len(named) == 1 else None

    @property
    def main(self) -> Stand | None:
        """The first thread of the main process."""
        return next((one for one in self.threads if one.process_role == "main" and one.is_first), None)


@cached
def looks(trace: Tables) -> tuple[Look, ...]:
    """Return the looks, that of the longest time in which nothing moved first; none in an older trace."""
    table = trace.standing[trace.standing["wait"].isin(WAITS)]
    times = np.unique(floats(table, "seen")).tolist()
    found = [_look(trace, table[table["seen"] == seen], seen) for seen in times]
    return tuple(sorted(found, key=lambda one: -one.still_ns))


def _look(trace: Tables, rows: pd.DataFrame, seen: float) -> Look:
    still = floats(rows, "still")
    since = floats(rows, "since")
    begun = float(np.nanmin(still)) if not np.isnan(still).all() else float(np.nanmax(since))
    tasks = trace.tasks
    start, end, out = (floats(tasks, name) for name in ("run_start", "run_end", "delivered"))
    dead = gone(trace, seen)
    there = floats(tasks, "submitted") <= seen
    there &= ~_is(tasks, "cancelled", "broken", "unpicklable")
    waiting = there & ~(start <= seen) & ~(out <= seen)
    mine = np.isin(integers(tasks, "process"), dead)
    open_ = there & (start <= seen) & ~(_given_back(trace) <= seen) & ~(out <= seen)
    held = open_ & mine & (np.isnan(end) | _is(tasks, "lost"))
    by_hand = [one.process for one in dead_before(trace, seen) if one.role == "process"]
    held |= there & np.isin(integers(tasks, "process"), by_hand) & _is(tasks, "error")
    running = np.flatnonzero(open_ & ~mine)
    by_thread = {
        (int(process), int(tid)): int(row)
        for row, process, tid in zip(
            running.tolist(),
            integers(tasks, "process")[running].tolist(),
            integers(tasks, "worker_tid")[running].tolist(),
            strict=True,
        )
    }
    return Look(
        seen,
        begun,
        bool(integers(rows, "asked", missing=0).any()),
        _until(trace, rows, seen),
        _with_calls(trace, rows, _stands(trace, rows, by_thread, seen)),
        tuple(np.flatnonzero(waiting).tolist()),
        tuple(running.tolist()),
        tuple(np.flatnonzero(held).tolist()),
        tuple(sorted(set(integers(rows, "process").tolist()))),
        _strangers(trace, rows, seen),
    )


def _is(tasks: pd.DataFrame, *statuses: str) -> Booleans:
    return np.asarray(tasks["status"].isin(statuses).to_numpy(bool), np.bool_)


def _given_back(trace: Tables) -> Floats:
    """Return when each task was done with in its worker: its result sent, or where no pool waits its end."""
    tasks = trace.tasks
    pooled = of_kinds(trace, lambda kind: kind.piped and not kind.written)
    sent = np.fmin(floats(tasks, "result_sent"), floats(tasks, "result_received"))
    return np.where(pooled, sent, floats(tasks, "run_end"))


def _strangers(trace: Tables, rows: pd.DataFrame, seen: float) -> tuple[int, ...]:
    """Return the processes that may have lived then, and that nobody looked at.

    Programs of any kind, and processes that had been begun, and had not come to their first line of Python.
    """
    people = trace.processes
    begun = np.fmin(floats(people, "start_called"), floats(people, "forked")) <= seen
    young = begun & ~(floats(people, "started") <= seen) & ~people["role"].isin(SERVICES).to_numpy(bool)
    there = (equals(people, "role", "subprocess") | young) & ~(floats(people, "exited") <= seen)
    unseen = there & ~np.isin(integers(people, "process"), integers(rows, "process"))
    return tuple(integers(people, "process")[unseen].tolist())


def _until(trace: Tables, rows: pd.DataFrame, seen: float) -> float:
    """Return when something moved again: the first slice of a thread that stood, or an end of a process."""
    latest = [float(trace.end_ns)]
    exited = floats(trace.processes, "exited")
    latest += exited[exited > seen].tolist()
    start = floats(trace.slices, "start")
    if start.size:
        resting = rows[rows["woke"].fillna(0) == 0]
        mine = np.isin(integers(trace.slices, "tid"), integers(resting, "tid")) & (start > seen)
        latest += start[mine].tolist()
    return max(min(latest), seen)


def _stands(
    trace: Tables, rows: pd.DataFrame, by_thread: dict[tuple[int, int], int], seen: float
) -> list[Stand]:
    people = trace.processes.drop_duplicates("process").set_index("process")
    named = trace.threads.drop_duplicates(["process", "tid"], keep="last")
    owners = zip(integers(named, "process").tolist(), integers(named, "tid").tolist(), strict=True)
    roles = dict(zip(owners, named["role"].fillna("").astype(str).tolist(), strict=True))
    names = dict(zip(roles, named["name"].fillna("").astype(str).tolist(), strict=True))
    spans = trace.spans[_waits_at(trace.spans, seen)]
    owners = zip(integers(spans, "process").tolist(), integers(spans, "tid").tolist(), strict=True)
    waits = zip(spans["category"].fillna("").tolist(), spans["name"].fillna("").tolist(), strict=True)
    inside = dict(zip(owners, waits, strict=True))
    found = []
    for row in rows.to_dict("records"):
        process, tid, pid = int(row["process"]), int(row["tid"]), int(row["pid"])
        if process not in people.index or people.at[process, "role"] in SERVICES:
            continue
        found.append(
            Stand(
                process,
                pid,
                tid,
                name=_text(people.at[process, "name"]),
                process_role=_text(people.at[process, "role"]),
                role=roles.get((process, tid), "main" if tid == pid else "native"),
                since=float(row["since"]),
                wait=str(row["wait"]),
                object=_text(row["object"]),
                channel=_text(row["channel"]),
                call=_text(row["call"]),
                woke=_number(row["woke"]) > 0,
                limited=_number(row["limited"]) > 0,
                sigterm=_text(row["sigterm"]),
                terminated=_number(people.at[process, "stopped"], seen) > 0
                and _number(people.at[process, "stop_signal"]) == SIGTERM,
                stack=_text(row["stack"]),
                thread=names.get((process, tid), ""),
                task=by_thread.get((process, tid), -1),
                inside=inside.get((process, tid), ("", "")),
            )
        )
    return found


def _with_calls(trace: Tables, rows: pd.DataFrame, threads: list[Stand]) -> tuple[Stand, ...]:
    """Mark the threads that stand in a call of a manager, which waits for others itself.

    A manager serves each caller by a thread. Where as many of these stand on locks without a limit of time as
    there are threads that read from a socket of which nothing is known, the one wait for the other.
    """
    people = trace.processes
    managers = integers(people, "process")[equals(people, "role", MANAGER)]
    serving = np.isin(integers(rows, "process"), managers) & equals(rows, "wait", THREAD_LOCK)
    serving &= integers(rows, "limited", missing=0) == 0
    calling = [one for one in threads if one.wait == SOCKET and one.call in READS and not one.channel]
    if not calling or len(calling) > int(serving.sum()):
        return tuple(threads)
    return tuple(
        replace(one, inside=one.inside if one.inside[0] == MANAGER else (MANAGER, ""))
        if one in calling
        else one
        for one in threads
    )


def _waits_at(spans: pd.DataFrame, at: float) -> Booleans:
    """Tell which spans of waits hold this instant."""
    waits = ~(equals(spans, "category", "user") | equals(spans, "category", "initializer"))
    return waits & (floats(spans, "start") <= at) & (floats(spans, "end") > at)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object, most: float = np.inf) -> int:
    """Return a number; 0 where it is missing, or more than `most`."""
    return int(value) if isinstance(value, int | np.integer) and value <= most else 0
