"""Findings as Markdown, for the summary of a CI job: a table, and the terminal's timeline in a fence.

Names come from the traced program. What stands in backticks is code; all else is escaped, so that nothing in
a name becomes a link, a tag or a cell. Source: https://github.github.com/gfm/.
"""

from __future__ import annotations

import re

from tracer.analysis.comparison.compared_run import cut_short
from tracer.analysis.findings import Context, Finding, in_a_line
from tracer.analysis.findings.finding import advised
from tracer.analysis.findings.several_pools import contexts_of
from tracer.analysis.summary import summarize
from tracer.cli.terminal.findings import cost, nothing_found, spent
from tracer.wording import plain

_WIDTH = 100
"""Cells of the timeline: what fits beside a file's name on GitHub and GitLab."""
_CODE = re.compile(r"`([^`]+)`")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~#])")
_LEAST_FENCE = 3


def markdown(context: Context, findings: list[Finding]) -> str:
    """Return what was found as Markdown; the worst first, as `print_findings` has it."""
    trace = context.trace
    run = trace.meta.get("command", "a program")
    parts = [f"### {escaped(f'tracer: {run}')}"]
    if cut := cut_short(trace):
        parts.append(escaped(cut))
    if findings:
        parts += [f"**{escaped(in_a_line(findings[0]))}.** {escaped(findings[0].advice)}", _table(findings)]
        if said := spent(contexts_of(trace)[0]):
            parts.append(escaped(f"Where the workers' time went: {said}."))
    else:
        parts.append(escaped(nothing_found(context)))
    parts += _timeline(context)
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Return text of one line that Markdown shows as it is, also in a table; pairs of backticks are kept."""
    result, at = "", 0
    text = plain(text.replace("\n", " "))
    for found in _CODE.finditer(text):
        code = found[1].replace("|", "\\|")
        result += f"{_plainly(text[at : found.start()])}`{code}`"
        at = found.end()
    return result + _plainly(text[at:])


def _plainly(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text.replace("&", "&amp;")).replace("\\<", "&lt;")


def _table(findings: list[Finding]) -> str:
    lines = ["| | finding | costs | what | what to do |", "|--:|---|---|---|---|"]
    for number, one in enumerate(findings, 1):
        sure = " (uncertain)" if one.confidence == "low" else ""
        cells = (f"{one.code}{sure}", cost(one), one.what, advised(one))
        lines.append(f"| {number} | {' | '.join(map(escaped, cells))} |")
    return "\n".join(lines)


def _timeline(context: Context) -> list[str]:
    """Return the workers' timeline in a fence that nothing in it can close."""
    from tracer.cli.terminal.bars import draw

    drawn = draw(context.trace, summarize(context.trace).worker_busy, _WIDTH, "utf-8")
    if not drawn:
        return []
    text = "\n".join(line.plain.rstrip() for line in drawn)
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(_LEAST_FENCE, longest + 1)
    return [f"{fence}text\n{text}\n{fence}"]
