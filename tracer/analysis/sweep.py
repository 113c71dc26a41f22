"""A sweep: the same program with one setting varied; what each value took, and which value is enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from tracer.analysis.compare import ratio
from tracer.analysis.sentence import count
from tracer.analysis.units import duration

Value = int | float
WORKERS, CHUNKSIZE = "workers", "chunksize"
ENOUGH = 0.05
"""A value is enough where its median lies within this of the best one's: less is hard to measure."""


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


@dataclass(frozen=True)
class Step:
    """From one value to another: `gain` is the part of the makespan that it saved, negative if it cost.

    `scattered` tells that the ranges of the two overlap, so that the gain may be chance.
    """

    before: Value
    after: Value
    gain: float
    scattered: bool


@dataclass(frozen=True)
class Sweep:
    """The runs of a sweep over `option`; times are nanoseconds, curves are pairs of a value and a time.

    `kind` is "workers", "chunksize" or "" for what the model does not know; `first` is the first value given
    that worked; `predicted` is what the model makes of a run with it, empty with a reason in
    `not_predicted`. `ideal` is the first point's time shared by more workers, and `capped` the same with no
    more of them than `cores`. `made_by` names the versions that recorded.
    """

    option: str
    kind: str
    trials: tuple[Trial, ...]
    points: tuple[Point, ...]
    first: Point
    cores: int
    predicted: tuple[tuple[Value, float], ...] = ()
    not_predicted: str = ""
    ideal: tuple[tuple[Value, float], ...] = ()
    capped: tuple[tuple[Value, float], ...] = ()
    made_by: tuple[str, ...] = ()

    @property
    def best(self) -> Point:
        """The fastest point."""
        return min(self.points, key=lambda point: point.median_ns)

    @property
    def knee(self) -> Point:
        """The smallest value whose median is within `ENOUGH` of the best one's."""
        limit = (1 + ENOUGH) * self.best.median_ns
        return next(point for point in self.points if point.median_ns <= limit)

    @property
    def last_step(self) -> Step | None:
        """The last doubling: to the largest value from the largest of at most half of it."""
        if len(self.points) < 2:
            return None
        *others, last = self.points
        halves = [point for point in others if 2 * point.value <= last.value]
        before = (halves or others)[-1]
        scattered = last.low_ns <= before.high_ns and before.low_ns <= last.high_ns
        return Step(before.value, last.value, 1 - last.median_ns / before.median_ns, scattered)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; times in seconds."""
        step = self.last_step
        points = [
            {
                "value": point.value,
                "runs": point.runs,
                "median_seconds": point.median_ns / 1e9,
                "low_seconds": point.low_ns / 1e9,
                "high_seconds": point.high_ns / 1e9,
            }
            for point in self.points
        ]
        return {
            "option": self.option,
            "kind": self.kind or None,
            "values": [point.value for point in self.points],
            "cores": self.cores,
            "runs": [trial_dict(trial) for trial in self.trials],
            "points": points,
            "first": self.first.value,
            "predictions": _curve(self.predicted),
            "not_predicted": self.not_predicted or None,
            "ideal": _curve(self.ideal),
            "ideal_on_cores": _curve(self.capped),
            "best": self.best.value,
            "knee": self.knee.value,
            "last_step": asdict(step) if step else None,
            "sentence": sentence(self),
        }


def trial_dict(trial: Trial) -> dict[str, Any]:
    """Return a run as plain JSON values."""
    times = {"seconds": trial.makespan_ns, "wall_seconds": trial.wall_ns}
    who = {"value": trial.value, "number": trial.number, "exitcode": trial.exitcode, "folder": trial.folder}
    return who | {name: None if length is None else length / 1e9 for name, length in times.items()}


def _curve(pairs: Sequence[tuple[Value, float]]) -> list[dict[str, float]]:
    return [{"value": value, "seconds": length / 1e9} for value, length in pairs]


def points(trials: Sequence[Trial]) -> tuple[Point, ...]:
    """Return what each value took, from the smallest value on; values of which no run counts are left out."""
    times: dict[Value, list[float]] = {}
    for trial in trials:
        if trial.counts and trial.makespan_ns:
            times.setdefault(trial.value, []).append(float(trial.makespan_ns))
    return tuple(Point(v, median(t), min(t), max(t), len(t)) for v, t in sorted(times.items()))


def middle_trial(trials: Sequence[Trial], value: Value) -> Trial:
    """Return the run with this value that took the median time (the lower one of an even number)."""
    mine = sorted(
        (trial for trial in trials if trial.value == value and trial.counts),
        key=lambda trial: trial.makespan_ns or 0,
    )
    return mine[(len(mine) - 1) // 2]


def kind_of(option: str) -> str:
    """Return what an option's name says that it sets: "workers", "chunksize", or "" for anything else."""
    name = option.lower().strip("-=").replace("-", "").replace("_", "")
    if "chunk" in name:
        return CHUNKSIZE
    return WORKERS if any(word in name for word in ("worker", "process", "nproc", "jobs")) else ""


def number(value: Value) -> str:
    """Return a value as people write it: "1,000", "0.5"."""
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def noun(sweep: Sweep, value: Value) -> str:
    """Return a value with what it means: "4 workers", "chunk size 16", "--payload-mb 2"."""
    if sweep.kind == WORKERS and isinstance(value, int):
        return count(value, "worker")
    return f"{'chunk size' if sweep.kind == CHUNKSIZE else sweep.option.rstrip('=')} {number(value)}"


def sentence(sweep: Sweep) -> str:
    """Return where the knee is and what the last doubling brought, in one sentence."""
    knee, best, step = sweep.knee, sweep.best, sweep.last_step
    head = headline(sweep, last=False)
    if best is not knee:
        fastest = f"{duration(best.median_ns)} with {number(best.value)}"
        head += f" and within {100 * ENOUGH:.0f} % of the best ({fastest})"
    return f"{head}; {_step(step) if step else 'no other value worked'}"


def headline(sweep: Sweep, last: bool = True) -> str:
    """Return the sentence in short, for a figure that shows the rest; `last`: with the last doubling."""
    knee, least = sweep.knee, sweep.points[0]
    plural = sweep.kind == WORKERS and knee.value != 1
    step = sweep.last_step
    if step is None:
        head = f"{noun(sweep, knee.value)} took {duration(knee.median_ns)}"
        return f"{head}; no other value worked" if last else head
    if knee is sweep.points[-1]:
        head = f"{noun(sweep, knee.value)} {'were' if plural else 'was'} the fastest"
    else:
        head = f"{noun(sweep, knee.value)} {'are' if plural else 'is'} enough"
    head += f": {duration(knee.median_ns)}"
    if knee is not least:
        head += f", {ratio(least.median_ns / knee.median_ns)} times as fast as {number(least.value)}"
    head = f"{head[:1].upper()}{head[1:]}"
    return f"{head}; {_step(step)}" if last else head


def _step(step: Step) -> str:
    what = "doubling" if step.after == 2 * step.before else "step"
    effect = (
        f"saved {100 * step.gain:.0f} %" if step.gain >= 0 else f"made it {-100 * step.gain:.0f} % slower"
    )
    if abs(step.gain) < 0.005:
        effect = "changed nothing"
    scattered = ", within the runs' scatter" if step.scattered and abs(step.gain) >= 0.005 else ""
    return f"the last {what}, from {number(step.before)} to {number(step.after)}, {effect}{scattered}"
