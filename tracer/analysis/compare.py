"""Comparing runs: their accounts side by side, what changed between two of them, and why one took longer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tracer.analysis.account import CATEGORIES, Account
from tracer.analysis.account.categories import RUN, TITLE
from tracer.analysis.columns import equals, integers
from tracer.analysis.endings import ending
from tracer.analysis.findings import Case, Finding, diagnose
from tracer.analysis.sentence import count
from tracer.analysis.summary import Summary, summarize
from tracer.analysis.units import duration
from tracer.reading.trace import Trace

ALIKE = 0.05
"""Makespans that differ by less are called alike: single runs on a quiet machine scatter by as much."""
TOLD = 0.02
"""A share that moved by less is no explanation; the seconds are given in its place."""
EXPLAINS = 0.25
"""What holds less of the difference than this does not explain it."""
WORKERS, HIDDEN = GROUPS = ("workers", "hidden")
KINDS = {WORKERS: ("worker", "process", "thread"), HIDDEN: ("hidden",)}

WAY = "way"
ON_THE_WAY = (
    "starved",
    "lock_wait",
    "receiving",
    "unpickling",
    "pickling",
    "sending",
    "pipe_full",
    "bookkeeping",
)
"""What a worker's time goes into between one run and the next."""

_DOING = {"start_up": "starting up", "bookkeeping": "busy with the pool's own work"}


@dataclass(frozen=True)
class Side:
    """One of the runs. Times are nanoseconds, None where not known.

    `chunk` is the median of items a task; `spent_ns` what the lanes of each group spent in each category
    within the makespan, and `lived_ns` how long they lived in it; `missing` says what this run cannot tell.
    """

    label: str
    command: str
    makespan_ns: int | None
    wall_ns: int | None
    tasks: int
    items: int
    workers: int
    chunk: int
    start_methods: tuple[str, ...]
    kinds: tuple[str, ...]
    spent_ns: dict[str, dict[str, float]]
    lived_ns: dict[str, float]
    finding: Finding | None
    cut_by: str
    missing: tuple[str, ...]

    def share(self, group: str, category: str) -> float:
        """Return which part of a group's time went into a category, 0 where there is no such lane."""
        lived = self.lived_ns[group]
        return self.spent_ns[group][category] / lived if lived > 0 else 0.0

    def each_ns(self, category: str) -> float:
        """Return how long a worker that lived through the whole makespan was in a category, on average."""
        return self.share(WORKERS, category) * (self.makespan_ns or 0)


@dataclass(frozen=True)
class Change:
    """What became of the first run in another one.

    `speedup` is the first one's makespan over this one's, None where that says nothing: a run without a
    makespan, or cut short. `category` is what the workers' time went into that moved the makespan most
    (`WAY`: all between one run and the next); `what`, `why` and `settings` (what was set
    otherwise) are for people, and `sentence` all in one.
    """

    speedup: float | None
    category: str
    what: str
    why: str
    settings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The change in one sentence."""
        why = f": {self.why}" if self.why else ""
        told = ", ".join(part for part in self.settings if part not in self.why)
        return f"{self.what}{why}{f' ({told})' if told else ''}."


@dataclass(frozen=True)
class Comparison:
    """Runs side by side; `changes` has one entry for each run after the first."""

    sides: tuple[Side, ...]
    changes: tuple[Change, ...]

    def categories(self, group: str, least: float = 0.001) -> list[str]:
        """Return the categories that hold at least this share of a group's time in any of the runs."""
        names = [category.name for category in CATEGORIES]
        return [name for name in names if any(side.share(group, name) >= least for side in self.sides)]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        runs = [asdict(side) for side in self.sides]
        for run, side in zip(runs, self.sides, strict=True):
            shares = {g: {name: side.share(g, name) for name in side.spent_ns[g]} for g in GROUPS}
            run["shares"] = shares
        changes = [asdict(change) | {"sentence": change.sentence} for change in self.changes]
        return {"baseline": self.sides[0].label, "runs": runs, "changes": changes}


def compare(traces: Sequence[Trace], labels: Sequence[str]) -> Comparison:
    """Compare runs with the first of them. Any traces can be compared, empty ones too."""
    sides = tuple(side(trace, label) for trace, label in zip(traces, labels, strict=True))
    return Comparison(sides, tuple(change(sides[0], other) for other in sides[1:]))


def side(trace: Trace, label: str) -> Side:
    """Return what is known of one run."""
    case = Case(trace)
    findings = diagnose(trace, case)
    summary, found = summarize(trace), case.account
    items = integers(trace.tasks, "items", missing=1)
    children = trace.processes[trace.processes["role"].isin(["worker", "process"]).fillna(False)]
    cut = _cut_by(trace)
    return Side(
        label=label,
        command=str(trace.meta.get("command") or ""),
        makespan_ns=summary.makespan_ns,
        wall_ns=summary.wall_ns,
        tasks=summary.tasks,
        items=summary.items,
        workers=max(summary.workers_at_once, 0) or summary.children + summary.threads,
        chunk=int(np.median(items)) if items.size else 0,
        start_methods=tuple(sorted(set(children["start_method"].dropna().astype(str)))),
        kinds=tuple(sorted(set(trace.tasks["kind"].dropna().astype(str)))),
        spent_ns={group: _spent(found, group) for group in GROUPS},
        lived_ns={group: found.capacity(KINDS[group]) for group in GROUPS},
        finding=findings[0] if findings else None,
        cut_by=cut,
        missing=tuple(_missing(summary, cut)),
    )


def _spent(found: Account, group: str) -> dict[str, float]:
    return {category.name: found.total(category.name, kinds=KINDS[group]) for category in CATEGORIES}


def _cut_by(trace: Trace) -> str:
    """Return what ended the program early ("SIGKILL", "exit code 1"), empty where nothing did."""
    codes = integers(trace.processes, "exitcode", missing=0)[equals(trace.processes, "role", "main")]
    return next((ending(int(code)) for code in codes if code), "")


def _missing(summary: Summary, cut: str) -> list[str]:
    said = []
    if not summary.tasks:
        others = summary.children + summary.threads
        said.append("no tasks: only its processes and threads are compared" if others else "nothing ran")
    if cut:
        said.append(f"its main process ended by {cut}: what is here is what it did until then")
    if summary.tasks_lost:
        said.append(f"{count(summary.tasks_lost, 'task')} lost")
    if summary.core_source == "sampled":
        said.append("cores from samples: running and waiting for a core are estimates")
    elif summary.core_source != "kernel":
        said.append("no kernel slices: running is told from waiting for a core only where tasks were long")
    if summary.losses:
        lost = ", ".join(f"{kind}: {number}" for kind, number in summary.losses.items())
        said.append(f"not recorded: {lost}")
    return said


def change(before: Side, after: Side) -> Change:
    """Tell what became of `before` in `after`."""
    settings = _settings(before, after)
    if not before.makespan_ns or not after.makespan_ns:
        idle = [one.label for one in (before, after) if not one.makespan_ns]
        return Change(None, "", f"{' and '.join(idle)} ran nothing that could be compared", "", settings)
    took, long = duration(after.makespan_ns), duration(before.makespan_ns)
    if before.cut_by or after.cut_by:
        ends = [f"{one.label} was ended by {one.cut_by}" for one in (before, after) if one.cut_by]
        what = f"{after.label} lasted {took}, {before.label} {long}; {' and '.join(ends)}"
        return Change(None, "", what, "", settings)
    speedup = before.makespan_ns / after.makespan_ns
    if max(speedup, 1 / speedup) < 1 + ALIKE:
        what = f"{after.label} took {took}, about as long as {before.label} ({long})"
        return Change(speedup, "", what, _moved(before, after), settings)
    times = f"{speedup:.2g} times as fast" if speedup > 1 else f"{1 / speedup:.2g} times as long"
    what = f"{after.label} took {took} in place of {long}, {times}"
    category = _cause(before, after)
    return Change(speedup, category, what, _why(before, after, category), settings)


def _cause(before: Side, after: Side) -> str:
    """Return of what each worker had so much less (or more) that it moved the makespan most.

    A category, or `WAY` where no single one makes half of the difference and all on the way together do more.
    """
    moved = (before.makespan_ns or 0) - (after.makespan_ns or 0)
    gains = {
        name: (before.each_ns(name) - after.each_ns(name)) / moved
        for name in before.spent_ns[WORKERS]
        if name != "unexplained"
    }
    name = max(gains, key=gains.__getitem__)
    if gains[name] < 0.5 and sum(gains[one] for one in ON_THE_WAY) > gains[name]:
        return WAY
    return name if gains[name] > EXPLAINS else ""


def _why(before: Side, after: Side, name: str) -> str:
    if not name:
        return ""
    if name == WAY:
        now, then = (sum(one.share(WORKERS, part) for part in ON_THE_WAY) for one in (after, before))
        shares = f"{percent(now)} of their time in place of {percent(then)}"
        return f"the way to the workers and back took {shares}"
    times = f"{_doing(name)} for {duration(after.each_ns(name))} in place of {duration(before.each_ns(name))}"
    if name in RUN and before.workers != after.workers and before.workers and after.workers:
        return f"{_in_place(after.workers, before.workers)}, each {times}"
    if abs(after.share(WORKERS, name) - before.share(WORKERS, name)) < TOLD:
        return f"each worker was {times}"
    return _of_their_time(before, after, name)


def _in_place(now: int, then: int) -> str:
    return f"{count(now, 'worker')} in place of {then:,}"


def _of_their_time(before: Side, after: Side, name: str) -> str:
    now, then = after.share(WORKERS, name), before.share(WORKERS, name)
    return f"workers were {_doing(name)} {percent(now)} of their time in place of {percent(then)}"


def _moved(before: Side, after: Side) -> str:
    """Return the category whose share moved most, where any moved enough to tell."""
    shares = {n: abs(after.share(WORKERS, n) - before.share(WORKERS, n)) for n in before.spent_ns[WORKERS]}
    name = max(shares, key=shares.__getitem__)
    return _of_their_time(before, after, name) if shares[name] >= ALIKE else ""


def _doing(name: str) -> str:
    return _DOING.get(name, TITLE[name])


def percent(share: float) -> str:
    """Return a share as "61 %", "3.4 %", "0 %"."""
    return f"{100 * share:.1f} %" if 0.0005 <= share < 0.0995 else f"{100 * share:.0f} %"


def _settings(before: Side, after: Side) -> tuple[str, ...]:
    """Return what was set otherwise, such as "chunks of 250 in place of 1"."""
    parts = []
    if before.command != after.command:
        parts.append("another command")
    if before.items != after.items:
        parts.append(f"{count(after.items, 'item')} in place of {before.items:,}")
    elif before.tasks and before.chunk != after.chunk:
        parts.append(f"chunks of {after.chunk:,} in place of {before.chunk:,}")
    if before.workers != after.workers:
        parts.append(_in_place(after.workers, before.workers))
    for now, then in ((after.start_methods, before.start_methods), (after.kinds, before.kinds)):
        if now != then and now and then:
            parts.append(f"{', '.join(now)} in place of {', '.join(then)}")
    return tuple(parts)
