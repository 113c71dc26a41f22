"""healthy: nothing that would be worth changing was found."""

from __future__ import annotations

from tracer.analysis.data_wait import data_wait
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import LEAST_SECONDS, PRINCIPAL, Finding, seconds
from tracer.wording import percent

FULL = 0.2
"""Workers that are without a core for so much of their time, for their siblings, fill the cores."""
LEAST_IN_TASKS = 0.5
"""Workers that spend less of their time than this in tasks are held back by something, known or not."""
NOTHING = f"nothing worth changing holds {percent(PRINCIPAL)} of the run"


def is_brief(context: Context) -> bool:
    """Tell whether the pool took so little of the program's time that nothing about it is worth changing."""
    return 0 < context.makespan < LEAST_SECONDS and context.makespan * 1e9 < PRINCIPAL * context.wall_ns


def find(context: Context, others: list[Finding], not_asked: list[str]) -> Finding:
    """Say how well the workers were used, and which causes could not be looked for."""
    busy = context.in_tasks
    brief = is_brief(context)
    largest = f" (largest: {others[0].code}, {percent(others[0].share)})" if others else ""
    missing = [f"not known without slices or CPU clocks: {', '.join(not_asked)}"] if not_asked else []
    if losses := context.trace.meta.get("losses"):
        missing.append(f"not recorded: {', '.join(map(str, losses))}")
    if context.keeps_up:
        return _keeps_up(context, largest, missing)
    took = f"{seconds(context.makespan)} of {seconds(context.wall_ns / 1e9)}"
    what = f"{context.who} spent {context.at_work}; {NOTHING}{largest}."
    advice = _advice(context)
    if brief:
        what = f"{context.who} took {took}: nothing about it is worth changing{largest}."
        advice = "To go faster, look at what the program does before and after."
    return Finding(
        "healthy",
        0.0,
        0.0,
        what,
        advice,
        evidence={
            "in_tasks_share": busy,
            "workers": context.load.workers if context.load else 0,
            "cores": context.cores,
        },
        predicted_seconds=context.makespan,
        confidence="low" if missing else "high",
        missing="; ".join(missing),
        title=(
            f"{context.who} took {took}: nothing worth changing"
            if brief
            else f"{context.who}, {context.at_work}: nothing holds them back"
        ),
    )


def _keeps_up(context: Context, largest: str, missing: list[str]) -> Finding:
    """Say of a data loader that its workers are not what the loop waits for."""
    waits = data_wait(context.trace)
    share = waits.missing_share if waits is not None else 0.0
    return Finding(
        "healthy",
        0.0,
        0.0,
        f"From the first batch on the loop waited {percent(share)} of its time for batches that were not "
        f"there yet: {context.who} {'keeps' if context.workers == 1 else 'keep'} up with it, and spent "
        f"{context.at_work}; {NOTHING}{largest}.",
        "To go faster, make the loop itself faster, the training step: more workers would bring nothing.",
        evidence={
            "waited_share": share,
            "in_tasks_share": context.in_tasks,
            "workers": context.workers,
            "cores": context.cores,
        },
        predicted_seconds=context.makespan,
        confidence="low" if missing else "high",
        missing="; ".join(missing),
        title=f"the data loader keeps up: the loop waited {percent(share)} of its time for batches",
    )


def _advice(context: Context) -> str:
    """Say what is left to do: more workers help only where there are cores for them."""
    if context.share("no_core") >= FULL:
        return "The cores are full. To go faster, make the function faster, or use more cores."
    return "To go faster, make the function faster, or use more cores and workers."
