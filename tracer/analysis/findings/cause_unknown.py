"""cause-unknown: no rule found a cause, but the workers were in tasks for less than half of their time."""

from __future__ import annotations

from tracer.analysis.account.categories import RUN, TITLE
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import PRINCIPAL, Finding
from tracer.wording import percent

LARGEST = 3
"""So many kinds of time are named."""


def find(context: Context, others: list[Finding], not_asked: list[str]) -> Finding:
    """Say where the workers' time went in place of tasks, without a verdict."""
    busy = context.in_tasks
    shares = {name: context.share(name) for name in context.spent if name not in RUN}
    largest = sorted((name for name in shares if shares[name] > 0), key=lambda name: -shares[name])[:LARGEST]
    spent = ", ".join(f"{TITLE[name]} {percent(shares[name])}" for name in largest)
    besides = f" The largest that is known is {others[0].code}, {percent(others[0].share)}." if others else ""
    return Finding(
        "cause-unknown",
        0.0,
        0.0,
        f"{context.who} spent {context.at_work}, and no known cause worth changing holds "
        f"{percent(PRINCIPAL)} of the run. The rest: {spent or 'not known'}.{besides}",
        "Read the figure: what did the program do while its workers waited?",
        evidence={"in_tasks_share": busy, "spent_share": {name: shares[name] for name in largest}},
        confidence="low",
        missing=f"not known without slices or CPU clocks: {', '.join(not_asked)}" if not_asked else "",
        title=f"{context.who}, {context.at_work}: what held them back is not known",
    )
