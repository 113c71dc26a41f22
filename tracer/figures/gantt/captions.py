"""Captions: subtitle, legend, notes and footer of a figure, from the trace's metadata and its summary."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from tracer.analysis.columns import integers
from tracer.analysis.cores.use import Use
from tracer.analysis.summary import Summary
from tracer.figures.gantt.notes import Notes
from tracer.figures.page.legend import Entry, entries
from tracer.figures.style.palette import Looks
from tracer.figures.style.text import clean, joined
from tracer.tables.tables import Tables
from tracer.timeline import Chart, CoreChart
from tracer.wording import count, duration

BLOCKED_FOR_SURE = 0.02  # less than this share of it was woken: the rest is what it is called
HELPER_NAMES = {"tracer": "collector", "resource_tracker": "resource tracker"}


def subtitle(trace: Tables, summary: Summary) -> str:
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


def _chunks(trace: Tables) -> str:
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
    return sum(group.total_ns for group in chart.states if group.kind == "blocked")


def _woken(chart: Chart) -> str:
    """Return what is known of the time that ends in a wake-up."""
    woken, blocked = chart.woken_ns, _blocked(chart)
    if woken is None:
        return "woken (not on a core yet) is not told apart from blocked"
    if woken < BLOCKED_FOR_SURE * blocked:
        return ""
    return f"of {duration(blocked)} blocked or woken, {duration(min(woken, blocked))} waited for a core"


def merging(taken: Notes) -> str:
    """Return how bars that are too short to see were drawn."""
    said = "short bars merged (height: share of time)" if taken.merged else ""
    if not taken.widened:
        return said
    return f"{said} or widened to 4 px" if said else "short bars widened to 4 px"


def notes(taken: Notes, chart: Chart, cores: CoreChart | None) -> str:
    """Return what a reader must know to read the bars right, in as few words as it takes."""
    parts = [_woken(chart) if "blocked" in taken.seen else "", merging(taken)]
    if taken.averaged:
        parts.append("running: mean (line), most (band)")
    if taken.busy_ns:
        parts.append(f"cores busy: {duration(taken.busy_ns)} means")
    return joined([*parts, *(_of_cores(chart, cores) if cores is not None else ())])


def _of_cores(chart: Chart, cores: CoreChart) -> list[str]:
    """Return what the panel of cores shows, and what it cannot."""
    parts = (
        ["colours on cores: from the first worker (dark) to the last"]
        if Looks(chart.workers, cores.moved > 0).graded
        else []
    )
    if cores.source == "stamps":
        moved = "; hatched: ended on another" if cores.moved else ""
        parts.append("cores are known at the start and end of each run only" + moved)
    if cores.source == "sampled":
        parts.append("cores are inferred from samples: right in sum, not in place")
    kinds = {group.kind for group in cores.bars}
    grey = [
        said
        for kind, said in (("several", "too many workers to tell apart"), ("other", "no worker"))
        if kind in kinds
    ]
    if grey:
        parts.append(f"grey on a core: {' or '.join(grey)}")
    if cores.unseen:
        parts.append(f"not shown: {count(cores.unseen, 'idle core')}")
    return parts


def footer(trace: Tables, chart: Chart, cores: CoreChart | None) -> list[str]:
    """Return the parts of the Gantt chart's footer: what made it, where core data came from, …"""
    source = {
        "kernel": "cores: kernel switches",
        "sampled": "cores: samples of /proc",
        "stamps": "cores: stamps of tasks",
    }
    said = source.get(cores.source, "") if cores is not None else ""
    if (
        cores is not None
        and (why := str(trace.meta.get("core_source_why") or ""))
        and cores.source != "kernel"
    ):
        said += f" ({why})"
    hidden = ", ".join(HELPER_NAMES.get(role, role) for role in chart.hidden_roles)
    return made_by(trace, said, f"not shown: {hidden}" if hidden else "")


def measured_with(trace: Tables) -> list[str]:
    """Return the parts of the footer of a figure of sums: what made it, and how cores are known."""
    source = {
        "kernel": "on a core or not: kernel switches",
        "sampled": "on a core or not: samples of /proc",
        "stamps": "on a core or not: the threads' own clocks, where they were read",
    }
    return made_by(trace, source.get(str(trace.meta.get("core_source")), ""))


def made_by(trace: Tables, *more: str) -> list[str]:
    """Return the parts of a footer: versions, machine, `more`, and whether all was kept."""
    meta = trace.meta
    number, allowed = int(meta.get("cpu_count") or 0), len(meta.get("affinity") or ())
    machine = count(number, "core") if number else ""
    if 0 < allowed < number:
        machine += f" ({allowed} allowed)"
    parts = [
        f"tracer {meta.get('tracer_version', '')}".strip(),
        f"Python {meta['python']}" if meta.get("python") else "",
        machine,
        *more,
        "" if meta.get("losses") else "nothing lost",
    ]
    return [clean(part, 120) for part in parts if part]


def alert(trace: Tables) -> str:
    """Return what the recording lost, empty where it lost nothing."""
    losses = trace.meta.get("losses") or {}
    text = ", ".join(f"{clean(str(kind), 40)}: {number:,}" for kind, number in losses.items())
    return f"Not recorded — {text}" if text else ""


def counted(kinds: tuple[str, ...]) -> str:
    """Return what the concurrency panel counts, in two lines."""
    return (kinds[0] if len(kinds) == 1 else "tasks" if not kinds else "all kinds") + "\nrunning"
