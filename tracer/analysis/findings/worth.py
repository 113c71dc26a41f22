"""Whether a finding is worth anything: its part of the wall time, and what the model promises for it."""

from __future__ import annotations

from dataclasses import replace

from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.model.prediction import PLAYED, PREFIX
from tracer.wording import percent

REPLAY_ERROR = 0.03
"""A replay that differs from the run by more than this is said beside what it predicts."""
LEAST_GAIN = 0.1
"""To leave the pool out is advised where that takes so much less: it is a larger change than an option."""
OF_HANDING_OVER = ("tiny-tasks", "args-pickling", "result-pickling", "too-few-tasks", "startup")
"""What a program without a pool does not have."""
IN_SECONDS = ("oversubscribed",)
"""Their seconds are what a part of their advice brings that the prediction is not about: more cores."""


def weighed(context: Context, finding: Finding) -> Finding:
    """Return a finding of a context with its part of the wall time, and with advice that is worth taking."""
    wall = context.wall_ns / 1e9
    of_wall = min(finding.seconds / wall, 1.0) if wall > 0 else None
    return _played(context, replace(finding, of_wall=of_wall, makespan_seconds=context.makespan))


def _played(context: Context, finding: Finding) -> Finding:
    """Say what was played and how well, and take back advice whose change brings less than that."""
    predicted, load = finding.predicted_seconds, context.load
    if predicted is None or finding.seconds <= 0 or load is None or context.makespan <= 0:
        return finding
    model = context.model
    error = model.replay_ns / model.measured_ns - 1.0 if len(load) <= PLAYED else 0.0
    if abs(error) > REPLAY_ERROR:
        finding = replace(finding, replay_error=error)
    if len(load) > PLAYED:
        played = f"the model played the first {PREFIX:,} of {len(load):,} tasks"
        finding = replace(finding, missing="; ".join(filter(None, (finding.missing, played))))
    best = min(predicted, context.makespan - finding.seconds) if finding.code in IN_SECONDS else predicted
    if context.makespan - best > abs(error) * context.makespan:
        return finding
    gains = f"gains less than the {percent(abs(error))} by which its replay of the run errs"
    if best >= context.makespan:
        gains = "gains nothing"
    advice = f"What the model likes best {gains}: {_lower(finding.advice)}"
    return replace(finding, advice=advice, nothing_gained=True)


def _lower(sentence: str) -> str:
    """Return a sentence as it goes on after a colon."""
    return sentence[:1].lower() + sentence[1:]


def without_pools(contexts: list[Context], finding: Finding) -> Finding:
    """Return a finding with the advice to take no pool, where the same tasks would be done sooner without."""
    played = [context.model.one_process for context in contexts]
    if finding.code not in OF_HANDING_OVER or not played or None in played:
        return finding
    whole = sum(one.measured_ns for one in played if one) / 1e9
    alone = sum(one.predicted_ns for one in played if one) / 1e9
    error = max(abs(finding.replay_error or 0.0), LEAST_GAIN)
    best = whole
    if finding.predicted_seconds is not None and len(contexts) == 1:
        best = whole - max(contexts[0].makespan - finding.predicted_seconds, 0.0)
    if alone >= min(whole, best) * (1.0 - error):
        return finding
    said = f"se no pool: {seconds(alone)} in place of {seconds(whole)}."
    advice = f"U{said}" if finding.nothing_gained else f"U{said} Or {_lower(finding.advice)}"
    if finding.code == "startup":
        advice = f"{finding.advice} Or u{said}"
    evidence = finding.evidence | {"one_process_seconds": alone, "with_pool_seconds": whole}
    return replace(finding, advice=advice, evidence=evidence, nothing_gained=False)
