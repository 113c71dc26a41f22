"""Trials: the runs of a sweep, and what those with one value took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

Number = int | float
Value = Number | str
"""What a setting is set to: a number, or a name such as "spawn", which has no place among the others."""
_LONGEST = 32


@dataclass(frozen=True)
class Trial:
    """One run with one value: its exit code, and its makespan and wall time in nanoseconds if known."""

    value: Value
    number: int
    exitcode: int
    makespan_ns: int | None
    wall_ns: int | None
    folder: str

    @property
    def counts(self) -> bool:
        """Whether it ended well and took a time."""
        return self.exitcode == 0 and bool(self.makespan_ns)


@dataclass(frozen=True)
class Point:
    """What the runs with one value took, nanoseconds."""

    value: Value
    median_ns: float
    low_ns: float
    high_ns: float
    runs: int


def trial_dict(trial: Trial) -> dict[str, Any]:
    """Return a run as plain JSON values."""
    times = {"seconds": trial.makespan_ns, "wall_seconds": trial.wall_ns}
    who = {"value": trial.value, "number": trial.number, "exitcode": trial.exitcode, "folder": trial.folder}
    return who | {name: None if length is None else length / 1e9 for name, length in times.items()}


def numbers(values: Iterable[Value]) -> list[Number]:
    """Return the values where all are numbers, and none of them where one is a name."""
    given = list(values)
    found = [value for value in given if not isinstance(value, str)]
    return found if len(found) == len(given) else []


def points(trials: Sequence[Trial]) -> tuple[Point, ...]:
    """Return what each value took; values of which no run counts are left out.

    Numbers stand from the smallest on, names in the order in which they were given.
    """
    times: dict[Value, list[float]] = {trial.value: [] for trial in trials}
    for trial in trials:
        if trial.counts and trial.makespan_ns:
            times[trial.value].append(float(trial.makespan_ns))
    found = [Point(v, median(t), min(t), max(t), len(t)) for v, t in times.items() if t]
    order = {value: place for place, value in enumerate(sorted(numbers(times)) or times)}
    return tuple(sorted(found, key=lambda point: order[point.value]))


def middle_trial(trials: Sequence[Trial], value: Value) -> Trial:
    """Return the run with this value that took the median time (the lower one of an even number)."""
    mine = sorted(
        (trial for trial in trials if trial.value == value and trial.counts),
        key=lambda trial: trial.makespan_ns or 0,
    )
    return mine[(len(mine) - 1) // 2]


def told(value: Value) -> str:
    """Return a value as people write it: "1,000", "0.5", "spawn"; a long name without its middle."""
    if isinstance(value, str):
        half = _LONGEST // 2
        return value if len(value) <= _LONGEST else f"{value[: half - 1]}…{value[-half:]}"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
