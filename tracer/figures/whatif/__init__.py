"""A prediction as a figure: what the model says each worker would run, above a run that was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.figures.figure_kind import FigureKind
from tracer.figures.options import Options

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tracer.analysis.model import Prediction
    from tracer.analysis.model.schedule import Schedule
    from tracer.tables.tables import Tables


@dataclass(frozen=True)
class PredictedRun:
    """A prediction, and the run to draw below it.

    `change`   what was changed, in words
    `below`    the run that was made with the change (`has_change`), or the one that the prediction is from;
               `label` names it, its makespan begins at `begin_ns` and is `length_ns` long
    """

    change: str
    prediction: Prediction
    schedule: Schedule
    below: Tables
    label: str
    begin_ns: float
    length_ns: float
    has_change: bool


def _make(subject: PredictedRun, options: Options) -> Figure:
    from tracer.figures.whatif.whatif import draw

    return draw(subject, options)


WHATIF = FigureKind("whatif", "the prediction", "what the model says above what was measured", Options, _make)

__all__ = ["WHATIF", "PredictedRun"]
