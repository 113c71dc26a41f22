"""The headline: the principal finding of a run, if there is one that its figure should be titled with."""

from __future__ import annotations

from tracer.analysis.columns import equals
from tracer.analysis.findings import unseen_work
from tracer.analysis.findings.context import context_of
from tracer.analysis.findings.finding import PRINCIPAL, Finding
from tracer.analysis.findings.rules import diagnose
from tracer.analysis.structure.endings import failures
from tracer.tables.tables import Tables

LONGEST = 200_000
"""So many tasks are diagnosed in a second or two; for more, whoever wants to know asks `diagnose`."""

MOST = 0.5
"""A finding is about one pool: where that is a smaller part of the run, it is not the run's headline."""


def headline(trace: Tables) -> Finding | None:
    """Return the first finding; None where the run is healthy, very long, or something else is the news.

    Where tasks were lost or processes failed, that is what the figure says. That much of the work was not
    seen is known of the longest run too.
    """
    tasks = trace.tasks
    wrong = any(equals(tasks, "status", status).any() for status in ("lost", "broken", "unpicklable"))
    if wrong or failures(trace):
        return None
    context = context_of(trace)
    if unseen_work.find(context) is not None:
        return diagnose(trace)[-1]  # nothing about speed is said beside it
    if len(tasks) > LONGEST:
        return None
    found = diagnose(trace)
    most = context.makespan * 1e9 >= MOST * context.account.makespan_ns
    return found[0] if found and found[0].share >= PRINCIPAL and most else None
