"""The figures that there are. A new one is a file or folder with a `FigureKind`, and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracer.figures.account import ACCOUNT
from tracer.figures.comparison import COMPARISON
from tracer.figures.figure_kind import FigureKind
from tracer.figures.gantt import GANTT
from tracer.figures.phases import PHASES
from tracer.figures.sweep import SWEEP

if TYPE_CHECKING:
    from tracer.tables.tables import Tables

OF_A_TRACE: tuple[FigureKind[Tables, Any], ...] = (GANTT, ACCOUNT, PHASES)
"""What `figure --draw` can draw; the first is drawn where none is named."""

FIGURES: tuple[FigureKind[Any, Any], ...] = (*OF_A_TRACE, COMPARISON, SWEEP)
