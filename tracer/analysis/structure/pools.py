"""The pools of a trace: who owns each, and which hidden threads of the owner serve it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.cache import cached
from tracer.analysis.columns import (
    Booleans,
    chosen,
    equals,
    first_recorded,
    floats,
    highest,
    integers,
    lowest,
)
from tracer.analysis.intervals import thread_key
from tracer.record.kinds import SERVICES, Kind, kind_of
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class Pool:
    """A pool with tasks: `owner` is the process that made it, its tasks lie from `first` to `last`."""

    number: int
    kind: str
    owner: int
    first: float
    last: float

    @property
    def traits(self) -> Kind:
        """What is known of its kind."""
        return kind_of(self.kind)

    @property
    def threaded(self) -> bool:
        """Whether its workers are threads of its owner."""
        return self.traits.threaded

    @property
    def hidden_roles(self) -> tuple[str, ...]:
        """The roles of the hidden threads that pickle for it, and so have work worth a lane."""
        traits = self.traits
        return tuple(role for role in _served_by(traits) if role) if traits.piped else ()


@dataclass(frozen=True)
class HiddenThread:
    """A hidden thread, `row` of the table of threads; `ended` is NaN where that is not known."""

    row: int
    tid: int
    started: float
    ended: float


@cached
def pools(trace: Tables) -> tuple[Pool, ...]:
    """Return the pools in the order of their numbers."""
    tasks, frame = trace.tasks, trace.processes
    number, process = integers(tasks, "pool"), integers(tasks, "process")
    begun = ("submitted", "pickle_start", "run_start")
    begin = first_recorded(tasks, *begun)
    end = first_recorded(tasks, "delivered", "result_sent", "run_end", *begun)
    pid = integers(frame, "pid")
    by_pid = dict(zip(pid.tolist(), integers(frame, "process").tolist(), strict=True))
    parent = dict(zip(integers(frame, "process").tolist(), integers(frame, "ppid").tolist(), strict=True))
    services = set(integers(frame, "process")[frame["role"].isin(SERVICES).fillna(False)].tolist())
    mains = integers(frame, "process")[equals(frame, "role", "main")]
    main = int(mains[0]) if mains.size else -1
    result = []
    for pool in sorted(set(pd.unique(number).tolist()) - {-1}):
        mine = number == pool
        kind = str(tasks["kind"].iloc[int(mine.argmax())])
        workers = pd.unique(chosen(process, mine))
        owner = next((by_pid[parent[w]] for w in workers if parent.get(w) in by_pid), main)
        if kind_of(kind).threaded:
            owner = next((int(w) for w in workers if w >= 0), main)
        owner = main if owner in services else owner
        first, last = lowest(chosen(begin, mine)), highest(chosen(end, mine))
        result.append(
            Pool(pool, kind, owner, first or 0.0, last if last is not None else float(trace.end_ns))
        )
    return tuple(result)


def hidden_thread(trace: Tables, known: tuple[Pool, ...], pool: Pool, role: str) -> HiddenThread | None:
    """Return the thread with this role that serves a pool; None where that cannot be told.

    A process's pools and their threads come in one order. Where there are more threads, of pools without
    tasks, it is the only one that lived while the pool had tasks, or the last to begin for an only pool.
    """
    theirs = equals(trace.threads, "role", role) & (integers(trace.threads, "process") == pool.owner)
    rows = np.flatnonzero(theirs)
    rows = rows[np.argsort(floats(trace.threads, "started")[rows], kind="stable")]
    frame = trace.threads.iloc[rows]
    started, ended = floats(frame, "started"), floats(frame, "ended")
    peers = [one for one in known if one.owner == pool.owner and role in _served_by(one.traits)]
    place = peers.index(pool)
    if len(frame) != len(peers):
        since = pool.first if pool.traits.serves_at_once else pool.last
        before = np.flatnonzero((started <= since) & ~(ended < pool.last))
        place = int(before[-1]) if before.size == 1 or (before.size and len(peers) == 1) else -1
    if not 0 <= place < len(frame):
        return None
    tid = int(integers(frame, "tid")[place])
    return HiddenThread(int(rows[place]), tid, float(started[place]), float(ended[place]))


def _served_by(kind: Kind) -> tuple[str, str]:
    return kind.sending, kind.receiving


@cached
def of_event_loops(trace: Tables) -> frozenset[int]:
    """Return the pools that are an event loop's own executor: asyncio names their threads."""
    names = trace.threads["name"].fillna("").astype(str).str.startswith("asyncio_").to_numpy(bool)
    named = trace.threads[names & equals(trace.threads, "role", "worker")]
    if not len(named):
        return frozenset()
    theirs = thread_key(integers(named, "process"), integers(named, "tid"))
    ran = thread_key(integers(trace.tasks, "process"), integers(trace.tasks, "worker_tid"))
    mine = np.isin(ran, theirs) & is_threaded(trace)
    return frozenset(integers(trace.tasks, "pool")[mine].tolist())


def of_kinds(trace: Tables, asked: Callable[[Kind], bool]) -> Booleans:
    """Tell which tasks are of a kind of pool for which `asked` is true; those of no kind are not."""
    kinds = trace.tasks["kind"]
    which = [name for name in kinds.dropna().unique().tolist() if asked(kind_of(name))]
    return np.asarray(kinds.isin(which).fillna(False).to_numpy(bool))


def is_threaded(trace: Tables) -> Booleans:
    """Tell which tasks were run by a thread of their owner, with no pipe between."""
    return of_kinds(trace, lambda kind: kind.threaded)
