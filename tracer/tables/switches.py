"""The kernel's records as they came from its rings → slices of threads on cores, forks and exits. Vectorised.

Slices are of the program's threads, or of all on the machine (`tracer.tables.family` tells which is whose).
Layout of the records: `struct perf_event_header` (type, misc, size) and what follows by type, ended by the
sample's pid, tid, time, cpu (perf_event_open(2), "MMAP layout"). Times are on the journals' clock.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracer import files
from tracer.record.schema import CUT_SUFFIX, SWITCHES_SUFFIX
from tracer.tables.columns import Integers
from tracer.tables.family import Numbered, living
from tracer.tables.records import Lifetime

_LOST, _COMM, _EXIT, _THROTTLE, _FORK = 2, 3, 4, 5, 7
_OUT, _PREEMPTED = 1 << 13, 1 << 14
_EVERYONE = 15
_SWITCH_WORDS = {14: 4, _EVERYONE: 5}
"""The length of a switch by its type: of a thread of the program, and of any thread of the machine."""
_SAMPLE_WORDS = 3
_LEAST_WORDS = {_FORK: 7, _EXIT: 7, _COMM: 6, _LOST: 6, _THROTTLE: 7}
_NO_TID = 0xFFFFFFFF  # of a thread that has been reaped already
_LATEST = 1 << 62
_LONGEST_WORDS = 16
_MOST_LOST = 1 << 40
_NAME = re.compile(r"cpu-([0-9]{1,5})\.")
_BLOCK = 1 << 16

BLOCKED, PREEMPTED, EXITED, RUNNING, UNKNOWN = range(5)
REASONS = np.array(["blocked", "preempted", "exited", "running", "unknown"], dtype=object)


@dataclass(frozen=True)
class Slices:
    """Intervals in which a thread held a core: `end` is 0 where it is unknown, `reason` indexes `REASONS`."""

    core: Integers
    pid: Integers
    tid: Integers
    start: Integers
    end: Integers
    reason: Integers

    def take(self, which: NDArray[np.bool_]) -> Slices:
        """Return those of the slices."""
        return Slices(*(column[which] for column in vars(self).values()))


@dataclass
class Switches:
    """What the rings of one trace held.

    `forks` are (time, pid, tid, parent's pid), `exits` (time, pid, tid), `commands` (time, pid, name) of
    programs that a process became; `lost` counts the records that the kernel could not keep. `others` and
    `strangers` are slices and forks of other programs, where the kernel told of all (`of_everyone`, `part`).
    """

    of_everyone: bool = False

    slices: list[Slices] = field(default_factory=list)
    others: list[Slices] = field(default_factory=list)
    strangers: list[tuple[int, int, int, int]] = field(default_factory=list)
    forks: list[tuple[int, int, int, int]] = field(default_factory=list)
    exits: list[tuple[int, int, int]] = field(default_factory=list)
    commands: list[tuple[int, int, str]] = field(default_factory=list)
    lost: int = 0
    damaged: int = 0

    def part(self, family: Numbered) -> None:
        """Set apart what is not of the program's processes; leave out what held a core after its exit.

        (Since Linux 6.16 a thread gives its memory back after that. Events of its own end with it.)
        """
        alive = living(self.forks, self.exits)
        self.slices = [one.take(alive.of(one.tid, one.start) & (one.tid != _NO_TID)) for one in self.slices]
        mine = [family.of(one.pid, one.start) for one in self.slices]
        self.others = [one.take(~which) for one, which in zip(self.slices, mine, strict=True)]
        self.slices = [one.take(which) for one, which in zip(self.slices, mine, strict=True)]
        theirs = _told_of(family, self.forks)
        self.strangers = [one for one, which in zip(self.forks, theirs, strict=True) if not which]
        self.forks = [one for one, which in zip(self.forks, theirs, strict=True) if which]
        ours = _told_of(family, self.exits)
        self.exits = [one for one, which in zip(self.exits, ours, strict=True) if which]


def _told_of(family: Numbered, records: Sequence[tuple[int, ...]]) -> list[bool]:
    """Tell which records (time, pid, ...) are of the program's processes."""
    pid, time = np.array([(one[1], one[0]) for one in records], np.int64).reshape(-1, 2).T
    return [bool(one) for one in family.of(pid, time)]


def read_switches(folder: Path, lifetime: Lifetime = Lifetime()) -> Switches:  # noqa: B008  (it cannot change)
    """Read what was drained from every ring: of a run that lasted for `lifetime`."""
    found = Switches()
    for path in sorted(folder.glob(f"*{SWITCHES_SUFFIX}")):
        name = _NAME.match(path.name)
        try:
            with files.open_plain(path) as file:
                words = np.fromfile(file, np.uint64)
        except (OSError, MemoryError):
            name = None
        if name is None:
            found.damaged += 1
            continue
        core = int(name[1])
        places, ids, others = split(words)
        found.of_everyone |= bool(len(places)) and int(words[places[0]]) & 0xFFFFFFFF == _EVERYONE
        ends = _other_records(found, words, others)
        cut = path.name.endswith(CUT_SUFFIX)
        slices = pair(core, words, (places, ids), ends, UNKNOWN if cut else RUNNING)
        fine = lifetime.holds(slices.start) & ((slices.end == 0) | lifetime.holds(slices.end))
        found.damaged += int((~fine).sum()) + _unread(words, ids, others)
        found.slices.append(slices if fine.all() else slices.take(fine))
    ends_of = (found.forks, found.exits)
    found.damaged += sum(not lifetime.first <= one[0] <= lifetime.last for every in ends_of for one in every)
    found.forks = [one for one in found.forks if lifetime.first <= one[0] <= lifetime.last]
    found.exits = [one for one in found.exits if lifetime.first <= one[0] <= lifetime.last]
    return found


def _unread(words: NDArray[np.uint64], ids: Integers, others: list[int]) -> int:
    """Tell of a file behind whose last record there is more than one that is cut off: 1, else 0."""
    ends = [int(ids[-1]) + _SAMPLE_WORDS] if len(ids) else [0]
    ends += [others[-1] + (int(words[others[-1]]) >> 51)] if others else []
    return int(len(words) - max(ends) > _LONGEST_WORDS)


def split(words: NDArray[np.uint64]) -> tuple[Integers, Integers, list[int]]:
    """Return where the switches begin (in words), where each says whose it is, and where other records begin.

    Nearly all records are switches of one length: they are found in blocks, and only what lies between is
    looked at one by one. A record that is cut off at the end is left out.
    """
    mask = np.uint64(0xFFFF_0000_FFFF_FFFF)
    places, ids, others = [], [], []
    at, end = 0, len(words)
    while at < end:
        size = int(words[at]) >> 51  # bytes / 8
        if size == 0 or at + size > end:
            break
        if size != _SWITCH_WORDS.get(int(words[at]) & 0xFFFFFFFF):
            others.append(at)
            at += size
            continue
        grid = words[at : min(at + _BLOCK * size, end - size + 1) : size] & mask
        different = np.flatnonzero(grid != grid[0])
        count = int(different[0]) if len(different) else len(grid)
        places.append(at + np.arange(count, dtype=np.int64) * size)
        ids.append(places[-1] + (size - _SAMPLE_WORDS))
        at += count * size
    none = np.empty(0, np.int64)
    return np.concatenate([none, *places]), np.concatenate([none, *ids]), others


def _other_records(
    found: Switches, words: NDArray[np.uint64], others: list[int]
) -> list[tuple[int, int, int]]:
    """Take in forks, exits, commands and losses; return (place, tid, time) of what ends a slice.

    A tid of 0 ends any slice: records were lost there. Its time is that of the last record of these kinds
    before, not its own, which is the end of the loss: a slice lasts at least until there.
    """
    ends = []
    seen = 0
    for at in others:
        header = int(words[at])
        kind, size = header & 0xFFFFFFFF, header >> 51
        if kind in _LEAST_WORDS and size < _LEAST_WORDS[kind]:
            found.damaged += 1
            ends.append((at, 0, seen))
            continue
        if size < _SAMPLE_WORDS:
            continue  # of a kind that was not asked for
        first, second = int(words[at + 1]), int(words[at + 2])
        time = int(words[at + size - 2])
        if max(time, int(words[at + _SAMPLE_WORDS]) if kind in (_FORK, _EXIT) else 0) > _LATEST:
            found.damaged += 1
            ends.append((at, 0, seen))
            continue
        if kind == _FORK:
            found.forks.append((int(words[at + 3]), first & 0xFFFFFFFF, second & 0xFFFFFFFF, first >> 32))
        elif kind == _EXIT:
            exited = int(words[at + 3])
            found.exits.append((exited, first & 0xFFFFFFFF, second & 0xFFFFFFFF))
            ends.append((at, second & 0xFFFFFFFF, exited))
        elif kind == _COMM:
            text = words[at + 2 : at + size - _SAMPLE_WORDS].tobytes().partition(b"\0")[0]
            if first & 0xFFFFFFFF == first >> 32:  # else a thread has named itself, not its process
                found.commands.append((time, first & 0xFFFFFFFF, text.decode(errors="replace")))
        elif kind == _LOST:
            found.lost += min(second, _MOST_LOST)
            ends.append((at, 0, seen))
        elif kind == _THROTTLE:
            found.lost += 1
            ends.append((at, 0, seen))
        seen = time
    return ends


def pair(
    core: int,
    words: NDArray[np.uint64],
    switches: tuple[Integers, Integers],
    ends: list[tuple[int, int, int]],
    last_reason: int,
) -> Slices:
    """Pair each switch in with what ended it on the same core: the next record there.

    A thread that gets a core holds it until the next switch of that core, so a switch in and the record
    after it are one slice; where that is not its switch out, its end was lost, and the slice is cut at the
    last record that saw the thread there. `switches` are two of what `split` returns; `last_reason` is that
    of a slice which nothing follows. A core with nothing to do is in no slice.
    """
    places, whose = switches
    header, ids = words[places], words[whose]
    misc = ((header >> np.uint64(32)) & np.uint64(0xFFFF)).astype(np.int64)
    pid, tid = (ids & np.uint64(0xFFFFFFFF)).astype(np.int64), (ids >> np.uint64(32)).astype(np.int64)
    time = words[whose + 1].astype(np.int64)
    kind = np.where(misc & _OUT == 0, -1, np.where(misc & _PREEMPTED, PREEMPTED, BLOCKED))
    if ends:
        other = np.array(ends, dtype=np.int64)
        order = np.argsort(np.concatenate([places, other[:, 0]]), kind="stable")
        kinds = np.where(other[:, 1] == 0, UNKNOWN, EXITED)
        kind = np.concatenate([kind, kinds])[order]
        tid = np.concatenate([tid, other[:, 1]])[order]
        pid = np.concatenate([pid, np.zeros(len(other), np.int64)])[order]
        time = np.concatenate([time, other[:, 2]])[order]
    began = np.flatnonzero((kind == -1) & (tid != 0))
    after = began + 1
    last = after == len(kind)
    after = np.minimum(after, max(len(kind) - 1, 0))
    # An exit is a record of its own thread, which still runs on for a moment: its slice ends there.
    same = (tid[after] == tid[began]) & (kind[after] != -1)
    reason = np.where(last, last_reason, np.where(same, kind[after], UNKNOWN))
    until = np.where(last | (kind[after] != UNKNOWN), time[began], np.maximum(time[after], time[began]))
    end = np.where(reason == RUNNING, 0, np.where(reason == UNKNOWN, until, time[after]))
    return Slices(np.full(len(began), core, np.int64), pid[began], tid[began], time[began], end, reason)
