"""The list of rules, and the diagnosis: all their findings, sorted."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from tracer.analysis.cache import cached
from tracer.analysis.findings import cause_unknown, healthy, unseen_work
from tracer.analysis.findings.context import Context, context_of
from tracer.analysis.findings.finding import WORTH, Finding
from tracer.analysis.findings.several_pools import contexts_of, joined, named
from tracer.analysis.findings.worth import weighed, without_pools
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
    "machine-busy",
    "oversubscribed",
    "nested-threads",
    "gil-bound",
    "lock-contention",
    "manager-bound",
    "io-bound",
    "slow-producer",
    "slow-consumer",
    "serial-section",
    "imports",
    "startup",
)
"""The codes of what holds runs back; the rule for a code is `find` in the file of its name."""
OF_MAIN = ("serial-section", "imports")
"""Those of the program's own first thread."""
OF_PROGRAM = (*OF_MAIN, "startup", "machine-busy")
"""Those that look at the whole program; the others look at one pool."""
OF_WORKERS = (
    *("tiny-tasks", "args-pickling", "result-pickling", "straggler", "chunk-imbalance", "too-few-tasks"),
    *("lock-contention", "manager-bound", "io-bound", "slow-producer", "slow-consumer"),
)
"""What makes workers slow or idle: it holds nobody back where what they make is there before it is wanted."""
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
    load, codes = context.load, ["slow-consumer", "serial-section"] if context.holds is None else []
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
    return [weighed(context, one) if one.of_wall is None else one for one in found]


def went_wrong(context: Context) -> list[Finding]:
    """Return what went wrong, the gravest first, whatever part of the run it holds."""
    return _asked(context, WENT_WRONG)


def _asked(context: Context, codes: tuple[str, ...]) -> list[Finding]:
    """Return what the rules of these codes find, in their order."""
    return [finding for finding in (rule_of(code)(context) for code in codes) if finding is not None]


def _worth_asking(context: Context, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out what is no cause where a data loader keeps up."""
    return tuple(code for code in codes if not (context.keeps_up and code in OF_WORKERS))


def _about_speed(context: Context, may_be_healthy: bool) -> list[Finding]:
    """Return what held the run back; where nothing did, and nothing went wrong, that too.

    Each pool is judged for itself; a cause that is the program's own is looked for once.
    """
    if context.load is None:
        return _asked(context, (*OF_MAIN, "machine-busy")) if context.is_parallel else []
    contexts = contexts_of(context.trace)
    of_pools = tuple(code for code in RULES if code not in OF_PROGRAM)
    asked = [(one, _asked(one, _worth_asking(one, of_pools))) for one in contexts]
    each = [(one, weighed(one, finding)) for one, findings in asked for finding in findings]
    each = [(one, without_pools([one], finding)) for one, finding in each if finding.share >= WORTH]
    own = [without_pools(contexts, weighed(context, one)) for one in _asked(context, OF_PROGRAM)]
    found = [one for one in (*own, *joined(each)) if one.is_worth_saying]
    found.sort(key=lambda one: (one.nothing_gained, -one.seconds))
    if may_be_healthy and not any(one.is_principal for one in found):
        told = contexts[0]  # the principal pool, where there are several
        well = told.keeps_up or told.in_tasks >= healthy.LEAST_IN_TASKS
        rule = healthy if well or healthy.is_brief(told) else cause_unknown
        return [named(told, rule.find(told, found, not_asked(told))), *found]
    found.sort(key=lambda one: not one.is_principal)
    return found
