"""A sweep: the same program with one setting varied; what each value took, and which value is enough.

Where values are names ("spawn"), no value is enough and none is the next one: one is the fastest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tracer.analysis.comparison.comparison import ratio
from tracer.analysis.sweep.trials import Point, Trial, Value, numbers, told, trial_dict
from tracer.wording import count, duration

WORKERS, CHUNKSIZE, PREFETCH, START_METHOD = "workers", "chunksize", "prefetch-factor", "start-method"
ENOUGH = 0.05
"""A value is enough where its median lies within this of the best one's: less is hard to measure."""
_LONGEST = 60
"""Characters of the names of values that tie; where they are longer, their number is told."""


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

    `kind` is "workers", "chunksize", "start-method" or "" for what the model does not know; `first` is the
    first value given that worked; `predicted` is what the model makes of a run with it, empty with a reason
    in `not_predicted`. `ideal` is the first point's time shared by more workers, and `capped` the same with
    no more of them than `cores`. `made_by` names the versions that recorded.
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
    def named(self) -> bool:
        """Whether values are names, without an order."""
        return not numbers(trial.value for trial in self.trials)

    @property
    def tied(self) -> tuple[Point, ...]:
        """The points whose range overlaps the best one's: which of them is the fastest is not known."""
        best = self.best
        return tuple(point for point in self.points if point is not best and point.low_ns <= best.high_ns)

    @property
    def chosen(self) -> Point | None:
        """The value to take: the knee; of names the best one, None where others tie with it."""
        return self.knee or (None if self.tied else self.best)

    @property
    def knee(self) -> Point | None:
        """The smallest value whose median is within `ENOUGH` of the best one's; None among names."""
        if self.named:
            return None
        limit = (1 + ENOUGH) * self.best.median_ns
        return next(point for point in self.points if point.median_ns <= limit)

    @property
    def last_step(self) -> Step | None:
        """The last doubling: to the largest value from the largest of at most half of it; not of names."""
        values = numbers(point.value for point in self.points)
        if len(values) < 2:
            return None
        halves = sum(2 * value <= values[-1] for value in values[:-1])
        before, last = self.points[halves - 1 if halves else -2], self.points[-1]
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
            "knee": self.knee.value if self.knee else None,
            "tied": [point.value for point in self.tied],
            "last_step": asdict(step) if step else None,
            "sentence": sentence(self),
        }


def _curve(pairs: Sequence[tuple[Value, float]]) -> list[dict[str, Value]]:
    return [{"value": value, "seconds": length / 1e9} for value, length in pairs]


def kind_of(option: str) -> str:
    """Return what an option's name says that it sets, `WORKERS` or another; "" for anything else."""
    name = option.lower().strip("-=").replace("-", "").replace("_", "")
    if "chunk" in name or name.endswith("batchsize"):  # joblib's, and a data loader's
        return CHUNKSIZE
    if "prefetch" in name:  # a data loader's
        return PREFETCH
    return WORKERS if any(word in name for word in ("worker", "process", "nproc", "jobs")) else ""


def noun(sweep: Sweep, value: Value) -> str:
    """Return a value with what it means: "4 workers", "chunk size 16", "--payload-mb 2"."""
    if sweep.kind == WORKERS and isinstance(value, int):
        return count(value, "worker")
    return f"{'chunk size' if sweep.kind == CHUNKSIZE else sweep.option.rstrip('=')} {told(value)}"


def sentence(sweep: Sweep) -> str:
    """Return where the knee is and what the last doubling brought, or which name is the fastest."""
    knee, best, step = sweep.knee, sweep.best, sweep.last_step
    head = headline(sweep, last=False)
    if knee is None:
        return head
    if best is not knee:
        fastest = f"{duration(best.median_ns)} with {told(best.value)}"
        head += f" and within {100 * ENOUGH:.0f} % of the best ({fastest})"
    return f"{head}; {_step(step) if step else 'no other value worked'}"


def headline(sweep: Sweep, last: bool = True) -> str:
    """Return the sentence in short, for a figure that shows the rest; `last`: with the last doubling."""
    knee, least = sweep.knee, sweep.points[0]
    if knee is None:
        return _fastest(sweep, whole=not last)
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
        head += f", {ratio(least.median_ns / knee.median_ns)} times as fast as {told(least.value)}"
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
    return f"the last {what}, from {told(step.before)} to {told(step.after)}, {effect}{scattered}"


def _fastest(sweep: Sweep, whole: bool) -> str:
    """Return which name is the fastest and by how much, or that ranges do not tell; `whole`: all of it."""
    best, tied = sweep.best, sweep.tied
    if len(sweep.points) == 1:
        return f"{told(best.value)} took {duration(best.median_ns)}; no other value worked"
    than = ""
    said = [f"The fastest was {told(best.value)}: {duration(best.median_ns)}"]
    if tied:
        near = [f"{told(point.value)} ({duration(point.median_ns)})" for point in (best, *tied)]
        named = f"{', '.join(near[:-1])} and {near[-1]}"
        which = named if len(named) <= _LONGEST else f"{len(near)} values"
        said = [f"No telling which is the fastest: the ranges of {which} overlap"]
        than = f" as {told(best.value)}" if whole else ""
    slower = sorted((p for p in sweep.points if p not in (best, *tied)), key=lambda point: point.median_ns)
    for point in slower if len(slower) <= 2 else (slower[0], slower[-1]):
        times = f"{ratio(point.median_ns / best.median_ns)} times as long{than}"
        said.append(f"{told(point.value)} took {duration(point.median_ns)}, {times}")
    if any(point.runs == 1 for point in sweep.points):
        said.append("one run of a value may be chance")
    return "; ".join(said if whole else said[:2])
