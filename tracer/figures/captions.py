"""Captions: subtitle, legend, notes and footer of a figure, from the trace's metadata and its summary."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from tracer.analysis.columns import integers
from tracer.analysis.cores import Use
from tracer.analysis.sentence import count
from tracer.analysis.summary import Summary
from tracer.analysis.units import duration
from tracer.figures.chart import Chart
from tracer.figures.cores import CoreChart
from tracer.figures.legend import Entry, entries
from tracer.figures.notes import Notes
from tracer.figures.text import clean
from tracer.reading.trace import Trace

BLOCKED_FOR_SURE = 0.02  # less than this share of it was woken: the rest is what it is called
HELPER_NAMES = {"tracer": "collector", "resource_tracker": "resource tracker"}


def subtitle(trace: Trace, summary: Summary) -> str:
    """Return the setting of the run: command, pools, start method, chunk sizes, makespan."""
    meta = trace.meta
    parts = [clean(str(meta.get("command") or ""), 60)]
    kinds = trace.tasks.drop_duplicates("pool")["kind"].dropna().astype(str).value_counts()
    pools = [
        f"{number} × {clean(str(kind), 30)}" if number > 1 else clean(str(kind), 30)
        for kind, number in kinds.items()
    ]
    workers = []
    if summary.worker_processes:
        workers.append(count(summary.worker_processes, "worker process", "worker processes"))
    if summary.worker_threads:
        workers.append(count(summary.worker_threads, "worker thread"))
    parts += [", ".join([*pools, *workers])]
    children = trace.processes[trace.processes["role"].isin(["worker", "process"]).fillna(False)]
    if methods := sorted(set(children["start_method"].dropna().astype(str))):
        parts.append(", ".join(methods))
    parts.append(_chunks(trace))
    if summary.makespan_ns:
        parts.append(f"makespan {duration(summary.makespan_ns)}")
    return " · ".join(part for part in parts if part)


def _chunks(trace: Trace) -> str:
    items = integers(trace.tasks, "items", missing=1)
    if not items.size or items.max() <= 1:
        return ""
    sizes = np.unique(items)
    if sizes.size == 1:
        return f"chunks of {sizes[0]:,}"
    return f"chunks of {sizes[0]:,}–{sizes[-1]:,} items"


def possible(chart: Chart, use: Use | None) -> set[str]:
    """Return every kind that the figure may show."""
    return {group.kind for group in chart.bars + chart.spans + chart.states} | ({"busy"} if use else set())


def legend(chart: Chart, seen: Collection[str]) -> list[Entry]:
    """Return the legend of the kinds that are seen."""
    woken, blocked = chart.woken_ns, _blocked(chart)
    sure = woken is not None and woken < BLOCKED_FOR_SURE * blocked
    return entries(seen, **({"blocked": "blocked"} if sure else {}))


def _blocked(chart: Chart) -> float:
    return sum(float((group.end - group.start).sum()) for group in chart.states if group.kind == "blocked")


def _woken(chart: Chart) -> str:
    """Return what is known of the time that ends in a wake-up."""
    woken, blocked = chart.woken_ns, _blocked(chart)
    if woken is None:
        return "woken: not yet on a core again, not told apart from blocked"
    if woken < BLOCKED_FOR_SURE * blocked:
        return ""
    return f"of {duration(blocked)} blocked or woken, {duration(min(woken, blocked))} were waits for a core"


def notes(taken: Notes, chart: Chart, cores: CoreChart | None) -> str:
    """Return what a reader must know to read the bars right."""
    parts = []
    if "blocked" in taken.seen and (said := _woken(chart)):
        parts.append(said)
    if taken.merged:
        parts.append("short bars are merged: height = share of time")
    if taken.widened:
        parts.append("lone ones widened to 4 px")
    if taken.averaged:
        parts.append("running: line = mean, band = most at once")
    if taken.busy_ns:
        parts.append(f"cores busy: means of {duration(taken.busy_ns)}")
    if cores is not None and cores.looks(chart.workers).graded:
        parts.append("colours on cores run from the first worker (dark) to the last")
    if cores is not None and cores.source == "stamps":
        text = "cores are known at the start and end of each run only"
        parts.append(text + ("; hatched: it ended on another core" if cores.moved else ""))
    if cores is not None and cores.source == "sampled":
        parts.append("cores are inferred from samples: right in sum, not in place")
    if cores is not None and any(group.kind == "several" for group in cores.bars):
        parts.append("grey on a core: too many workers to tell apart")
    if cores is not None and any(group.kind == "other" for group in cores.bars):
        parts.append("grey on a core: not a worker")
    if cores is not None and cores.unseen:
        parts.append(f"not shown: {count(cores.unseen, 'idle core')}")
    line = "; ".join(parts)
    return line[:1].upper() + line[1:]


def footer(trace: Trace, chart: Chart, cores: CoreChart | None) -> list[str]:
    """Return the parts of the footer: versions, machine, where core data came from, what is not shown."""
    meta = trace.meta
    source = {
        "kernel": "cores: kernel switches",
        "sampled": "cores: samples of /proc",
        "stamps": "cores: stamps of tasks",
    }
    number = meta.get("cpu_count")
    allowed = meta.get("affinity")
    machine = count(number, "core") if number else ""
    if number and allowed and len(allowed) < number:
        machine += f" ({len(allowed)} allowed)"
    parts = [
        f"tracer {meta.get('tracer_version', '')}".strip(),
        f"Python {meta['python']}" if meta.get("python") else "",
        machine,
        source.get(cores.source, "") if cores is not None else "",
    ]
    if cores is not None and (why := str(meta.get("core_source_why") or "")) and cores.source != "kernel":
        parts[-1] += f" ({why})"
    if chart.hidden_roles:
        parts.append("not shown: " + ", ".join(HELPER_NAMES.get(role, role) for role in chart.hidden_roles))
    if not meta.get("losses"):
        parts.append("nothing lost")
    return [clean(part, 120) for part in parts if part]


def alert(trace: Trace) -> str:
    """Return what the recording lost, empty where it lost nothing."""
    losses = trace.meta.get("losses") or {}
    text = ", ".join(f"{clean(str(kind), 40)}: {number:,}" for kind, number in losses.items())
    return f"Not recorded — {text}" if text else ""


def counted(kinds: tuple[str, ...]) -> str:
    """Return what the concurrency panel counts, in two lines."""
    return (kinds[0] if len(kinds) == 1 else "tasks" if not kinds else "all kinds") + "\nrunning"
