"""The figures that there are. A new one is a file or folder of its name here, and a line below."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tracer.figures.figure_kind import FigureKind

if TYPE_CHECKING:
    from tracer.tables.tables import Tables


def _kind(name: str) -> FigureKind[Any, Any]:
    """Return the figure of a file: its `FigureKind` is called like it, in capitals."""
    kind: FigureKind[Any, Any] = getattr(import_module(f"tracer.figures.{name}"), name.upper())
    return kind


OF_A_TRACE: tuple[FigureKind[Tables, Any], ...] = (
    _kind("gantt"),
    _kind("account"),
    _kind("phases"),
    _kind("sequence"),
)
"""What `figure --draw` can draw; the first is drawn where none is named."""

FIGURES: tuple[FigureKind[Any, Any], ...] = (
    *OF_A_TRACE,
    _kind("comparison"),
    _kind("sweep"),
    _kind("whatif"),
)
