"""The list of rules, and the diagnosis: all their findings, sorted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

from tracer.analysis.cache import cached
from tracer.analysis.findings import cause_unknown, healthy, unseen_work
from tracer.analysis.findings.context import Context, context_of
from tracer.analysis.findings.finding import PRINCIPAL, WORTH, Finding
from tracer.tables.tables import Tables

Rule = Callable[[Context], Finding | None]

WENT_WRONG: tuple[str, ...] = ("stuck", "worker-died", "process-failed", "tasks-failed")
"""The codes of what went wrong, asked first and said first, whatever part of the run it holds."""

RULES = (
    "tiny-tasks",
    "args-pickling",
    "result-pickling",
    "straggler",
    "chunk-imbalance",
    "too-few-tasks",
    "oversubscribed",
    "gil-bound",
    "lock-contention",
    "io-bound",
    "slow-producer",
    "serial-section",
    "imports",
    "startup",
)
"""The codes of what holds runs back; the rule for a code is `find` in the file of its name."""
CODES = (*WENT_WRONG, *RULES, "healthy", "cause-unknown", "unseen-work")


def rule_of(code: str) -> Rule:
    """Return the rule for a finding."""
    rule: Rule = import_module(f"tracer.analysis.findings.{code.replace('-', '_')}").find
    return rule


def not_asked(context: Context) -> list[str]:
    """Return the codes that there was no way to look for: it is not known who held a core.

    A run has no slices where the kernel gives none, or was not asked for any; its tasks have no clocks where
    they are too short for clocks of their own.
    """
    load, codes = context.load, ["serial-section"] if context.holds is None else []
    if load is None or context.has_split or not context.in_tasks:
        return codes
    if load.takes_turns:
        return [*(["gil-bound"] if load.workers > 1 else []), "io-bound", *codes]
    return [*(["oversubscribed"] if load.workers > context.cores else []), "io-bound", *codes]


@cached
def diagnose(trace: Tables) -> list[Finding]:
    """Return the findings: what went wrong, then what held the run back, the worst first.

    `healthy` comes first where nothing went wrong, and no cause holds a tenth of the makespan. Where much of
    the work was not seen, nothing is said about speed. Empty where nothing ran to its end, so that there is
    nothing to say.
    """
    context = context_of(trace)
    wrong = went_wrong(context)
    unseen = unseen_work.find(context)
    if unseen is not None:
        found = [*wrong, unseen]
    else:
        found = [*wrong, *(() if any(one.ends_it for one in wrong) else _about_speed(context, not wrong))]
    wall = context.wall_ns / 1e9
    return [replace(one, of_wall=min(one.seconds / wall, 1.0) if wall > 0 else None) for one in found]


def went_wrong(context: Context) -> list[Finding]:
    """Return what went wrong, the gravest first, whatever part of the run it holds."""
    return _asked(context, WENT_WRONG)


def _asked(context: Context, codes: tuple[str, ...]) -> list[Finding]:
    """Return what the rules of these codes find, in their order."""
    return [finding for finding in (rule_of(code)(context) for code in codes) if finding is not None]


def _about_speed(context: Context, may_be_healthy: bool) -> list[Finding]:
    """Return what held the run back; where nothing did, and nothing went wrong, that too."""
    if context.load is None:
        return _asked(context, ("serial-section", "imports")) if context.is_parallel else []
    found = [one for one in _asked(context, RULES) if one.share >= WORTH]
    found.sort(key=lambda one: -one.seconds)
    if may_be_healthy and (not found or found[0].share < PRINCIPAL):
        rule = healthy if context.in_tasks >= healthy.LEAST_IN_TASKS else cause_unknown
        return [rule.find(context, found, not_asked(context)), *found]
    return found
