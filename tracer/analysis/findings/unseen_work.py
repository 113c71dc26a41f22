"""unseen-work: the workers computed, and much of it lies in no task that was seen: there is no verdict."""

from __future__ import annotations

from dataclasses import asdict

from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.seen import Seen, named, seen
from tracer.tables import losses
from tracer.tables.tables import Tables
from tracer.wording import percent

_ADVICE = (
    "Look at these processes and their cores in the figure: `python -m tracer help recording` says what is "
    "followed."
)
_ADVICE_MADE_BEFORE = "Make the pool or executor after the trace has begun, or begin the trace earlier."
_ADVICE_OUTSIDE = "Begin the trace before the workers start, and trace all who take from the queue."


def find(context: Context) -> Finding | None:
    """Say whose work was not seen, where that is more than a tenth of all, or it is not known how much.

    It claims no part of the run, and nothing else can be claimed beside it.
    """
    found = seen(context.trace)
    if found.is_enough:
        return None
    who, untried = found.who, versions(context.trace)
    libraries = sorted({one.library for one in found.unseen if one.library and not one.in_main})
    libraries = libraries or sorted({one.library for one in found.unseen if one.library})
    if libraries and not any(f"({one})" in who for one in libraries):
        who = f"{who} ({', '.join(libraries)})"  # its threads in the main process say so
    missing = ""
    if found.unseen_ns is None or found.work_ns is None or found.is_beyond:
        title = f"no verdict: what {who} did was not seen, nor how much that was"
        what = f"No task was seen in {who}, and nothing tells how long these processes held a core"
        missing = "no slices, and no CPU clock of these processes"
    else:
        unseen, work = seconds(found.unseen_ns / 1e9), seconds(found.work_ns / 1e9)
        part = percent(found.unseen_ns / found.work_ns)
        title = f"no verdict: {unseen} of {work} on cores were in no task that was seen: {who}"
        what = (
            f"The workers held cores for {work}; {unseen} of that, {part}, lie in "
            f"no task that was seen: {named(found.unseen, with_times=True)}"
        )
    more = f" At work there: {', '.join(libraries)}." if libraries else ""
    if untried:
        more += f" Not followed here: {', '.join(untried)}, whose inside is not known."
    return Finding(
        "unseen-work",
        0.0,
        0.0,
        f"{what}.{more} What held the run back cannot be said.",
        _advice(found),
        evidence={
            "seen_share": found.share,
            "work_seconds": None if found.work_ns is None else found.work_ns / 1e9,
            "unseen_seconds": None if found.unseen_ns is None else found.unseen_ns / 1e9,
            "processes": [asdict(one) for one in found.unseen],
            "versions_not_known": untried,
            "made_before": list(found.made_before),
            "taken_outside": found.taken_outside,
        },
        confidence="low" if missing else "high",
        missing=missing,
        title=title,
    )


def _advice(found: Seen) -> str:
    if found.made_before:
        return _ADVICE_MADE_BEFORE
    return _ADVICE_OUTSIDE if found.taken_outside else _ADVICE


def versions(trace: Tables) -> list[str]:
    """Return the libraries that were left alone because their version is not known, with that version."""
    return losses.named(trace.meta.get("losses") or {}, losses.VERSION_NOT_KNOWN)
