"""The rows of a view: who gets one, from top to bottom, and on which of them a process or a thread lies.

main, and below it the threads that multiprocessing hides in it
children with their threads, and main's own threads: what began first stands higher, what lived at one
time stays together
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from tracer.analysis.columns import Integers, equals, integers
from tracer.analysis.structure.endings import failures
from tracer.analysis.structure.lanes import SPARE, all_lanes
from tracer.record.kinds import UNRECORDED
from tracer.tables.tables import Tables

THIN, THREAD = 0.55, 0.8
SMALL = 1 << 16  # numbers that lie so close together are looked up in a table


@dataclass(frozen=True)
class Lane:
    """One row: who it is, how high (1 is a worker process), when it lived; `number` counts workers from 1.

    `tid` is None for a whole process, and for hidden threads: those with one role in a process share a row.
    `born`, `ready` and `died` are None where that was not recorded; `end` is the last instant at which it
    can have lived: it ended no later than its process. `stands_out` marks one that ended with an error, or
    lost a task.
    """

    process: int
    pid: int | None
    tid: int | None
    role: str
    name: str
    number: int | None = None
    height: float = 1.0
    born: float | None = None
    died: float | None = None
    pinned: tuple[int, ...] = ()
    is_hidden: bool = False
    stands_out: bool = False
    ready: float | None = None
    end: float = np.inf

    @property
    def birth(self) -> float:
        """When it was born, to sort by: last where that is not known."""
        return np.inf if self.born is None else self.born


def shown_lanes(trace: Tables) -> list[Lane]:
    """A lane for each process and each thread of its that works; workers are numbered from the top."""
    rows = all_lanes(trace).to_dict("records")
    processes = [row for row in rows if not _is_thread(row)]
    pinned, wrong = _pinned(trace), _went_wrong(trace)
    families = {
        row["process"]: [_process(row, pinned, wrong)] for row in processes if row["role"] not in UNRECORDED
    }
    for lane in _threads([row for row in rows if _is_thread(row)], processes):
        if lane.process in families:
            families[lane.process].append(lane)
    first: list[Lane] = []
    own: list[list[Lane]] = []
    children: list[list[Lane]] = []
    for lane, *below in families.values():
        if lane.role != "main":
            children.append([lane, *below])
            continue
        first += [lane, *(thread for thread in below if thread.is_hidden)]
        own += [[thread] for thread in below if not thread.is_hidden]
    blocks = sorted([*_blocks(children), *_blocks(own)], key=lambda block: block[0][0].birth)
    return _numbered([*first, *(lane for block in blocks for family in block for lane in family)])


def chosen_lanes(every: Sequence[Lane], only: Iterable[str]) -> list[Lane]:
    """The lanes whose name, role, PID or number ("W2") is in `only`; all of them where that is empty."""
    wanted = {str(item) for item in only}
    return [
        lane
        for lane in every
        if not wanted or wanted & {lane.name, lane.role, str(lane.pid), f"W{lane.number}"}
    ]


def _blocks(families: Iterable[list[Lane]]) -> list[list[list[Lane]]]:
    """Put families that lived at the same time into one block, so that a pool's workers stay together."""
    blocks: list[list[list[Lane]]] = []
    until = -np.inf
    for family in sorted(families, key=lambda family: (family[0].birth, family[0].process)):
        if not blocks or family[0].birth >= until:
            blocks.append([])
        blocks[-1].append(family)
        died = family[0].died
        until = max(until, np.inf if died is None else died)
    return blocks


def _numbered(lanes: list[Lane]) -> list[Lane]:
    """Give each worker, process or thread, its number."""
    result: list[Lane] = []
    number = 0
    for lane in lanes:
        works = lane.role in ("worker", "process") or lane.tid is not None
        number += works
        result.append(replace(lane, number=number if works else None))
    return result


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _is_thread(row: dict[Hashable, Any]) -> bool:
    return row["tid"] >= 0 or row["kind"] in ("hidden", SPARE, "thread")


def _pinned(trace: Tables) -> dict[int, tuple[int, ...]]:
    """The cores that a process was bound to, where the run might use more."""
    allowed, frame = set(trace.meta.get("affinity") or ()), trace.processes
    lists = zip(integers(frame, "process").tolist(), frame["affinity"], strict=True)
    return {process: tuple(cores) for process, cores in lists if cores is not None and set(cores) < allowed}


def _went_wrong(trace: Tables) -> set[int]:
    """The processes that ended with an error; where there are none, those that lost a task."""
    failed = np.isin(integers(trace.processes, "pid"), [one.pid for one in failures(trace)])
    if failed.any():
        return set(integers(trace.processes, "process")[failed].tolist())
    return set(integers(trace.tasks, "process")[equals(trace.tasks, "status", "lost")].tolist())


def _process(row: dict[Hashable, Any], pinned: dict[int, tuple[int, ...]], wrong: set[int]) -> Lane:
    role = row["role"] or "process"
    return Lane(
        row["process"],
        row["pid"] if row["pid"] >= 0 else None,
        None,
        role,
        row["name"] or role,
        born=_known(row["born"]),
        ready=_known(row["ready"]),
        died=_known(row["died"]),
        end=np.inf if np.isnan(row["died"]) else row["died"],
        pinned=pinned.get(row["process"], ()),
        stands_out=row["process"] in wrong,
    )


def _threads(rows: list[dict[Hashable, Any]], processes: list[dict[Hashable, Any]]) -> Iterable[Lane]:
    """Yield the lanes of threads: one a hidden role of a process, one a number of a thread that works."""
    pids = {row["process"]: row["pid"] for row in processes}
    gone = {row["process"]: row["died"] for row in processes}
    groups: dict[tuple[int, object], list[dict[Hashable, Any]]] = {}
    for row in sorted(rows, key=lambda row: np.nan_to_num(row["born"], nan=np.inf)):
        hidden = row["kind"] in ("hidden", SPARE)
        if hidden and np.isnan(row["born"]):
            continue  # a pool's thread that was not recorded
        groups.setdefault((row["process"], row["role"] if hidden else row["tid"]), []).append(row)
    for (process, _), group in groups.items():
        row, hidden = group[0], group[0]["kind"] in ("hidden", SPARE)
        died = np.max([one["died"] for one in group])  # not known where that of any is not
        end = gone.get(process, np.nan) if np.isnan(died) else died
        yield Lane(
            process,
            pids.get(process, -1),
            None if hidden else row["tid"],
            row["role"],
            row["role"].replace("_", " ") if hidden else row["name"] or "thread",
            height=THIN if hidden else THREAD,
            born=_known(row["born"]),
            ready=_known(row["ready"]),
            died=_known(died),
            end=np.inf if np.isnan(end) else end,
            is_hidden=hidden,
        )


class Places(Protocol):
    """From (process, thread) to a place, -1 where it has none: a lane of a view, a track of an export.

    A `tid` of -1 is the process itself; `roles` has the places of hidden threads, by process and role.
    """

    @property
    def roles(self) -> dict[tuple[int, str], int]: ...

    def __call__(self, process: Integers, tid: Integers) -> Integers: ...


class LaneIndex:
    """From (process, thread) to a lane's place: a thread without a lane lies on its process's.

    `roles` has the places of hidden threads, by process and role.
    """

    def __init__(self, lanes: Sequence[Lane]) -> None:
        seen = [(place, lane) for place, lane in enumerate(lanes) if not lane.is_hidden]
        places = {(lane.process, lane.tid): place for place, lane in seen}
        self.roles = {(lane.process, lane.role): place for place, lane in enumerate(lanes) if lane.is_hidden}
        self._processes = np.unique([process for process, _ in places] or [0]).astype(np.int64)
        tids = [tid for _, tid in places if tid is not None]
        self._tids = np.unique(tids or [-2]).astype(np.int64)
        self._table = np.full((self._processes.size + 1, self._tids.size + 1), -1, dtype=np.int64)
        for row, process in enumerate(self._processes.tolist()):
            self._table[row, :] = places.get((process, None), -1)
            for column, tid in enumerate(self._tids.tolist()):
                if (place := places.get((process, tid))) is not None:
                    self._table[row, column] = place
        self._threaded = bool((self._table != self._table[:, -1:]).any())

    def __call__(self, process: Integers, tid: Integers) -> Integers:
        """Return the lane of each pair, -1 where it has none."""
        row = _code(self._processes, process)
        if not self._threaded:
            return np.asarray(self._table[:, -1][row])
        return np.asarray(self._table[row, _code(self._tids, tid)])


def _code(known: Integers, values: Integers) -> Integers:
    """Return the place of each value in `known`, which is sorted; its size where it is not there."""
    first, reach = int(known[0]), int(known[-1] - known[0]) + 1
    if reach <= SMALL:
        table = np.full(reach + 2, known.size)
        table[known - first + 1] = np.arange(known.size)
        return np.asarray(table[np.clip(values - (first - 1), 0, reach + 1)])
    place = np.minimum(np.searchsorted(known, values), known.size - 1)
    return np.where(known[place] == values, place, known.size)
