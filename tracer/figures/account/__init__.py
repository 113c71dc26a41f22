"""The account of a run's time as a figure: a bar for each lane, in pieces that sum to its wall time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.figures.figure_kind import FigureKind
from tracer.figures.options import Options

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tracer.tables.tables import Tables


def _make(trace: Tables, options: Options) -> Figure:
    from tracer.figures.account.account import draw

    return draw(trace, options)


ACCOUNT = FigureKind(
    "account", "the account", "where the time of each process and thread went", Options, _make
)

__all__ = ["ACCOUNT"]
