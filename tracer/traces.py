"""`tracer.Trace`: the tables of a run, with what can be worked out and drawn from them.

`tracer.tables.Tables` is a plain value that knows nothing of analyses and figures; this one stands above
them.
"""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracer.quiet import quiet
from tracer.tables.tables import Tables

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tracer.analysis import Summary, Use
    from tracer.analysis.account import Account
    from tracer.analysis.critical import CriticalPath
    from tracer.analysis.findings import Finding
    from tracer.analysis.measures import Measures
    from tracer.analysis.model import Prediction


class Trace(Tables):
    """One run: `tasks`, `processes`, `items`, `slices`, `spans`, `threads` (pandas frames) and `meta`."""

    @classmethod
    def of(cls, plain: Tables) -> Trace:
        """Return the same tables with the methods of this class."""
        return cls(**{each.name: getattr(plain, each.name) for each in fields(plain)})

    @quiet()
    def __repr__(self) -> str:
        from tracer import display

        return display.text(self)

    @quiet()
    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Show the run in a notebook: as a picture with its numbers below."""
        from tracer import display

        return display.bundle(self)

    @quiet()
    def task_cores(self) -> pd.DataFrame:
        """Return for each task its time on a core, without one and blocked (`cores.use.task_cores`)."""
        from tracer.analysis.cores.use import task_cores

        return task_cores(self)

    @quiet()
    def core_use(self) -> Use | None:
        """Return how the program used the cores, None where that was not recorded: see `Use`."""
        from tracer.analysis.cores.use import core_use

        return core_use(self)

    @quiet()
    def summary(self) -> Summary:
        """Return the numbers of the run."""
        from tracer.analysis import summarize

        return summarize(self)

    @quiet()
    def account(self) -> Account:
        """Return where the time of every worker, thread and process went."""
        from tracer.analysis.account import account

        return account(self)

    @quiet()
    def findings(self) -> list[Finding]:
        """Return what held the run back, the worst first."""
        from tracer.analysis.findings import diagnose

        return diagnose(self)

    @quiet()
    def what_if(self, **changes: Any) -> Prediction:
        """Return what the run would take in another way; `changes` are fields of `Change` (`workers=8`).

        Raises ValueError where nothing of the run ended.
        """
        from tracer.analysis.model import Change, model_of

        return model_of(self)(Change(**changes))

    @quiet()
    def critical_path(self) -> CriticalPath:
        """Return the chain of steps that decided the makespan."""
        from tracer.analysis.critical import critical_path

        return critical_path(self)

    @quiet()
    def functions(self) -> pd.DataFrame:
        """Return one row a function: its tasks, run times, bytes, and what serialization cost."""
        from tracer.analysis.functions import functions, functions_table

        return functions_table(functions(self))

    @quiet()
    def measures(self) -> Measures:
        """Return parallelism, efficiency, load balance, bounds and the like, with their sources."""
        from tracer.analysis.measures import measures

        return measures(self)

    @quiet()
    def gantt(self, *, ax: Axes | None = None, side_by_side: Tables | None = None, **options: Any) -> Figure:
        """Draw the run, as `figure` does; `options` are those of `tracer.figures.GanttOptions`.

        `ax` are axes of your own to draw one panel on, by default the lanes (`panels=("cores",)` is another);
        `side_by_side` is another run to draw below this one over the same time scale, with the options of
        `tracer.figures.Options`. Raises ValueError for options that make no sense.
        """
        from tracer.figures import COMPARISON, GANTT, ComparedTraces, GanttOptions, OptionsError

        if side_by_side is not None and ax is not None:
            raise OptionsError("axes have room for one run: give either ax or side_by_side")
        if side_by_side is not None:
            return COMPARISON.draw(ComparedTraces.of([self, side_by_side]), **options)
        if ax is None:
            return GANTT.draw(self, **{**GANTT.suggest(self), **options})
        from tracer.figures.gantt.on_axes import draw_on

        return draw_on(ax, self, GanttOptions(**options))

    @quiet()
    def save(self, out: str | os.PathLike[str]) -> list[Path]:
        """Write tables, figures and `summary.json` into `out`; return the files.

        Raises TracerError, one line that says what of these could not be written; all else is.
        """
        from tracer.views import save

        return save(self, Path(out))


@quiet()
def load(path: str | Path) -> Trace:
    """Read a trace from a run's folder or its `trace/`; from its journals where no tables were saved.

    Raises TraceError, one line that names the file at fault.
    """
    from tracer import run_folder

    return Trace.of(run_folder.load(path))
