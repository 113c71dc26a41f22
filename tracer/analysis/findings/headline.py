"""The headline: the principal finding of a run, if there is one that its figure should be titled with."""

from __future__ import annotations

from tracer.analysis.findings import tasks_failed, unseen_work
from tracer.analysis.findings.context import Context, context_of
from tracer.analysis.findings.finding import Finding
from tracer.analysis.findings.rules import diagnose, went_wrong
from tracer.tables.tables import Tables


def headline(trace: Tables) -> Finding | None:
    """Return the first finding; None where the run is healthy.

    What went wrong is the news, as is that much of the work was not seen.
    Where only few tasks failed, what holds the run back comes before that.
    """
    context = context_of(trace)
    wrong = went_wrong(context)
    if wrong and not _is_minor(wrong[0]):
        return diagnose(trace)[0]
    return _about_speed(context) or (wrong[0] if wrong else None)


def _is_minor(finding: Finding) -> bool:
    few = finding.code == "tasks-failed" and finding.evidence["failed_share"] < tasks_failed.FEW
    return few and not finding.seconds  # else it kept main waiting


def _about_speed(context: Context) -> Finding | None:
    trace = context.trace
    if unseen_work.find(context) is not None:
        return diagnose(trace)[-1]  # nothing about speed is said beside it
    if len(trace.tasks) > 0 and context.load is None:  # no task came to its end, and the figure says so
        return None
    found = [one for one in diagnose(trace) if one.code != "tasks-failed"]
    return found[0] if found and found[0].is_principal else None
