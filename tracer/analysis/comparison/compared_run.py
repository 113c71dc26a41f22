"""Sides: what is known of one run that is to be compared with others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.account import CATEGORIES, Account
from tracer.analysis.columns import equals, integers
from tracer.analysis.findings import Finding, context_of, diagnose
from tracer.analysis.structure.endings import ending
from tracer.analysis.summary import Summary, summarize
from tracer.tables.tables import Tables
from tracer.wording import count

WORKERS, HIDDEN = GROUPS = ("workers", "hidden")
KINDS = {WORKERS: ("worker", "process", "thread"), HIDDEN: ("hidden",)}


@dataclass(frozen=True)
class MeasuredRun:
    """One of the runs. Times are nanoseconds, None where not known.

    `chunk` is the median of items a task; `spent_ns` what the lanes of each group spent in each category
    within the makespan, and `lived_ns` how long they lived in it; `missing` says what this run cannot tell.
    """

    label: str
    command: str
    makespan_ns: int | None
    wall_ns: int | None
    tasks: int
    items: int
    workers: int
    chunk: int
    start_methods: tuple[str, ...]
    kinds: tuple[str, ...]
    spent_ns: dict[str, dict[str, float]]
    lived_ns: dict[str, float]
    finding: Finding | None
    cut_by: str
    missing: tuple[str, ...]

    def share(self, group: str, category: str) -> float:
        """Return which part of a group's time went into a category, 0 where there is no such lane."""
        lived = self.lived_ns[group]
        return self.spent_ns[group][category] / lived if lived > 0 else 0.0

    def each_ns(self, category: str) -> float:
        """Return how long a worker that lived through the whole makespan was in a category, on average."""
        return self.share(WORKERS, category) * (self.makespan_ns or 0)


def measured_run(trace: Tables, label: str) -> MeasuredRun:
    """Return what is known of one run."""
    context = context_of(trace)
    findings = diagnose(trace)
    summary, found = summarize(trace), context.account
    items = integers(trace.tasks, "items", missing=1)
    children = trace.processes[trace.processes["role"].isin(["worker", "process"]).fillna(False)]
    cut = _cut_by(trace)
    return MeasuredRun(
        label=label,
        command=str(trace.meta.get("command") or ""),
        makespan_ns=summary.makespan_ns,
        wall_ns=summary.wall_ns,
        tasks=summary.tasks,
        items=summary.items,
        workers=max(summary.workers_at_once, 0) or summary.children + summary.threads,
        chunk=int(np.median(items)) if items.size else 0,
        start_methods=tuple(sorted(set(children["start_method"].dropna().astype(str)))),
        kinds=tuple(sorted(set(trace.tasks["kind"].dropna().astype(str)))),
        spent_ns={group: _spent(found, group) for group in GROUPS},
        lived_ns={group: found.capacity(KINDS[group]) for group in GROUPS},
        finding=findings[0] if findings else None,
        cut_by=cut,
        missing=tuple(_missing(summary, cut)),
    )


def _spent(found: Account, group: str) -> dict[str, float]:
    return {category.name: found.total(category.name, kinds=KINDS[group]) for category in CATEGORIES}


def _cut_by(trace: Tables) -> str:
    """Return what ended the program early ("SIGKILL", "exit code 1"), empty where nothing did."""
    codes = integers(trace.processes, "exitcode", missing=0)[equals(trace.processes, "role", "main")]
    return next((ending(int(code)) for code in codes if code), "")


def cut_short(trace: Tables) -> str:
    """Return a sentence on what ended the program early and what it left undone; empty where nothing did."""
    cut = _cut_by(trace)
    if not cut:
        return ""
    left = int(equals(trace.tasks, "status", "unfinished").sum())
    undone = f"; {count(left, 'task')} had not run to the end" if left else ""
    said = _until(cut)
    return f"{said[:1].upper()}{said[1:]}{undone}."


def _until(cut: str) -> str:
    how = "with" if cut.startswith("exit code") else "by"
    return f"its main process ended {how} {cut}: what is here is what it did until then"


def _missing(summary: Summary, cut: str) -> list[str]:
    said = []
    if not summary.tasks:
        others = summary.children + summary.threads
        said.append("no tasks: only its processes and threads are compared" if others else "nothing ran")
    if cut:
        said.append(_until(cut))
    if summary.tasks_lost:
        said.append(f"{count(summary.tasks_lost, 'task')} lost")
    if summary.core_source == "sampled":
        said.append("cores from samples: running and waiting for a core are estimates")
    elif summary.core_source != "kernel":
        said.append("no kernel slices: running is told from waiting for a core only where tasks were long")
    if summary.losses:
        lost = ", ".join(f"{kind}: {number}" for kind, number in summary.losses.items())
        said.append(f"not recorded: {lost}")
    return said
