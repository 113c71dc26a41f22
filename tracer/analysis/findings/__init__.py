"""The findings: what held a run back, the worst first.

A rule is one function in a file of its own: it looks at a `Context` and returns a `Finding`, or None. What a
cause holds of the makespan is what the model says would vanish without it; its threshold is in its file, with
the reason.
"""

from tracer.analysis.findings.context import Context, context_of
from tracer.analysis.findings.finding import PRINCIPAL, WORTH, Finding, in_a_line
from tracer.analysis.findings.headline import headline
from tracer.analysis.findings.rules import CODES, diagnose

__all__ = [
    "CODES",
    "PRINCIPAL",
    "WORTH",
    "Context",
    "Finding",
    "context_of",
    "diagnose",
    "headline",
    "in_a_line",
]
