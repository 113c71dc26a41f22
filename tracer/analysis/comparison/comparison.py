"""Comparing runs: their accounts side by side, what changed between two of them, and why one took longer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tracer.analysis.account import CATEGORIES
from tracer.analysis.account.categories import RUN, TITLE
from tracer.analysis.comparison.compared_run import GROUPS, WORKERS, MeasuredRun, measured_run
from tracer.tables.tables import Tables
from tracer.wording import count, duration, percent

ALIKE = 0.05
"""Makespans that differ by less are called alike: single runs on a quiet machine scatter by as much."""
TOLD = 0.02
"""A share that moved by less is no explanation; the seconds are given in its place."""
EXPLAINS = 0.25
"""What holds less of the difference than this does not explain it."""

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

    sides: tuple[MeasuredRun, ...]
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


def compare(traces: Sequence[Tables], labels: Sequence[str]) -> Comparison:
    """Compare runs with the first of them. Any traces can be compared, empty ones too."""
    sides = tuple(measured_run(trace, label) for trace, label in zip(traces, labels, strict=True))
    return Comparison(sides, tuple(change(sides[0], other) for other in sides[1:]))


def change(before: MeasuredRun, after: MeasuredRun) -> Change:
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
    times = f"{ratio(max(speedup, 1 / speedup))} times as {'fast' if speedup > 1 else 'long'}"
    what = f"{after.label} took {took} in place of {long}, {times}"
    category = _cause(before, after)
    return Change(speedup, category, what, _why(before, after, category), settings)


def _cause(before: MeasuredRun, after: MeasuredRun) -> str:
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


def _why(before: MeasuredRun, after: MeasuredRun, name: str) -> str:
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


def _of_their_time(before: MeasuredRun, after: MeasuredRun, name: str) -> str:
    now, then = after.share(WORKERS, name), before.share(WORKERS, name)
    return f"workers were {_doing(name)} {percent(now)} of their time in place of {percent(then)}"


def _moved(before: MeasuredRun, after: MeasuredRun) -> str:
    """Return the category whose share moved most, where any moved enough to tell."""
    shares = {n: abs(after.share(WORKERS, n) - before.share(WORKERS, n)) for n in before.spent_ns[WORKERS]}
    name = max(shares, key=shares.__getitem__)
    return _of_their_time(before, after, name) if shares[name] >= ALIKE else ""


def _doing(name: str) -> str:
    return _DOING.get(name, TITLE[name])


def ratio(value: float) -> str:
    """Return how many times as much: "1.06", "2.9", "34", "1,200"."""
    return f"{value:.2f}" if value < 1.095 else f"{value:.2g}" if value < 99.5 else f"{value:,.0f}"


def _settings(before: MeasuredRun, after: MeasuredRun) -> tuple[str, ...]:
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
