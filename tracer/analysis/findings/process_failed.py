"""process-failed: a process that the program started by itself ended with an error, or by a signal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tracer.analysis.columns import equals, integers
from tracer.analysis.findings import deaths, stuck
from tracer.analysis.findings.afterwards import stalled
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.structure.endings import Failure, failures
from tracer.record.kinds import MANAGER
from tracer.tables.tables import Tables

MOST_NAMED = 3
"""So many processes are named, the others counted."""
MOST = 0.5
"""Where more processes than this failed, how fast they were is beside the point."""


def find(context: Context) -> Finding | None:
    """Name the processes that ended so: not those that the program's `terminate()` or `kill()` has ended.

    Nor those of which a run that stands has said it.

    `seconds` is how long it was waited for tasks that they had taken from a queue: else it claims no time.
    """
    died = [one for one in failures(context.trace) if one.role in ("process", MANAGER)]
    died.sort(key=lambda one: one.role != MANAGER)  # whose end is the cause of others'
    standing = stuck.find(context) if died else None
    died = [one for one in died if standing is None or one.process not in standing.evidence["died"]]
    if not died:
        return None
    starting = [one for one in died if deaths.in_start_up(one)]
    frame = context.trace.processes
    number = max(int(frame["role"].isin(("process", "worker", MANAGER)).sum()), len(died))
    ends_it = len(died) > MOST * number
    if len(starting) == len(died):
        return replace(deaths.while_starting("process-failed", context, starting), ends_it=ends_it)
    first = died[0]
    title = f"{first.name} {first.ended}"
    if first.role == MANAGER:
        title = f"the manager {title}"
    elif len(died) > 1:
        title = f"{len(died):,} of {number:,} processes failed: {deaths.hows(died)}"
    told = " ".join(_told(context.trace, one) for one in died[:MOST_NAMED])
    more = f" And {len(died) - MOST_NAMED:,} more." if len(died) > MOST_NAMED else ""
    memory = deaths.out_of_memory(context) if first.how == "SIGKILL" else ""
    after, waited, who = _held(context, died)
    title += f", and {who} waited {seconds(waited)} for its answer" if waited else ""
    return Finding(
        "process-failed",
        waited,
        deaths.share(context, waited, 0.0),
        f"{told}{more}{after}{memory}",
        deaths.advice(context, first, False),
        evidence={"processes": deaths.evidence(died), "died": len(died), "of": number},
        title=title,
        window_ns=context.life if waited else None,
        ends_it=ends_it,
    )


def _told(trace: Tables, one: Failure) -> str:
    manager = one.role == MANAGER
    who = f"{'The manager ' if manager else ''}{one.name} (PID {one.pid})"
    return f"{who} {one.ended}{deaths.when(trace, one)}{': whoever calls it fails' if manager else ''}."


def _held(context: Context, died: list[Failure]) -> tuple[str, float, str]:
    """Say which tasks they had taken from a queue and not answered, how long that was waited for, by whom."""
    tasks, by = context.trace.tasks, {one.process: one for one in died}
    who = integers(tasks, "process")
    held = equals(tasks, "status", "lost") | equals(tasks, "status", "error")
    rows = np.flatnonzero(held & np.isin(who, list(by)))
    if not rows.size:
        return "", 0.0, ""
    named = ", ".join(str(number) for number in integers(tasks, "task")[rows][:MOST_NAMED].tolist())
    more = ", …" if rows.size > MOST_NAMED else ""
    one = rows.size == 1
    said = f" {'Task' if one else 'Tasks'} {named}{more} had no answer."
    wait = stalled(context, max((by[number] for number in who[rows].tolist()), key=lambda at: at.at_ns or 0))
    if wait is None or not wait.blocked:
        return said, 0.0, ""
    waited = wait.blocked / 1e9
    return f"{said} Afterwards {wait.who} waited {seconds(waited)} while nothing ran.", waited, wait.who
