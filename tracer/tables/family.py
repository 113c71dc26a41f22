"""Which of the processes that the kernel told of are the program's: those followed, and all they forked."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tracer.tables.columns import Integers

_ALWAYS = -(1 << 62)


class Family:
    """The program's processes, by PID and time: a PID can come round again, to a stranger.

    `followed` are the PIDs that were followed from the first, `forks` (time, pid, tid, parent's pid) in any
    order, threads among them, and `known` (time, pid) processes that are the program's though the record of
    their fork may be lost.
    """

    def __init__(
        self,
        followed: Iterable[int],
        forks: Sequence[tuple[int, int, int, int]],
        known: Iterable[tuple[int, int]],
    ) -> None:
        self._since: dict[int, list[tuple[int, bool]]] = {pid: [(_ALWAYS, True)] for pid in followed}
        for time, pid, tid, parent in sorted(forks):
            if pid == tid and pid != parent:
                self._since.setdefault(pid, []).append((time, self._has(parent, time)))
        for time, pid in known:
            if not self._has(pid, time):
                bisect.insort(self._since.setdefault(pid, []), (time, True))

    def _has(self, pid: int, time: int) -> bool:
        since = self._since.get(pid, [])
        at = bisect.bisect_right(since, (time, True))
        return since[at - 1][1] if at else False

    def has(self, pid: Integers, time: Integers) -> NDArray[np.bool_]:
        """Tell which of these processes were the program's at these times (ns)."""
        result = np.zeros(len(pid), np.bool_)
        codes, places = np.unique(pid, return_inverse=True)
        for code, one in enumerate(codes.tolist()):
            since = self._since.get(one, [])
            if any(mine for _, mine in since):
                rows = np.flatnonzero(places.ravel() == code)
                starts = np.array([start for start, _ in since], np.int64)
                mine = np.array([False, *(mine for _, mine in since)])
                result[rows] = mine[np.searchsorted(starts, time[rows], side="right")]
        return result
