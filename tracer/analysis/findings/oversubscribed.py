"""oversubscribed: more workers wanted a core than there were cores, and fewer would have done as well."""

from __future__ import annotations

from tracer.analysis.account.categories import WITHOUT
from tracer.analysis.cores.use import cores_allowed
from tracer.analysis.findings.best_workers import best_workers
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.model import Change
from tracer.wording import count, percent

WITHOUT_A_CORE = 0.2
"""Less of the workers' time without a core than this is what the rest of a machine takes."""
OWN = 0.9
"""With more of its cores than this, a run had them to itself: services and the tracer take a little."""


def find(context: Context) -> Finding | None:
    """Look at the time in which workers were ready to run and their siblings had the cores.

    Needs to know of most runs whether they held a core. Where more workers than cores were right, because
    they wait in between, there is no finding.
    """
    load = context.load
    if load is None or load.takes_turns or load.workers <= context.cores:
        return None
    without = context.share("no_core")
    if not context.has_split or without < WITHOUT_A_CORE:
        return None
    recommended, fewer = best_workers(context, load.workers)
    bound = context.cores < cores_allowed(context.trace)
    if recommended >= load.workers and not bound:
        return None
    plural = "workers" if load.pooled else "processes"
    who = f"{load.workers} {plural}"
    each = context.predict(Change(cores=load.workers)).predicted_ns / 1e9
    exact = context.account.exact_cores
    return context.finding(
        "oversubscribed",
        (context.makespan - each) * context.share("no_core") / context.share(*WITHOUT),  # not others' part
        title=(
            f"{who} took turns on {count(context.cores, 'core')}: each was without one "
            f"{percent(without)} of its time"
        ),
        what=(
            f"{who} shared {count(context.cores, 'core')}: they were without one for "
            f"{percent(without)} of their time{held_by_others(context.cores, load.cores)}. "
            f"{count(recommended, 'worker')} would have taken {seconds(fewer)}; with a core for "
            f"each it would have been {seconds(each)}."
        ),
        advice=_advice(context, recommended),
        evidence={
            "workers": load.workers,
            "recommended_workers": recommended,
            "cores": context.cores,
            "without_a_core_share": without,
            "cores_got": load.cores,
        },
        predicted_seconds=fewer,
        confidence="high" if exact else "low",
        missing="" if exact else "no exact slices: it is not known whether siblings or others held the cores",
    )


def held_by_others(cores: int, got: float) -> str:
    """Say so where other programs, or a virtual machine's host, held part of the cores; else nothing."""
    return "" if got > OWN * cores else f" (other programs held {cores - got:.1f} of the cores)"


def _advice(context: Context, recommended: int) -> str:
    if context.cores < cores_allowed(context.trace):
        return (
            f"They are bound to {count(context.cores, 'core')} of the {cores_allowed(context.trace)} that "
            "the run may use: "
            "let them use all."
        )
    return f"Use {count(recommended, 'worker')}, or a machine with more cores."
