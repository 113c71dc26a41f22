"""One task's way to its worker and back, as a sequence diagram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.figures.figure_kind import FigureKind
from tracer.figures.options import AsText, Options, option

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tracer.tables.tables import Tables


@dataclass(frozen=True)
class SequenceOptions(Options):
    """How to draw a task's way.

    `task`  its number, as on the bars of the Gantt chart; None: the one whose way took the median time
    """

    task: int | None = option(
        None,
        AsText("--task", "number of the task (default: the one whose way took the median time)", int, "N"),
    )


def _make(trace: Tables, options: SequenceOptions) -> Figure:
    from tracer.figures.sequence.sequence import draw

    return draw(trace, options)


SEQUENCE = FigureKind(
    "sequence", "the sequence diagram", "one task's way to its worker and back", SequenceOptions, _make
)

__all__ = ["SEQUENCE", "SequenceOptions"]
