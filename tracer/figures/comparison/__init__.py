"""A comparison as a figure: runs over one time scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.figures.figure_kind import FigureKind
from tracer.figures.options import Options

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tracer.analysis.comparison.comparison import Comparison
    from tracer.tables.tables import Tables


@dataclass(frozen=True)
class ComparedTraces:
    """What a comparison is drawn of: `comparison` is `compare(traces, …)`."""

    traces: Sequence[Tables]
    comparison: Comparison

    @classmethod
    def of(cls, traces: Sequence[Tables], labels: Sequence[str] = ()) -> ComparedTraces:
        """Compare traces under these labels: by default their commands, numbered where they are the same."""
        from tracer.analysis.comparison.comparison import compare

        commands = [str(trace.meta.get("command") or "run") for trace in traces]
        numbered = [f"{command} ({place})" for place, command in enumerate(commands, 1)]
        names = labels or (commands if len(set(commands)) == len(commands) else numbered)
        return cls(traces, compare(traces, names))


def _make(compared: ComparedTraces, options: Options) -> Figure:
    from tracer.figures.comparison.comparison import draw

    return draw(compared.traces, compared.comparison, options)


COMPARISON = FigureKind("compare", "the comparison", "runs over one time scale", Options, _make)

__all__ = ["COMPARISON", "ComparedTraces"]
