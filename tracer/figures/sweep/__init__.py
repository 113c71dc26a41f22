"""A sweep as a figure: one setting varied, the time it took at each value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.figures.figure_kind import FigureKind
from tracer.figures.options import Options

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tracer.analysis.sweep.sweep import Sweep


@dataclass(frozen=True)
class MeasuredSweep:
    """What a sweep is drawn of: its runs, and the `command` that was run."""

    sweep: Sweep
    command: str


def _make(measured: MeasuredSweep, options: Options) -> Figure:
    from tracer.figures.sweep.sweep import draw

    return draw(measured.sweep, measured.command, options)


SWEEP = FigureKind("sweep", "the sweep", "the time that each value of a setting took", Options, _make)

__all__ = ["SWEEP", "MeasuredSweep"]
