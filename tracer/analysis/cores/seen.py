"""What of the workers' time on cores lies in what was seen: tasks, and the targets of plain processes.

    process   start-up ┊ target_start ─────────────────────────── target_end ┊ on its way out
    worker             ┊ first wait ─ task ─ task ─ last result ─ ?          ┊      seen up to its last result
    library's          ┊ ? ─ task ─ task ─ ?                                 ┊      seen where it has tasks
    unknown   ? ───────────────────────────────────────────────────────────?        a subprocess, another's child

`work` is the time on cores of every process but the main one, from its target's begin to its end, and of the
main process's worker threads and own threads. What main's first thread computes is no work of workers, nor is
what serves: managers, trackers, hidden threads, threads that Python did not start, the tracer. Start-up,
initializers and the way out are neither seen nor unseen. Of it is seen: a plain process, or thread, of the
program's own from its target's begin to its end; a worker from its first wait for a task to its last result,
the pickling and the pipe between them included. The rest is work that nothing is known of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracer.analysis.cache import cached
from tracer.analysis.columns import Booleans, Floats, Integers, equals, first_known, floats, integers
from tracer.analysis.cores.slices import HeldCores, held_cores
from tracer.analysis.intervals import thread_key
from tracer.analysis.structure.pools import is_threaded
from tracer.record.kinds import SERVICES
from tracer.tables.tables import Tables

MOST_UNSEEN = 0.1
"""Where a larger part of the work was not seen, there is no verdict."""
LEAST_NS = 50e6
"""Less than this is no work: to begin and to end takes a process some milliseconds."""
LISTED_NS = 1e6
"""Less of a process's is not listed."""


@dataclass(frozen=True)
class Unseen:
    """A process with work that was not seen: `core_ns` on cores, None where that is not known.

    `library` is the installed package whose code it runs, "" where that is not known or the program's own.
    """

    name: str
    process: int
    pid: int
    library: str
    core_ns: int | None


@dataclass(frozen=True)
class Seen:
    """How much work there was, and how much of it was not seen, in nanoseconds on cores; who did that.

    `unseen` has the most first. `work_ns` and `unseen_ns` are None where nothing tells how long those of
    `unseen` worked.
    """

    work_ns: float | None
    unseen_ns: float | None
    unseen: tuple[Unseen, ...]

    @property
    def share(self) -> float | None:
        """The part of the work that was seen; None where there was none, or it is not known."""
        if not self.work_ns or self.unseen_ns is None:
            return None
        return 1.0 - self.unseen_ns / self.work_ns

    @property
    def is_enough(self) -> bool:
        """Whether enough was seen for a verdict."""
        if self.work_ns is None or self.unseen_ns is None:
            return not self.unseen
        return self.unseen_ns <= max(MOST_UNSEEN * self.work_ns, LEAST_NS)


@cached
def seen(trace: Tables) -> Seen:
    """Return what of the work was seen: by the slices, else by what processes say they used of cores."""
    holds = held_cores(trace)
    people = _people(trace)
    if holds is None:
        return _by_clocks(people)
    return _by_slices(trace, people, holds)


def _people(trace: Tables) -> pd.DataFrame:
    """Return the processes by number: what each is, when it worked, and from when to when that was seen.

    `plain` tells those whose whole target is seen, `counts` those that have work at all; times are
    nanoseconds, an infinite one is not known, `first` after `last` is "never".
    """
    frame, tasks = trace.processes, trace.tasks
    number, role = integers(frame, "process"), frame["role"].fillna("").astype(str).to_numpy(object)
    library = frame["library"].fillna("").astype(str).to_numpy(object)
    entered, left = floats(frame, "target_start"), floats(frame, "target_end")
    first, last = _of_tasks(trace, ~is_threaded(trace), integers(tasks, "process"), number)
    reached = ~np.isnan(entered)
    plain = reached & (library == "") & (role != "worker")
    found = pd.DataFrame(
        {
            "process": number,
            "pid": integers(frame, "pid"),
            "name": frame["name"].fillna("").astype(str).to_numpy(object),
            "library": library,
            "role": role,
            "plain": plain,
            "has_tasks": last > first,
            "cpu_ns": floats(frame, "cpu_ns"),
            "begin": np.where(reached, entered, -np.inf),
            "end": first_known(left, np.full(len(frame), np.inf)),
            "first": np.where(plain, entered, first),
            "last": np.where(plain, np.inf, last),
        }
    )
    found["begin"] = np.where(role == "worker", np.fmax(found["begin"], _fin(first)), found["begin"])
    found["begin"] = np.fmax(found["begin"], _initialized(trace, number))
    found["main"] = (role == "main") | _leads(trace, found)
    found["counts"] = ~np.isin(role, SERVICES) & ~_never_entered(frame, role, reached)
    return found.set_index("process", drop=False).rename_axis(None)


def _fin(times: Floats) -> Floats:
    return np.where(np.isinf(times), np.nan, times)


def _of_tasks(trace: Tables, which: Booleans, who: Integers, wanted: Integers) -> tuple[Floats, Floats]:
    """Return when each of `wanted` first waited for one of these tasks and when it had done the last."""
    tasks = trace.tasks
    names = ("wait_start", "received", "run_start")
    begin = first_known(*(floats(tasks, name) for name in names))
    done = first_known(*(floats(tasks, name) for name in ("result_sent", "result_pickled", "run_end")))
    begun = which & ~np.isnan(floats(tasks, "run_start"))
    done = np.where(np.isnan(done), np.inf, done)  # it died in it, or was still at it
    rounds = pd.DataFrame({"who": who[begun], "first": begin[begun], "last": done[begun]}).groupby("who")
    ends = rounds.agg({"first": "min", "last": "max"}).reindex(wanted)
    return ends["first"].fillna(np.inf).to_numpy(np.float64), ends["last"].fillna(-np.inf).to_numpy(
        np.float64
    )


def _initialized(trace: Tables, number: Integers) -> Floats:
    """Return when each process had run its initializer, NaN where it had none."""
    spans = trace.spans[equals(trace.spans, "category", "initializer")]
    done = pd.Series(floats(spans, "end"), index=pd.Index(integers(spans, "process"))).groupby(level=0).min()
    return done.reindex(number).to_numpy(np.float64, copy=True)


def _leads(trace: Tables, found: pd.DataFrame) -> Booleans:
    """Tell which subprocesses are programs with workers of their own: their first thread is like main's."""
    frame = trace.processes
    own = frame["role"].isin(["worker", "process"]).fillna(False).to_numpy(bool)
    parents = integers(frame, "ppid")[own]
    theirs = np.isin(found["process"], integers(trace.tasks, "process")[is_threaded(trace)])
    leads = np.isin(found["pid"], parents[parents >= 0]) | theirs
    return np.asarray((found["role"] == "subprocess") & ~found["plain"] & ~found["has_tasks"] & leads)


def _never_entered(frame: pd.DataFrame, role: Integers, reached: Booleans) -> Booleans:
    """Tell which children were seen to begin and died, or were killed, in their start-up."""
    begun = ~np.isnan(floats(frame, "started"))
    own = (role == "worker") | (role == "process")
    stock = frame["start_method"].isin(["fork", "spawn", "forkserver"]).fillna(False).to_numpy(bool)
    killed = integers(frame, "exitcode", missing=-1) < 0
    return np.asarray(own & ~reached & (begun | (stock & killed)))


def _by_slices(trace: Tables, people: pd.DataFrame, holds: HeldCores) -> Seen:
    """Add up the slices, thread by thread."""
    threads = _threads(trace, people, holds)
    thread = np.arange(len(threads))
    begin, end = threads["begin"].to_numpy(), threads["end"].to_numpy()
    work = _within(holds, thread, begin, end)
    covered = np.zeros(thread.size)
    windows = []
    for first, last in (("first", "last"), ("own_first", "own_last")):
        since, until = np.fmax(threads[first], begin), np.fmin(threads[last], end)
        covered += _within(holds, thread, since.to_numpy(), until.to_numpy())
        windows.append((since.to_numpy(), until.to_numpy()))
    (a, b), (c, d) = windows
    covered -= _within(holds, thread, np.fmax(a, c), np.fmin(b, d))
    counts = threads["counts"].to_numpy(bool)
    threads["unseen"] = np.where(counts, np.maximum(work - covered, 0.0), 0.0)
    return _seen(float(work[counts].sum()), threads)


def _within(holds: HeldCores, thread: Integers, first: Floats, last: Floats) -> Floats:
    """Return how long each thread held a core from `first` to `last`, 0 where that is before."""
    latest = float(holds.origin + holds.room - 1)
    first, last = np.clip(first, holds.origin, latest), np.clip(last, holds.origin, latest)
    held = holds.slices.within(holds.key(thread, first), holds.key(thread, np.fmax(first, last)))
    return held.astype(np.float64)


def _threads(trace: Tables, people: pd.DataFrame, holds: HeldCores) -> pd.DataFrame:
    """Return the threads of the slices: what each is part of, when it worked, and when that was seen."""
    named = trace.threads.drop_duplicates(["process", "tid"], keep="last")
    known = pd.DataFrame(
        {
            "role": named["role"].fillna("").astype(str).to_numpy(object),
            "made": named["library"].fillna("").astype(str).to_numpy(object),
        },
        index=pd.Index(thread_key(integers(named, "process"), integers(named, "tid"))),
    )
    mine = known.reindex(thread_key(holds.process, holds.tid))
    role, made = mine["role"].fillna("").to_numpy(object), mine["made"].fillna("").to_numpy(object)
    of = people.reindex(holds.process).reset_index(drop=True)
    own = _of_tasks(
        trace,
        is_threaded(trace),
        thread_key(integers(trace.tasks, "process"), integers(trace.tasks, "worker_tid")),
        thread_key(holds.process, holds.tid),
    )
    unrecorded = of["pid"].isna().to_numpy()  # nothing tells who that was, and the samples saw it work
    within_main = of["main"].fillna(False).to_numpy(bool)
    users = np.isin(role, ["user", "event_loop"])
    counts = of["counts"].fillna(not holds.exact).to_numpy(bool)
    counts = counts & (~within_main | (role == "worker") | (users & ~np.isin(made, _followed(trace, people))))
    seen_whole = within_main & users & (made == "")
    begin = np.where(unrecorded | within_main, -np.inf, of["begin"].to_numpy(np.float64))
    worker = role == "worker"
    return pd.DataFrame(
        {
            "process": holds.process,
            "pid": np.where(unrecorded, -1, of["pid"].fillna(-1)).astype(np.int64),
            "name": _names(of["name"].fillna("unknown processes"), within_main, made),
            "library": np.where(made != "", made, of["library"].fillna("").to_numpy(object)),
            "counts": counts,
            "begin": np.where(worker & within_main, np.fmax(begin, _fin(own[0])), begin),
            "end": np.where(unrecorded | within_main, np.inf, of["end"].to_numpy(np.float64)),
            "first": np.where(seen_whole, -np.inf, of["first"].fillna(np.inf).to_numpy(np.float64)),
            "last": np.where(seen_whole, np.inf, of["last"].fillna(-np.inf).to_numpy(np.float64)),
            "own_first": own[0],
            "own_last": own[1],
        }
    )


def _names(names: pd.Series[str], within_main: Booleans, made: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return what each thread is named after: its process; within the main process, that and the library."""
    threads = "threads in " + names
    return np.where(within_main & (made != ""), threads.to_numpy(object), names.to_numpy(object))


def _followed(trace: Tables, people: pd.DataFrame) -> list[str]:
    """Return the libraries with tasks: their threads in the main process serve those."""
    theirs = people["library"][people["has_tasks"]]
    return sorted({*theirs, *trace.tasks["kind"].dropna().astype(str)} - {""})


def _seen(work: float, parts: pd.DataFrame) -> Seen:
    by = parts[parts["unseen"] > 0].groupby(["process", "library"], sort=False)
    rows = by.agg({"name": "first", "pid": "first", "unseen": "sum"}).reset_index()
    rows = rows[rows["unseen"] >= LISTED_NS].sort_values("unseen", ascending=False, kind="stable")
    listed = tuple(
        Unseen(str(row["name"]), int(row["process"]), int(row["pid"]), str(row["library"]), int(row["unseen"]))
        for row in rows.to_dict("records")
    )
    return Seen(work, float(parts["unseen"].sum()), listed)


def _by_clocks(people: pd.DataFrame) -> Seen:
    """Without slices: what each process used of cores, its start-up included, where it came to say so."""
    mine = people[people["counts"] & ~people["main"]]
    idle = (mine["role"] == "worker") & (mine["library"] == "") & np.isfinite(mine["begin"])
    hidden = ~mine["plain"] & ~mine["has_tasks"] & ~idle
    unseen = mine[hidden]
    if unseen["cpu_ns"].isna().any():
        listed = [
            Unseen(one["name"], one["process"], one["pid"], one["library"], None)
            for one in unseen.to_dict("records")
        ]
        return Seen(None, None, tuple(listed))
    return _seen(float(mine["cpu_ns"].sum()), unseen.assign(unseen=unseen["cpu_ns"]))
