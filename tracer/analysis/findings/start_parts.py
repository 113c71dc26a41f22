"""The parts of workers' start-ups: how much went into pickling them, Python, imports, and the initializer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from tracer.analysis.columns import Floats, Integers, equals, first_known, floats, integers, look_up
from tracer.analysis.concurrency import step_function
from tracer.analysis.findings.finding import seconds
from tracer.analysis.intervals import union
from tracer.analysis.one_pool import alike
from tracer.analysis.starting import Starts
from tracer.record.kinds import IMPORT, MAIN_MODULE, PREPARING
from tracer.tables.tables import Tables

LEAST = 0.05
"""A part that took less of the start-up is not named."""
NAMED = 3
"""So many modules are named, the slowest first."""


@dataclass(frozen=True)
class Parts:
    """Where the start-up of some workers went: `spent` are medians over the workers, in nanoseconds.

    `plain` tells that they are all processes of no pool, `mixed` that some are, `alike` how many of the pools
    are of one kind, owner and start method. `whole` is the median start-up, `bytes` what was pickled for
    each, `pickling` what that alone took (a part of "handing over"); `modules` are the slowest that they
    imported, with the time for each worker.
    """

    workers: int
    pools: int
    alike: int
    plain: bool
    mixed: bool
    at_once: int
    methods: str
    whole: float
    spent: dict[str, float]
    bytes: int
    pickling: float
    modules: list[tuple[str, float]]

    @property
    def longest(self) -> str:
        """The part that took longest; "" where none is known."""
        return max(self.spent, key=lambda name: self.spent[name]) if any(self.spent.values()) else ""

    @property
    def sentence(self) -> str:
        """What each start took, and its parts."""
        named = sorted(self.spent.items(), key=lambda one: -one[1])
        parts = [self._words(name, took) for name, took in named if took >= LEAST * self.whole and took > 0]
        each = (
            f"Each took {seconds(self.whole / 1e9)}"
            if self.workers > 1
            else f"It took {seconds(self.whole / 1e9)}"
        )
        each += " (median)" if self.workers > 2 else ""
        return f"{each}: {', '.join(parts)}." if parts else f"{each}."

    @property
    def evidence(self) -> dict[str, Any]:
        """The same as numbers."""
        spent = {
            f"{name.lower().replace(' ', '_')}_median_seconds": took / 1e9
            for name, took in self.spent.items()
        }
        return {"start_up_median_seconds": self.whole / 1e9, **spent, "handed_over_bytes": self.bytes}

    def _words(self, name: str, took: float) -> str:
        length = seconds(took / 1e9)
        if name == "handing over":
            pickled = seconds(self.pickling / 1e9)
            given = "its arguments" if self.plain else "`initargs` and the rest of the process object"
            return (
                f"{length} in which the parent hands {self.bytes / 1e6:,.1f} MB over ({given}; "
                f"{pickled} of it pickling), one after another"
            )
        if name == "imports" and self.modules:
            listed = ", ".join(f"{module} {seconds(each / 1e9)}" for module, each in self.modules[:NAMED])
            return f"{length} importing ({listed})"
        return f"{length} {TEXT[name]}"


TEXT = {
    "fork": "to copy the parent (fork)",
    "Python": "until Python ran in it",
    "imports": "importing",
    "unpickling": "unpickling the process object",
    "initializer": "in the initializer",
    "rest": "until it waited for a task",
}
"""The parts in words."""


def parts_of(trace: Tables, found: Starts, use: Integers) -> Parts:
    """Return the parts of the starts `use`. What was not recorded of a start has no part in it.

    A worker that was ended while it started says little of what that took: the others tell it.
    """
    frame, every = trace.processes, use
    number = integers(frame, "process")
    came = ~np.isnan(look_up(number, found.process[use], floats(frame, "target_start")))
    use = use[came] if came.any() else use
    process = found.process[use]
    called, ready, line = found.called[use], found.ready[use], found.line[use]
    target = look_up(number, process, floats(frame, "target_start"))
    copies = np.array([found.method[place] == "fork" for place in use.tolist()], np.bool_)
    exited = look_up(number, process, floats(frame, "exited"))
    target = np.fmin(first_known(target, exited, ready), ready)
    preparing = _preparing(trace, found, use)
    given = np.nan_to_num(np.maximum(found.returned[use] - preparing["start"], 0.0))
    imports, modules = _imports(trace, process, line, np.fmax(target, ready))
    initializer = _within(trace, "initializer", process, called, ready)
    born = np.where(copies, found.forked[use], called + np.nan_to_num(preparing["pickling"]))
    python = np.nan_to_num(np.maximum(line - born, 0.0))
    # The worker unpickles what the parent is still writing: a time for each, which overlap.
    unpickling = np.where(copies, 0.0, np.nan_to_num(np.maximum(target - line - imports["early"], 0.0)))
    fork = np.where(copies, np.nan_to_num(np.maximum(found.forked[use] - called, 0.0)), 0.0)
    # Of handing over, what overlaps with the worker's own start is only counted there.
    spent = {
        "fork": fork,
        "Python": python,
        "imports": imports["all"],
        "handing over": given,
        "unpickling": unpickling,
        "initializer": initializer,
    }
    numbers = {number for number in found.pool[every].tolist() if number >= 0}
    return Parts(
        workers=int(every.size),
        pools=max(len(numbers), 1),
        alike=max(map(len, alike(trace, found, every[~found.plain[every]])), default=0),
        plain=bool(found.plain[every].all()),
        mixed=bool(found.plain[every].any() and not found.plain[every].all()),
        at_once=_at_once(trace, found, every),
        methods=", ".join(sorted({found.method[place] for place in every.tolist()} - {""})),
        whole=float(np.median(ready - called)),
        spent={name: float(np.median(took)) for name, took in spent.items()},
        bytes=int(np.nan_to_num(np.nanmax(np.append(preparing["bytes"], 0.0)))),
        pickling=float(np.median(np.nan_to_num(preparing["pickling"]))),
        modules=modules,
    )


def _at_once(trace: Tables, found: Starts, use: Integers) -> int:
    """Return how many of these lived at the same time, at most."""
    frame = trace.processes
    exited = look_up(integers(frame, "process"), found.process[use], floats(frame, "exited"))
    ended = np.fmax(first_known(exited, np.full(use.size, float(trace.end_ns))), found.ready[use])
    return int(step_function(found.called[use], ended)[1].max(initial=1))


def _preparing(trace: Tables, found: Starts, use: Integers) -> dict[str, Floats]:
    """Return of each start when its parent began to pickle it, how long that took, and the bytes."""
    spans = trace.spans[equals(trace.spans, "category", PREPARING)]
    result = {name: np.full(use.size, np.nan) for name in ("start", "pickling", "bytes")}
    begin, end, owner = floats(spans, "start"), floats(spans, "end"), integers(spans, "process")
    data = [_read(text) for text in spans["data"].fillna("").astype(str).tolist()]
    for place, which in enumerate(use.tolist()):
        mine = (owner == found.owner[which]) & (begin >= found.called[which]) & (end <= found.returned[which])
        for row in np.flatnonzero(mine)[:1].tolist():
            result["start"][place] = begin[row]
            result["pickling"][place] = data[row].get("pickling_ns", np.nan)
            result["bytes"][place] = data[row].get("bytes", np.nan)
    return result


def _read(text: str) -> dict[str, float]:
    """Return the numbers of a span's data; none where it is not what hooks write."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): float(value) for key, value in found.items() if isinstance(value, (int, float))}


def _imports(
    trace: Tables, process: Integers, line: Floats, until: Floats
) -> tuple[dict[str, Floats], list[tuple[str, float]]]:
    """Return how long each worker imported, in all and before its process was read, and the slowest modules.

    The main module is one of those, and what it imports is named for itself.
    """
    spans = trace.spans[equals(trace.spans, "category", IMPORT)]
    begin, end, who = floats(spans, "start"), floats(spans, "end"), integers(spans, "process")
    names = spans["name"].fillna("").astype(str).to_numpy(object)
    spent = {"all": np.zeros(process.size), "early": np.zeros(process.size)}
    sums: dict[str, list[float]] = {}
    for place, number in enumerate(process.tolist()):
        mine = (who == number) & (begin >= line[place]) & (end <= until[place])
        if not mine.any():
            continue
        whole = union(begin[mine].astype(np.int64), end[mine].astype(np.int64))
        spent["all"][place] = spent["early"][place] = whole.length
        of_main = mine & (names == MAIN_MODULE)
        for row in np.flatnonzero(mine).tolist():
            package = names[row].partition(".")[0]
            sums.setdefault(package, []).append(end[row] - begin[row])
        inner = mine & ~of_main & (begin < np.append(end[of_main], 0.0).max())
        for row in np.flatnonzero(of_main).tolist():  # its own, without what it imports
            sums[MAIN_MODULE][-1] = max(end[row] - begin[row] - float((end - begin)[inner].sum()), 0.0)
    workers = max(process.size, 1)
    modules = sorted(((name, sum(took) / workers) for name, took in sums.items()), key=lambda one: -one[1])
    named = [("the main module itself" if name == MAIN_MODULE else name, took) for name, took in modules]
    return spent, [one for one in named if one[1] >= 1e6]


def _within(trace: Tables, category: str, process: Integers, first: Floats, last: Floats) -> Floats:
    """Return how long the spans of a category took in each process between two instants."""
    spans = trace.spans[equals(trace.spans, "category", category)]
    begin, end, who = floats(spans, "start"), floats(spans, "end"), integers(spans, "process")
    result = np.zeros(process.size)
    for place, number in enumerate(process.tolist()):
        mine = (who == number) & (begin >= first[place]) & (begin <= last[place])
        result[place] = float(np.nan_to_num(end - begin)[mine].sum())
    return result
