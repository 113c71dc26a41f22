"""Findings for a terminal: two lines each, what and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.account.categories import TITLE
from tracer.analysis.comparison.compared_run import cut_short
from tracer.analysis.findings import Context, Finding
from tracer.analysis.findings.finding import seconds
from tracer.analysis.findings.rules import not_asked
from tracer.wording import percent, plain

if TYPE_CHECKING:
    from rich.console import Console

LEAST = 0.01
"""A smaller share of the workers' time is left out of the line."""


def spent(context: Context) -> str:
    """Return the categories of the workers' time in the makespan, the largest first: "running 41 %, …"."""
    shares = {name: context.share(name) for name in context.spent}
    largest = sorted(shares, key=lambda name: -shares[name])
    return ", ".join(f"{TITLE[name]} {percent(shares[name])}" for name in largest if shares[name] >= LEAST)


def print_findings(context: Context, findings: list[Finding]) -> None:
    """Print to stdout, in colour where that is a terminal."""
    from rich.padding import Padding
    from rich.text import Text

    from tracer.cli.terminal.console import Console

    console = Console()
    if cut := cut_short(context.trace):
        console.print(Text(cut, style="yellow"))
    if not findings:
        console.print("Nothing to say: no task, process or thread of this run is known to have ended.")
        _print_not_asked(console, context)
        return
    said = spent(context) if findings[0].code != "unseen-work" else ""
    if said:
        console.print(Text(f"Where the workers' time went: {said}."), style="bright_black")
    for number, one in enumerate(findings, 1):
        head = Text(f"{number}  {one.code}", style="bold" if number == 1 else "")
        if one.seconds > 0:
            whole = "makespan" if one.window_ns is None else "run"
            head.append(
                f"  {seconds(one.seconds)}, {percent(one.share)} of the {whole}", style="bright_black"
            )
        if one.confidence == "low":
            head.append("  uncertain", style="yellow")
        console.print(head)
        console.print(Padding(Text(plain(one.what)), (0, 0, 0, 3)))
        gain = ""
        if one.predicted_seconds is not None and one.seconds > 0 and one.predicted_seconds < context.makespan:
            gain = f" Predicted: {seconds(one.predicted_seconds)} in place of {seconds(context.makespan)}."
        console.print(Padding(Text(f"→ {plain(one.advice)}{gain}"), (0, 0, 0, 3)))
        if one.missing and (one.code != "healthy" or context.trace.meta.get("losses")):
            console.print(Padding(Text(f"({plain(one.missing)})", style="bright_black"), (0, 0, 0, 3)))
    _print_not_asked(console, context)


def _print_not_asked(console: Console, context: Context) -> None:
    from rich.text import Text

    if unknown := not_asked(context):
        line = f"Not known without slices or CPU clocks: {', '.join(unknown)}."
        console.print(Text(line, style="bright_black"))
