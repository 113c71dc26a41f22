"""Facts: what a figure is drawn from, each worked out once, when it is first asked for.

A column of a million tasks costs as much to turn into an array as to draw: no part of a figure does it again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tracer.analysis.columns import Booleans, Floats, Integers, floats, integers
from tracer.analysis.cores.slices import Held, held
from tracer.analysis.structure.runs import Runs, all_runs
from tracer.tables.tables import Tables

_T = TypeVar("_T", bound=np.generic)


class Facts:
    """A trace, its runs, who held the cores, and the columns of its tasks as plain arrays."""

    def __init__(self, trace: Tables) -> None:
        self.trace = trace
        self._times: dict[str, Floats] = {}
        self._numbers: dict[str, Integers] = {}

    @cached_property
    def runs(self) -> tuple[Runs, Runs, Runs]:
        """The runs of every kind: of tasks, of processes, of threads."""
        return all_runs(self.trace)

    @cached_property
    def held(self) -> Held | None:
        """Who held the cores, None where that is not known."""
        return held(self.trace)

    def time(self, column: str) -> Floats:
        """Return a column of the tasks as floats, NaN where missing."""
        return _known(self._times, column, lambda: floats(self.trace.tasks, column))

    def number(self, column: str) -> Integers:
        """Return a column of the tasks as integers, -1 where missing."""
        return _known(self._numbers, column, lambda: integers(self.trace.tasks, column))


def _known(known: dict[str, NDArray[Any]], column: str, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    if column not in known:
        known[column] = make()
    return known[column]


def chosen(values: NDArray[_T], which: Booleans | Integers) -> NDArray[_T]:
    """Return `values[which]`, without a copy where `which` (a mask, or rows in order) chooses all of them."""
    if which.dtype == np.bool_:
        return values if which.all() else values[which]
    return values if which.size == values.size else values[which]
