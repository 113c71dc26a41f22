"""A process of its own: folders of journals → tables and a figure in each, a line of JSON."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracer import run_folder, steps
from tracer.record import schema
from tracer.views import Views
from tracer.wording import count, plain

if TYPE_CHECKING:
    from tracer.analysis import Summary

_FIGURE = "gantt.png"
_MADE = {run_folder.SUMMARY, "finding", "figure", _FIGURE}


def main() -> None:
    """Read the runs in turn."""
    for folder in sys.argv[2:]:
        try:
            said = read(Path(folder))
        except Exception as error:
            said = {"said": ["not read"], "failed": [steps.lacking(error)]}
        print(json.dumps(said), flush=True)


def read(folder: Path) -> dict[str, Any]:
    """Save the tables of a run and draw it; return what to say of it, as JSON values.

    `nothing`: nothing had been started, and the folder is gone.
    """
    trace = run_folder.load(folder)
    views = Views(lambda: trace, folder)
    numbers = _numbers(views.summary, int((trace.processes["role"] == "subprocess").sum()))
    if not numbers:
        shutil.rmtree(folder / schema.JOURNAL_FOLDER)
        if not any(folder.iterdir()):
            folder.rmdir()
        return {"nothing": True}
    failed = steps.run([steps.Step("tables", lambda: _keep(views, folder))])
    failed += steps.run(step for step in views.steps() if step.name in _MADE)
    return {"said": [numbers, _said(views)], "failed": steps.lines(failed, run_folder.again(folder))}


def _numbers(summary: Summary, subprocesses: int) -> str:
    counts = (
        count(summary.tasks, "task") if summary.tasks else "",
        count(summary.workers, "worker") if summary.workers else "",
        count(summary.children, "process", "processes") if summary.children else "",
        count(subprocesses, "subprocess", "subprocesses") if subprocesses else "",
    )
    return ", ".join(filter(None, counts))


def _keep(views: Views, folder: Path) -> None:
    run_folder.save_trace(views.trace, folder)
    shutil.rmtree(folder / schema.JOURNAL_FOLDER, ignore_errors=True)


def _said(views: Views) -> str:
    """Return the finding, or else how the tasks ran; nothing where there is none to judge."""
    from tracer.analysis.findings import in_a_line
    from tracer.analysis.sentence import sentence

    try:
        finding = views.finding
    except Exception:  # a step of its own, which says so
        finding = None
    if finding is not None:
        text = in_a_line(finding)
    else:
        text = sentence(views.summary) if views.summary.tasks or views.summary.children else ""
    return plain(text)
