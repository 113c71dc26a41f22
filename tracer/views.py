"""Views of a run: its numbers, its finding and its figures, each made and written by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from tracer import files, steps
from tracer.errors import TracerError
from tracer.run_folder import FIGURES, REPORT, SUMMARY, again, save_trace
from tracer.steps import Step

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tracer.analysis import Summary
    from tracer.analysis.findings import Finding
    from tracer.tables.tables import Tables


class Views:
    """What is made of a trace, each part when it is first asked for, and its files in `out`."""

    def __init__(
        self, trace: Callable[[], Tables], out: Path, before_drawing: Callable[[], None] | None = None
    ) -> None:
        self._trace, self.out, self._before_drawing = trace, out, before_drawing

    @cached_property
    def trace(self) -> Tables:
        """The trace."""
        return self._trace()

    @cached_property
    def summary(self) -> Summary:
        """The numbers of the run."""
        from tracer.analysis import summarize

        return summarize(self.trace)

    @cached_property
    def finding(self) -> Finding | None:
        """What held the run back: the figure's title."""
        from tracer.analysis.findings import headline

        return headline(self.trace)

    @cached_property
    def figure(self) -> Figure:
        """The Gantt chart; where there is no finding to be had, the numbers are its title."""
        if self._before_drawing is not None:
            self._before_drawing()
        from tracer.figures.gantt import GANTT, titled_by

        try:
            finding = self.finding
        except Exception:  # a step of its own, which says so
            finding = None
        return GANTT.draw(self.trace, **titled_by(self.trace, finding))

    def write_summary(self) -> None:
        """Write `summary.json`. Raises OSError."""
        files.write(self.out / SUMMARY, json.dumps(self.summary.to_dict(), indent=2) + "\n")

    def write_report(self) -> None:
        """Write `report.html`. Raises OSError."""
        from tracer.report import page

        files.write(self.out / REPORT, page(self.trace))

    def steps(self) -> list[Step]:
        """Return what is to be done to have all files of a run beside its tables."""
        return [
            Step(SUMMARY, self.write_summary),
            Step("finding", lambda: self.finding),
            Step("figure", lambda: self.figure),
            *(Step(name, partial(self._write_figure, name), ("figure",)) for name in FIGURES),
            Step(REPORT, self.write_report),
        ]

    def _write_figure(self, name: str) -> None:
        from tracer.figures import save

        save(self.figure, self.out, formats=[name.rpartition(".")[2]])

    def files(self) -> list[Path]:
        """Return the files of the run that are there."""
        return [path for name in (REPORT, *FIGURES, SUMMARY) if (path := self.out / name).is_file()]


def save(trace: Tables, out: Path) -> list[Path]:
    """Write tables, `summary.json` and figures into `out`, each by itself; return the files but the tables.

    Raises TracerError, one line that names all that could not be made.
    """
    views = Views(lambda: trace, out)
    if failed := steps.run([Step("tables", lambda: save_trace(trace, out)), *views.steps()]):
        raise TracerError("; ".join(steps.lines(failed, again(out), steps.A_BUG)))
    return views.files()
