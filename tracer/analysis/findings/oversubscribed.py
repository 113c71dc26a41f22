"""oversubscribed: more workers wanted a core than there were cores."""

from __future__ import annotations

from tracer.analysis.cores.use import cores_allowed
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.model import Change
from tracer.wording import count, percent

WITHOUT_A_CORE = 0.2
"""Less of the workers' time without a core than this is what the rest of a machine takes."""
OWN = 0.9
"""With more of its cores than this, a run had them to itself: services and the tracer take a little."""


def find(context: Context) -> Finding | None:
    """Look at the time in which workers were ready to run and had no core.

    Needs to know of most runs whether they held a core.
    """
    load = context.load
    if load is None or load.takes_turns or load.workers <= context.cores:
        return None
    without = context.share("no_core")
    if not context.has_split or without < WITHOUT_A_CORE:
        return None
    plural = "workers" if load.pooled else "processes"
    who = f"{load.workers} {plural}"
    saved = context.gain(Change(cores=load.workers))
    fewer = context.predict(Change(workers=context.cores)).predicted_ns / 1e9
    return context.finding(
        "oversubscribed",
        saved,
        title=(
            f"{who} took turns on {count(context.cores, 'core')}: each was without one "
            f"{percent(without)} of its time"
        ),
        what=(
            f"{who} shared {count(context.cores, 'core')}: they were without one for "
            f"{percent(without)} of their time{held_by_others(context.cores, load.cores)}. "
            f"{count(context.cores, 'worker')} would have taken {seconds(fewer)}; with a core for "
            f"each it would have been {seconds(context.makespan - saved)}."
        ),
        advice=_advice(context),
        evidence={
            "workers": load.workers,
            "cores": context.cores,
            "without_a_core_share": without,
            "cores_got": load.cores,
        },
        predicted_seconds=fewer,
    )


def held_by_others(cores: int, got: float) -> str:
    """Say so where other programs, or a virtual machine's host, held part of the cores; else nothing."""
    return "" if got > OWN * cores else f" (other programs held {cores - got:.1f} of the cores)"


def _advice(context: Context) -> str:
    if context.cores < cores_allowed(context.trace):
        return (
            f"They are bound to {count(context.cores, 'core')} of the {cores_allowed(context.trace)} that "
            "the run may use: "
            "let them use all."
        )
    return f"Use {count(context.cores, 'worker')}, or a machine with more cores."
