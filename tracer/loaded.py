"""`tracer.Trace`: the tables of a run, with what can be worked out and drawn from them.

`tracer.reading.Trace` is a plain value that knows nothing of analyses and figures; this one stands
above them.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracer.reading import trace as reading

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from tracer.analysis import Summary, Use


class Trace(reading.Trace):
    """One run: `tasks`, `processes`, `items`, `slices`, `spans`, `threads` (pandas frames) and `meta`."""

    @classmethod
    def of(cls, plain: reading.Trace) -> Trace:
        """Return the same tables with the methods of this class."""
        return cls(**{each.name: getattr(plain, each.name) for each in fields(plain)})

    def task_cores(self) -> pd.DataFrame:
        """Return for each task its time on a core, without one and blocked: see `TaskCores`."""
        from tracer.analysis import TaskCores

        return TaskCores()(self)

    def core_use(self) -> Use | None:
        """Return how the program used the cores, None where that was not recorded: see `Use`."""
        from tracer.analysis import CoreUse

        return CoreUse()(self)

    def summary(self) -> Summary:
        """Return the numbers of the run."""
        from tracer.analysis import summarize

        return summarize(self)

    def gantt(self, **options: Any) -> Figure:
        """Draw the run; `options` are those of `tracer.figures.Options`."""
        from tracer.figures import gantt

        return gantt(self, **options)


def load(path: str | Path) -> Trace:
    """Read a trace from a run's folder or its `trace/`; from its journals where no tables were saved.

    Raises TraceError, one line that names the file at fault.
    """
    from tracer import recording

    return Trace.of(recording.load(path))
