"""The headline: the principal finding of a run, if there is one that its figure should be titled with."""

from __future__ import annotations

from tracer.analysis.findings import tasks_failed, unseen_work
from tracer.analysis.findings.context import Context, context_of
from tracer.analysis.findings.finding import PRINCIPAL, Finding
from tracer.analysis.findings.rules import diagnose, went_wrong
from tracer.tables.tables import Tables

LONGEST = 200_000
"""So many tasks are diagnosed in a second or two; for more, whoever wants to know asks `diagnose`."""

MOST = 0.5
"""A finding is about one pool: where that is a smaller part of the run, it is not the run's headline."""


def headline(trace: Tables) -> Finding | None:
    """Return the first finding; None where the run is healthy, or very long.

    What went wrong is the news, and known of the longest run too, as is that much of the work was not seen.
    Where only few tasks failed, what holds the run back comes before that.
    """
    context = context_of(trace)
    wrong = went_wrong(context)
    if wrong and not _is_minor(wrong[0]):
        return wrong[0] if len(trace.tasks) > LONGEST else diagnose(trace)[0]
    return _about_speed(context) or (wrong[0] if wrong else None)


def _is_minor(finding: Finding) -> bool:
    return finding.code == "tasks-failed" and finding.evidence["failed_share"] < tasks_failed.FEW


def _about_speed(context: Context) -> Finding | None:
    trace = context.trace
    if unseen_work.find(context) is not None:
        return diagnose(trace)[-1]  # nothing about speed is said beside it
    stopped = len(trace.tasks) > 0 and context.load is None
    if len(trace.tasks) > LONGEST or stopped:  # no task came to its end, and the figure says so
        return None
    found = [one for one in diagnose(trace) if one.code != "tasks-failed"]
    most = context.makespan * 1e9 >= MOST * context.account.makespan_ns
    return found[0] if found and found[0].share >= PRINCIPAL and most else None
