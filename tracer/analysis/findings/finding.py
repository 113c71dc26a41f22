"""A finding: one thing that held a run back, with its numbers, what to do, and what that would bring."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from tracer.wording import duration, percent

WORTH = 0.05
"""A cause that holds less of the makespan than this is no finding: a figure's eye would not see it."""
PRINCIPAL = 0.10
"""Where no cause holds so much, the run is healthy: it is about what such measurements scatter."""
LEAST_SECONDS = 0.05
"""Nor is a cause worth a headline that costs less than this and less than `PRINCIPAL` of the wall time: who
waits for a program does not notice it."""


@dataclass(frozen=True)
class Finding:
    """One cause.

    code       one of the names in `tracer.analysis.findings.CODES`
    seconds    what would vanish without the cause, `share` the same over `window_ns`, or the makespan
    what       one sentence for a person, with its numbers
    advice     what to do, in one sentence
    evidence   the numbers that it rests on; names end in their unit
    predicted_seconds   the makespan if the advice is followed, None where it cannot be said
    confidence "high", or "low" where data was missing that would tell for sure; `missing` says which
    title      the finding in a few words, for a figure
    window_ns  the part of the run that a figure shows it in, None: where tasks and processes run
    of_wall    `seconds` over the wall time of the program, None where that is not known
    makespan_seconds  the makespan that `predicted_seconds` is in place of
    pool       the pool that it is about, where several are judged
    replay_error   by how much the model's replay differs from that pool's makespan, relative to it, where
               that is enough to be said
    nothing_gained  the best change that the model knows brings less than it errs: it ranks last
    ends_it    what went wrong weighs so much that nothing about speed is worth saying beside it
    principal_from   the share from which on it is worth a headline
    """

    code: str
    seconds: float
    share: float
    what: str
    advice: str
    evidence: dict[str, Any] = field(default_factory=dict)
    predicted_seconds: float | None = None
    confidence: str = "high"
    missing: str = ""
    title: str = ""
    window_ns: tuple[float, float] | None = None
    of_wall: float | None = None
    makespan_seconds: float | None = None
    pool: str = ""
    replay_error: float | None = None
    nothing_gained: bool = False
    ends_it: bool = False
    principal_from: float = PRINCIPAL

    @property
    def is_worth_saying(self) -> bool:
        """Whether it holds enough to be listed at all."""
        small = self.of_wall is not None and self.of_wall < WORTH and self.seconds < LEAST_SECONDS
        return self.share >= WORTH and not small

    @property
    def is_principal(self) -> bool:
        """Whether it is worth a headline."""
        small = self.of_wall is not None and self.of_wall < PRINCIPAL and self.seconds < LEAST_SECONDS
        return self.share >= self.principal_from and not small and not self.nothing_gained

    @property
    def headline(self) -> str:
        """The title as a sentence begins."""
        return self.title[:1].upper() + self.title[1:]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def in_a_line(finding: Finding) -> str:
    """Return "Headline (code, 12 %)", the share left out where it is 0: such a finding claims no time."""
    share = f", {percent(finding.share)}" if finding.share else ""
    return f"{finding.headline} ({finding.code}{share})"


def seconds(length_s: float) -> str:
    """Return a time of so many seconds for people."""
    return duration(length_s * 1e9)


NOTHING = 0.99
"""A prediction that is as near as this to what was measured promises nothing."""


def advised(finding: Finding) -> str:
    """Return the advice, what it would bring, and how far the replay of the run is off where that is much."""
    best, now = finding.predicted_seconds, finding.makespan_seconds
    if best is None or now is None or best >= NOTHING * now or finding.seconds <= 0 or finding.nothing_gained:
        return finding.advice
    error = finding.replay_error
    how = "slowly" if error and error > 0 else "fast"
    off = f" (the model plays the run itself {percent(abs(error))} too {how})" if error else ""
    return f"{finding.advice} Predicted: {seconds(best)} in place of {seconds(now)}{off}."
