"""How a figure is built up: step by step, or as time runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracer.figures.reveal.marks import Marks, Part
from tracer.timeline import Window


@dataclass(frozen=True)
class Clock:
    """What axes show of time: a window, and how many nanoseconds one unit of their x axis is."""

    window: Window
    unit_ns: float


@dataclass(frozen=True)
class BuildUp:
    """A figure's marks, the parts of them that it is built up by, and the time in each of its axes.

    `steps` returns parts, each with all of those before it: the first is empty, None is the whole figure.
    `line` is the colour of the line that runs with time, `ground` that of what the figure lies on.
    """

    marks: Marks
    steps: Callable[[], Sequence[Part | None]]
    clocks: Mapping[Axes, Clock]
    line: str
    ground: str

    def shown(self) -> Iterator[AbstractContextManager[None]]:
        """Yield for each step what draws it alone while it is entered."""
        for part in self.steps():
            yield nullcontext() if part is None else self.marks.only(part)


class _Built(Protocol):
    build_up: BuildUp | None


def build_up_of(figure: Figure) -> BuildUp:
    """How a figure is built up. Raises ValueError for one that is drawn at once."""
    found = cast("Any | _Built", figure).build_up if hasattr(figure, "build_up") else None
    if found is None:
        raise ValueError("only the Gantt chart is built up by steps or in time")
    return cast(BuildUp, found)
