"""The list of rules, and the diagnosis: all their findings, sorted."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from tracer.analysis.cache import cached
from tracer.analysis.findings import cause_unknown, healthy, serial_section, unseen_work
from tracer.analysis.findings.context import Context, context_of
from tracer.analysis.findings.finding import PRINCIPAL, WORTH, Finding
from tracer.tables.tables import Tables

Rule = Callable[[Context], Finding | None]

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
    "startup",
)
"""The codes of the findings; the rule for one is `find` in the file of its name."""
CODES = (*RULES, "healthy", "cause-unknown", "unseen-work")


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
    """Return the findings, the worst first; `healthy` comes first where none holds a tenth of the makespan.

    Where much of the work was not seen, that is the only one. Empty where nothing ran to its end, so that
    there is nothing to say.
    """
    context = context_of(trace)
    unseen = unseen_work.find(context)
    if unseen is not None:
        return [unseen]
    if context.load is None:
        return [found for found in (serial_section.find(context),) if found is not None]
    found = [finding for finding in (rule_of(code)(context) for code in RULES) if finding is not None]
    found = sorted((one for one in found if one.share >= WORTH), key=lambda one: -one.seconds)
    if not found or found[0].share < PRINCIPAL:
        rule = healthy if context.in_tasks >= healthy.LEAST_IN_TASKS else cause_unknown
        return [rule.find(context, found, not_asked(context)), *found]
    return found
