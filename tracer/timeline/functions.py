"""Functions: which one each task called, where there are several; and the stretches of a lane that are one's.

lane   █load█load█load██compute██████compute███   two stretches
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.columns import Floats, Integers
from tracer.timeline.bars import Bars
from tracer.timeline.kinds import RUNS
from tracer.timeline.task_columns import TaskColumns


@dataclass(frozen=True)
class Stretch:
    """A part of a lane, in nanoseconds since the trace's origin, in which all `tasks` called one function.

    `covered` is the share of it in which they ran.
    """

    lane: int
    start_ns: float
    end_ns: float
    function: str
    tasks: Integers
    covered: float


@dataclass(frozen=True)
class Functions:
    """The short names of functions, and which of them each task called; tasks by number, in order."""

    names: tuple[str, ...]
    tasks: Integers
    codes: Integers

    def code(self, tasks: Integers) -> Integers:
        """The place in `names` of each of these tasks, which are known."""
        return np.asarray(self.codes[np.searchsorted(self.tasks, tasks)])

    def stretches(
        self, groups: Iterable[Bars], window: tuple[float, float], least_ns: float
    ) -> list[Stretch]:
        """The stretches of the tasks among these bars in a window, lane by lane, from `least_ns` on."""
        parts = [
            (g.lane, g.start, g.end, g.number) for g in groups if g.kind in RUNS and g.number is not None
        ]
        if not parts:
            return []
        lane, start, end, number = (np.concatenate(column) for column in zip(*parts, strict=True))
        inside = np.flatnonzero((number >= 0) & (end > window[0]) & (start < window[1]))
        order = inside[np.lexsort((start[inside], lane[inside]))]
        lane, number = lane[order], number[order]
        start, end = np.maximum(start[order], window[0]), np.minimum(end[order], window[1])
        code = self.code(number)
        first = np.flatnonzero(
            np.append(True, (lane[1:] != lane[:-1]) | (code[1:] != code[:-1]))[: lane.size]
        )
        last = np.append(first[1:], lane.size)
        long = end[last - 1] - start[first] >= least_ns
        return [
            self._stretch(int(lane[a]), code[a], start[a:b], end[a:b], number[a:b])
            for a, b in zip(first[long].tolist(), last[long].tolist(), strict=True)
        ]

    def _stretch(self, lane: int, code: int, start: Floats, end: Floats, tasks: Integers) -> Stretch:
        length = max(float(end[-1] - start[0]), 1.0)
        covered = float((end - start).sum()) / length
        return Stretch(lane, float(start[0]), float(end[-1]), self.names[code], tasks, covered)


def functions_of(columns: TaskColumns) -> Functions | None:
    """The functions of a trace's tasks; None where there are not several."""
    frame = columns.trace.tasks
    codes, names = pd.factorize(frame["function"])
    if len(names) < 2 or (codes < 0).any():
        return None
    order = np.argsort(columns.number("task"), kind="stable")
    return Functions(
        tuple(short_names([str(name) for name in names])), columns.number("task")[order], codes[order]
    )


def short_names(functions: Sequence[str]) -> list[str]:
    """The last part of each qualified name, and the one before where that is needed to tell them apart."""
    parts = [[part for part in name.split(".") if part != "<locals>"] for name in functions]
    last = Counter(each[-1] for each in parts)
    return [".".join(each[-2:]) if last[each[-1]] > 1 else each[-1] for each in parts]
