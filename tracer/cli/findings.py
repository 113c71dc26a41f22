"""Findings for a terminal: two lines each, what and what to do."""

from __future__ import annotations

from tracer.analysis.findings import Case, Finding
from tracer.analysis.findings.finding import percent, seconds
from tracer.cli.text import plain


def print_findings(case: Case, findings: list[Finding]) -> None:
    """Print to stdout, in colour where that is a terminal."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    if not findings:
        console.print("Nothing to say: no task, process or thread of this run is known to have ended.")
        return
    for number, one in enumerate(findings, 1):
        head = Text(f"{number}  {one.code}", style="bold" if number == 1 else "")
        if one.seconds > 0:
            head.append(
                f"  {seconds(one.seconds)}, {percent(one.share)} of the makespan", style="bright_black"
            )
        if one.confidence == "low":
            head.append("  uncertain", style="yellow")
        console.print(head)
        console.print(Padding(Text(plain(one.what)), (0, 0, 0, 3)))
        gain = ""
        if one.predicted_seconds is not None and one.seconds > 0 and one.predicted_seconds < case.makespan:
            gain = f" Predicted: {seconds(one.predicted_seconds)} in place of {seconds(case.makespan)}."
        console.print(Padding(Text(f"→ {plain(one.advice)}{gain}"), (0, 0, 0, 3)))
        if one.missing:
            console.print(Padding(Text(f"({plain(one.missing)})", style="bright_black"), (0, 0, 0, 3)))
