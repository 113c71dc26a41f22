"""Rounds of three runs, plain, with a tool, plain again: ratio and control come from the same minutes.

round 1   P  T  P'        ratio    T / P      what the tool costs
round 2   P  P' T         control  P'/ P      what this machine calls "the same" at this time
round 3   T  P  P'  …     the six orders in turn, so that no run has a place or a neighbour of its own
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.runs import Run
from tests.benchmarks.stats import Median, median

PLAIN, TOOL, AGAIN = range(3)
ORDERS = list(itertools.permutations((PLAIN, TOOL, AGAIN)))
TOLERANCE = 0.02
"""A control whose interval strays further from 1 says that the machine was not quiet enough to judge."""

Measure = Callable[[Run], float]


@dataclass
class Rounds:
    """The rounds of one comparison; `rounds[i]` holds the three runs in the order PLAIN, TOOL, AGAIN."""

    rounds: list[tuple[Run, Run, Run]] = field(default_factory=list)

    def ratio(self, measure: Measure) -> Median:
        """Return tool ÷ plain."""
        return median([measure(one[TOOL]) / measure(one[PLAIN]) for one in self.rounds])

    def control(self, measure: Measure) -> Median:
        """Return plain ÷ plain."""
        return median([measure(one[AGAIN]) / measure(one[PLAIN]) for one in self.rounds])

    def difference(self, measure: Measure) -> Median:
        """Return tool - plain."""
        return median([measure(one[TOOL]) - measure(one[PLAIN]) for one in self.rounds])

    def typical(self, measure: Measure, which: int) -> float:
        """Return the median of one of the three."""
        return median([measure(one[which]) for one in self.rounds]).value

    def valid(self, *measures: Measure) -> bool:
        """Tell whether the controls were near enough to 1 for the ratios to count."""
        return all(self.control(measure).within(TOLERANCE) for measure in measures)


def measure(
    plain: Callable[[], Run],
    tool: Callable[[], Run],
    pairs: int,
    until_valid_s: float = 0.0,
    measures: Sequence[Measure] = (),
    tell: Callable[[Rounds], None] = lambda rounds: None,
) -> Rounds:
    """Run `pairs` rounds, then go on until the controls of `measures` are valid or `until_valid_s` are over.

    One run of each before the first round is not counted: it fills caches and writes bytecode. `tell` is
    called after each round.
    """
    runs = (plain, tool, plain)
    plain()
    tool()
    found = Rounds()
    deadline = time.monotonic() + until_valid_s
    while len(found.rounds) < pairs or (time.monotonic() < deadline and not found.valid(*measures)):
        one: dict[int, Run] = {}
        for which in ORDERS[len(found.rounds) % len(ORDERS)]:
            one[which] = runs[which]()
        found.rounds.append((one[PLAIN], one[TOOL], one[AGAIN]))
        tell(found)
    return found
