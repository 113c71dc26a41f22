"""The tasks' columns as plain arrays, each made once.

A column of a million tasks costs as much to turn into an array as to draw: nothing does it again.
"""

from __future__ import annotations

from tracer.analysis.columns import Floats, Integers, floats, integers
from tracer.tables.tables import Tables


class TaskColumns:
    """A trace, and the columns of its tasks; they are kept for as long as this lives."""

    def __init__(self, trace: Tables) -> None:
        self.trace = trace
        self._times: dict[str, Floats] = {}
        self._numbers: dict[str, Integers] = {}

    def time(self, name: str) -> Floats:
        """A column as floats, NaN where missing."""
        if name not in self._times:
            self._times[name] = floats(self.trace.tasks, name)
        return self._times[name]

    def number(self, name: str) -> Integers:
        """A column as integers, -1 where missing."""
        if name not in self._numbers:
            self._numbers[name] = integers(self.trace.tasks, name)
        return self._numbers[name]
