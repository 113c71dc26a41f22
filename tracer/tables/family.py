"""Which of the processes that the kernel told of are the program's, and which threads were still alive."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tracer.tables.columns import Integers

_ALWAYS = -(1 << 62)

Forks = Sequence[tuple[int, int, int, int]]
"""(time, pid, tid, parent's pid) each, in any order, threads among them."""


class Numbered:
    """What is so or not of each PID or TID, by time: a number can come round again, to a stranger."""

    def __init__(self, otherwise: bool) -> None:
        """`otherwise`: how it is before anything is known."""
        self._otherwise = otherwise
        self._since: dict[int, list[tuple[int, bool]]] = defaultdict(list)

    def add(self, number: int, time: int, is_so: bool) -> None:
        """Note how it is from a time (ns) on."""
        bisect.insort(self._since[number], (time, is_so))

    def at(self, number: int, time: int) -> bool:
        """Tell how it was at a time."""
        since = self._since.get(number, [])
        place = bisect.bisect_right(since, (time, True))
        return since[place - 1][1] if place else self._otherwise

    def of(self, number: Integers, time: Integers) -> NDArray[np.bool_]:
        """Tell how it was with these numbers at these times."""
        result = np.full(len(number), self._otherwise)
        codes, places, counts = np.unique(number, return_inverse=True, return_counts=True)
        order, bounds = np.argsort(places.ravel(), kind="stable"), np.append(0, np.cumsum(counts))
        for code, one in enumerate(codes.tolist()):
            since = self._since.get(one, [])
            if any(is_so is not self._otherwise for _, is_so in since):
                rows = order[bounds[code] : bounds[code + 1]]
                starts = np.array([start for start, _ in since], np.int64)
                known = np.array([self._otherwise, *(is_so for _, is_so in since)])
                result[rows] = known[np.searchsorted(starts, time[rows], side="right")]
        return result


def family(followed: Iterable[int], forks: Forks, known: Iterable[tuple[int, int]]) -> Numbered:
    """Return which PIDs are the program's: those followed from the first, and all that they forked.

    `known` are (time, pid) of processes that are the program's whoever forked them (a forkserver that was
    there before), and though the record of that may be lost: theirs is the fork that is nearest in time.
    """
    found = Numbered(False)
    for pid in followed:
        found.add(pid, _ALWAYS, True)
    made: dict[int, list[int]] = defaultdict(list)
    for time, pid, tid, parent in forks:
        if pid == tid and pid != parent:
            made[pid].append(time)
    theirs = set()
    for time, pid in known:
        if pid in made:
            theirs.add((min((abs(one - time), one) for one in made[pid])[1], pid))
        else:
            found.add(pid, time, True)
    for time, pid, tid, parent in sorted(forks):
        if pid == tid and pid != parent:
            found.add(pid, time, (time, pid) in theirs or found.at(parent, time))
    return found


def living(forks: Forks, exits: Sequence[tuple[int, int, int]]) -> Numbered:
    """Return which TIDs were alive: what holds a core after its exit (time, pid, tid) is taken apart."""
    found = Numbered(True)
    for time, _, tid, _ in forks:
        found.add(tid, time, True)
    for time, _, tid in exits:
        found.add(tid, time, False)
    return found
