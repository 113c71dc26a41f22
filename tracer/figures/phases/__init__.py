"""The phases as a figure: how long each step of a task took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.figures.figure_kind import FigureKind
from tracer.figures.options import Options

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tracer.tables.tables import Tables


def _make(trace: Tables, options: Options) -> Figure:
    from tracer.figures.phases.phases import draw

    return draw(trace, options)


PHASES = FigureKind("phases", "the phases", "how long each step of a task took", Options, _make)

__all__ = ["PHASES"]
