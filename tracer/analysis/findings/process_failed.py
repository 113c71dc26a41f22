"""process-failed: a process that the program started by itself ended with an error, or by a signal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tracer.analysis.columns import equals, integers
from tracer.analysis.findings import deaths
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding
from tracer.analysis.structure.endings import Failure, failures

MOST_NAMED = 3
"""So many processes are named, the others counted."""
MOST = 0.5
"""Where more processes than this failed, how fast they were is beside the point."""


def find(context: Context) -> Finding | None:
    """Name the processes that ended so: not those that the program's `terminate()` or `kill()` has ended.

    It claims no time: what of their work was wanted all the same is not known.
    """
    died = [one for one in failures(context.trace) if one.role == "process"]
    if not died:
        return None
    starting = [one for one in died if deaths.in_start_up(one)]
    number = int(equals(context.trace.processes, "role", "process").sum())
    ends_it = len(died) > MOST * number
    if len(starting) == len(died):
        return replace(deaths.while_starting("process-failed", context, starting), ends_it=ends_it)
    first = died[0]
    title = f"{first.name} {first.ended}"
    if len(died) > 1:
        title = f"{len(died):,} of {number:,} processes failed: {deaths.hows(died)}"
    told = " ".join(_told(one) for one in died[:MOST_NAMED])
    more = f" And {len(died) - MOST_NAMED:,} more." if len(died) > MOST_NAMED else ""
    memory = deaths.out_of_memory(context) if first.how == "SIGKILL" else ""
    return Finding(
        "process-failed",
        0.0,
        0.0,
        f"{told}{more}{_held(context, died)}{memory}",
        deaths.advice(context, first, False),
        evidence={"processes": deaths.evidence(died), "died": len(died), "of": number},
        title=title,
        ends_it=ends_it,
    )


def _told(one: Failure) -> str:
    return f"{one.name} (PID {one.pid}) {one.ended}{deaths.when(one)}."


def _held(context: Context, died: list[Failure]) -> str:
    """Name the tasks that they had taken from a queue, and took along."""
    tasks, dead = context.trace.tasks, [one.process for one in died]
    lost = tasks["task"][equals(tasks, "status", "lost") & np.isin(integers(tasks, "process"), dead)]
    if not len(lost):
        return ""
    named = ", ".join(str(number) for number in lost.tolist()[:MOST_NAMED])
    more = ", …" if len(lost) > MOST_NAMED else ""
    return f" Lost with {'it' if len(died) == 1 else 'them'}: {'task' if len(lost) == 1 else 'tasks'} {named}{more}."
