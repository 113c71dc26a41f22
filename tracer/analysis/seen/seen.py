"""What of the workers' time on cores lies in what was seen: tasks, and the targets of plain processes.

    process   start-up ┊ target_start ─────────────────────────── target_end ┊ on its way out
    worker             ┊ first wait ─ task ─ task ─ last result ─ ?          ┊      seen up to its last result
    library's          ┊ ? ─ task ─ task ─ ?                                 ┊      seen where it has tasks
    unknown   ? ───────────────────────────────────────────────────────────?        a subprocess

`work` is the time on cores of every process but the main one, from its target's begin to its end, and of the
main process's worker threads and own threads. What main's first thread computes is no work of workers, nor is
what serves: managers, trackers, hidden threads, threads that Python did not start, the tracer. Start-up,
initializers and the way out are neither seen nor unseen. Of it is seen: a plain process, or thread, of the
program's own from its target's begin to its end, also where it takes its tasks from a queue; a pool's worker
from its first wait for a task to its last result, the pickling and the pipe between them included. The rest
is work that nothing is known of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tracer.analysis.cache import cached
from tracer.analysis.columns import Floats, Integers
from tracer.analysis.cores.slices import HeldCores, held_cores
from tracer.analysis.seen.people import people_of
from tracer.analysis.seen.threads import THREADS_IN, threads_of
from tracer.record.kinds import kind_of
from tracer.tables import losses
from tracer.tables.tables import Tables
from tracer.wording import count, duration

MOST_UNSEEN = 0.1
"""Where a larger part of the work was not seen, there is no verdict."""
LEAST_NS = 10e6
"""Less than this is no work: to begin and to end takes a process some milliseconds."""
SAMPLE_NS = 10e6
"""A sampled thread is looked at every some milliseconds; on a busy machine up to so much apart."""
LISTED_NS = 1e6
"""Less of a process's is not listed."""
NAMED = 4
"""So many names are said; the others are a number."""
LITTLE = 0.03
"""Who did less than this of what was not seen is not named."""


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

    @property
    def in_main(self) -> bool:
        """Whether these are threads of the main process, not a process."""
        return self.name.startswith(THREADS_IN)


@dataclass(frozen=True)
class Seen:
    """How much work there was, and how much of it was not seen, in nanoseconds on cores; who did that.

    `unseen` has the most first. `work_ns` and `unseen_ns` are None where nothing tells how long those of
    `unseen` worked. `made_before` are the kinds of pools of processes that were used and had been made before
    the trace began, `taken_outside` the tasks that somebody who is not in the trace took from queues, where
    they are many: nothing at all tells what these did.
    """

    work_ns: float | None
    unseen_ns: float | None
    unseen: tuple[Unseen, ...]
    made_before: tuple[str, ...] = ()
    taken_outside: int = 0

    @property
    def is_beyond(self) -> bool:
        """Whether work was done of which nothing at all tells how much it was."""
        return bool(self.made_before or self.taken_outside)

    @property
    def share(self) -> float | None:
        """The part of the work that was seen; None where there was none, or it is not known."""
        if not self.work_ns or self.unseen_ns is None or self.is_beyond:
            return None
        return 1.0 - self.unseen_ns / self.work_ns

    @property
    def is_enough(self) -> bool:
        """Whether enough was seen for a verdict."""
        if self.work_ns is None or self.unseen_ns is None or self.is_beyond:
            return not self.unseen and not self.is_beyond
        return enough(self.work_ns, self.unseen_ns)

    @property
    def who(self) -> str:
        """Whose work was not seen: `named`, and "Pool (made before the trace began)"."""
        who = [named(self.unseen)] if self.unseen else []
        who += [f"{kind} (made before the trace began)" for kind in self.made_before]
        if self.taken_outside:
            who.append(f"workers outside the trace ({count(self.taken_outside, 'task')} from queues)")
        return ", ".join(who)


def enough(work_ns: float, unseen_ns: float) -> bool:
    """Tell whether so little of the work was not seen that there can be a verdict."""
    return unseen_ns <= max(MOST_UNSEEN * work_ns, LEAST_NS)


@cached
def seen(trace: Tables) -> Seen:
    """Return what of the work was seen: by the slices, else by what processes say they used of cores."""
    holds = held_cores(trace)
    people = people_of(trace)
    found = _by_clocks(people) if holds is None else _by_slices(trace, people, holds)
    lost = trace.meta.get("losses") or {}
    earlier = tuple(kind for kind in losses.named(lost, losses.MADE_BEFORE) if not kind_of(kind).threaded)
    outside = lost.get(losses.TAKEN_OUTSIDE, 0)
    many = outside if outside > MOST_UNSEEN * len(trace.tasks) else 0
    return replace(found, made_before=earlier, taken_outside=many)


def _by_slices(trace: Tables, people: pd.DataFrame, holds: HeldCores) -> Seen:
    """Add up the slices, thread by thread."""
    threads = threads_of(trace, people, holds)
    thread = np.arange(len(threads))
    begin, end = threads["begin"].to_numpy(), threads["end"].to_numpy()
    work = _within(holds, thread, begin, end)
    covered = np.zeros(thread.size)
    windows = []
    for first, last in (("first", "last"), ("own_first", "own_last")):
        since = np.fmax(threads[first].to_numpy(), begin)
        until = np.fmin(_late(holds, threads[last].to_numpy()), end)
        covered += _within(holds, thread, since, until)
        windows.append((since, until))
    (a, b), (c, d) = windows
    covered -= _within(holds, thread, np.fmax(a, c), np.fmin(b, d))
    counts = threads["counts"].to_numpy(bool)
    threads["unseen"] = np.where(counts, np.maximum(work - covered, 0.0), 0.0)
    return _seen(float(work[counts].sum()), threads)


def _late(holds: HeldCores, last: Floats) -> Floats:
    """Return until when each thread's slices may tell of what it did before `last`.

    A sample sees a thread's time on a core when it comes by, and so a while later.
    """
    if holds.exact:
        return last
    thread, slices = np.arange(last.size), holds.slices
    place = np.searchsorted(slices.end, holds.key(thread, np.clip(last, holds.origin, 1e18)), side="right")
    found = np.minimum(place, slices.end.size - 1)
    follows = (place < slices.end.size) & (holds.thread[found] == thread)
    return np.where(follows, np.fmax(np.fmin(holds.end[found], last + SAMPLE_NS), last), last)


def _within(holds: HeldCores, thread: Integers, first: Floats, last: Floats) -> Floats:
    """Return how long each thread held a core from `first` to `last`, 0 where that is before."""
    latest = float(holds.origin + holds.room - 1)
    first, last = np.clip(first, holds.origin, latest), np.clip(last, holds.origin, latest)
    held = holds.slices.within(holds.key(thread, first), holds.key(thread, np.fmax(first, last)))
    return held.astype(np.float64)


def _seen(work: float, parts: pd.DataFrame) -> Seen:
    by = parts[parts["unseen"] > 0].groupby(["process", "library"], sort=False)
    rows = by.agg({"name": "first", "pid": "first", "unseen": "sum"}).reset_index()
    rows = rows[rows["unseen"] >= LISTED_NS].sort_values("unseen", ascending=False, kind="stable")
    listed = tuple(
        Unseen(
            str(row["name"]), int(row["process"]), int(row["pid"]), str(row["library"]), int(row["unseen"])
        )
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
            Unseen(str(one["name"]), int(one["process"]), int(one["pid"]), str(one["library"]), None)
            for one in unseen.to_dict("records")
        ]
        return Seen(None, None, tuple(listed))
    return _seen(float(mine["cpu_ns"].sum()), unseen.assign(unseen=unseen["cpu_ns"]))


def named(unseen: tuple[Unseen, ...], with_times: bool = False) -> str:
    """Return the processes by name and library: "2 × Worker (mpire) 1.01 s, python 139 ms, 3 more 20 ms".

    Those whose names differ in their number are one; what did little beside the others is left out.
    """
    groups: dict[tuple[str, str], list[Unseen]] = {}
    for one in unseen:
        groups.setdefault((_NUMBER.sub("", one.name), one.library), []).append(one)
    found = sorted(groups.values(), key=lambda group: -_core_ns(group))
    least = LITTLE * sum(map(_core_ns, found))
    large = [group for group in found if _core_ns(group) >= least]
    said = [_one(group, with_times) for group in large[:NAMED]]
    rest = [one for group in large[NAMED:] for one in group]
    return ", ".join([*said, *([f"{len(rest)} more{_length(rest, with_times)}"] if rest else [])])


_NUMBER = re.compile(r"[-_ :]*\d+$")


def _one(group: list[Unseen], with_times: bool) -> str:
    name, library = group[0].name, group[0].library
    if len(group) > 1:
        name = f"{len(group)} × {_NUMBER.sub('', name)}"
    return f"{name}{f' ({library})' if library else ''}{_length(group, with_times)}"


def _length(group: list[Unseen], with_times: bool) -> str:
    return f" {duration(_core_ns(group))}" if with_times else ""


def _core_ns(group: list[Unseen]) -> int:
    return sum(one.core_ns or 0 for one in group)
