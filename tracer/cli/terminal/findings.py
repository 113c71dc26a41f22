"""Findings for a terminal: two lines each, what and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.account.categories import TITLE
from tracer.analysis.comparison.compared_run import cut_short
from tracer.analysis.findings import Context, Finding
from tracer.analysis.findings.finding import advised, seconds
from tracer.analysis.findings.rules import not_asked
from tracer.analysis.findings.several_pools import contexts_of
from tracer.analysis.summary import summarize
from tracer.wording import count, duration, percent, plain

if TYPE_CHECKING:
    from rich.console import Console

LEAST = 0.01
"""A smaller share of the workers' time is left out of the line."""


def spent(context: Context) -> str:
    """Return the categories of the workers' time in the makespan, the largest first: "running 41 %, …"."""
    shares = {name: context.share(name) for name in context.spent}
    largest = sorted(shares, key=lambda name: -shares[name])
    return ", ".join(f"{TITLE[name]} {percent(shares[name])}" for name in largest if shares[name] >= LEAST)


def nothing_found(context: Context) -> str:
    """Return why there is no finding, as a sentence: what ran, and how it ended."""
    run = summarize(context.trace)
    length = f" in {duration(run.wall_ns)}" if run.wall_ns else ""
    if not (run.tasks or run.workers or run.children or run.threads or run.programs):
        return f"Nothing parallel ran{length}: no process, pool, executor or thread was started."
    parts = []
    if run.tasks:
        parts.append(f"{run.tasks_finished:,} of {count(run.tasks, 'task')} came to their end")
    if run.workers and not run.tasks:
        parts.append(f"{count(run.workers, 'worker')} had no task")
    for number, noun, plural in (
        (run.children, "process", "processes"),
        (run.threads, "thread", "threads"),
        (run.programs, "program", "programs"),
    ):
        if number:
            parts.append(f"{count(number, noun, plural)} ran")
    stopped = sum(run.stopped_by.values())
    if stopped:
        how = ", ".join(how for how in run.stopped_by if how)
        were = "was" if stopped == 1 else "were"
        parts.append(f"{count(stopped, 'task')} {were} stopped{f' ({how})' if how else ''}")
    return f"Nothing to say about speed: {', '.join(parts)}."


def print_findings(context: Context, findings: list[Finding]) -> None:
    """Print to stdout, in colour where that is a terminal."""
    from rich.padding import Padding
    from rich.text import Text

    from tracer.cli.terminal.console import Console

    console = Console()
    context = contexts_of(context.trace)[0]
    if cut := cut_short(context.trace):
        console.print(Text(cut, style="yellow"))
    if not findings:
        console.print(nothing_found(context))
        _print_not_asked(console, context)
        return
    beside = findings[0].code == "unseen-work" or any(one.ends_it for one in findings)
    said = "" if beside else spent(context)
    if said:
        whose = f" of {context.name}" if context.name else ""
        console.print(Text(f"Where the workers' time{whose} went: {said}."), style="bright_black")
    for number, one in enumerate(findings, 1):
        if said or number > 1:
            console.print()
        head = Text(f"{number}  {one.code}", style="bold" if number == 1 else "")
        if part := cost(one):
            head.append(f"  {part}", style="bright_black")
        if one.confidence == "low":
            head.append("  uncertain", style="yellow")
        console.print(head)
        console.print(Padding(Text(plain(one.what)), (0, 0, 0, 3)))
        console.print(Padding(Text(f"→ {plain(advised(one))}"), (0, 0, 0, 3)))
        if one.missing and (one.code != "healthy" or context.trace.meta.get("losses")):
            console.print(Padding(Text(f"({plain(one.missing)})", style="bright_black"), (0, 0, 0, 3)))
    _print_not_asked(console, context)


def cost(finding: Finding) -> str:
    """Return what a finding costs: "35 ms, 34 % of the makespan, 24 % of the run"; "" where it is no time."""
    if finding.seconds <= 0:
        return ""
    part = f"{seconds(finding.seconds)}, {percent(finding.share)} of {_whole(finding)}"
    if finding.of_wall is not None and finding.window_ns is None:
        part += f", {percent(finding.of_wall)} of the run"
    return part


def _whole(finding: Finding) -> str:
    """Return what the share of a finding is a part of."""
    if finding.window_ns is not None:
        return "the run"
    if not finding.pool:
        return "the makespan"
    return "their makespans" if finding.pool.startswith("pools ") else "its makespan"


def _print_not_asked(console: Console, context: Context) -> None:
    from rich.text import Text

    if unknown := not_asked(context):
        line = f"Not known without slices or CPU clocks: {', '.join(unknown)}."
        console.print(Text(line, style="bright_black"))
