"""Places: what a lane is, and which lane a process or a thread lies on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Integers
from tracer.record.kinds import RECEIVING, SENDING

SMALL = 1 << 16  # numbers that lie so close together are looked up in a table


@dataclass(frozen=True)
class Lane:
    """One row: who it is, how high (1 is a worker), when it lived; `number` counts workers from 1."""

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

    @property
    def is_hidden(self) -> bool:
        """Whether this is a thread that multiprocessing started behind the program's back."""
        return self.role in SENDING + RECEIVING


class Index:
    """From (process, thread) to a lane's place: a thread without a lane lies on its process's."""

    def __init__(self, lanes: list[Lane]) -> None:
        places = {(lane.process, lane.tid): place for place, lane in enumerate(lanes)}
        self.processes = np.unique([process for process, _ in places] or [0]).astype(np.int64)
        tids = [
            tid for _, tid in places if tid is not None and tid >= 0
        ]  # hidden threads have none of their own
        self.tids = np.unique(tids or [-2]).astype(np.int64)
        self.table = np.full((self.processes.size + 1, self.tids.size + 1), -1, dtype=np.int64)
        for row, process in enumerate(self.processes.tolist()):
            self.table[row, :] = places.get((process, None), -1)
            for column, tid in enumerate(self.tids.tolist()):
                if (place := places.get((process, tid))) is not None:
                    self.table[row, column] = place
        self.threaded = bool((self.table != self.table[:, -1:]).any())
        self.roles = {(lane.process, lane.role): place for place, lane in reversed(list(enumerate(lanes)))}

    def __call__(self, process: Integers, tid: Integers) -> Integers:
        """Return the lane of each pair, -1 where it has none."""
        row = _code(self.processes, process)
        if not self.threaded:
            return np.asarray(self.table[:, -1][row])
        return np.asarray(self.table[row, _code(self.tids, tid)])


def _code(known: Integers, values: Integers) -> Integers:
    """Return the place of each value in `known`, which is sorted; its size where it is not there."""
    first, reach = int(known[0]), int(known[-1] - known[0]) + 1
    if reach <= SMALL:
        table = np.full(reach + 2, known.size)
        table[known - first + 1] = np.arange(known.size)
        return np.asarray(table[np.clip(values - (first - 1), 0, reach + 1)])
    place = np.minimum(np.searchsorted(known, values), known.size - 1)
    return np.where(known[place] == values, place, known.size)
