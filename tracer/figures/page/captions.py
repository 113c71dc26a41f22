"""The words around the figure of one trace: its setting, what measured it, and what was lost."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import integers
from tracer.analysis.structure.pools import of_event_loops
from tracer.analysis.summary import Summary, summarize
from tracer.figures.page.page import Captions
from tracer.figures.style.text import clean
from tracer.tables.tables import Tables
from tracer.wording import count, duration


def subtitle(trace: Tables, summary: Summary) -> str:
    """The setting of the run: command, pools, start method, chunk sizes, makespan."""
    meta = trace.meta
    parts = [clean(str(meta.get("command") or ""), 60)]
    first = trace.tasks.drop_duplicates("pool")
    loops = first["pool"].isin(of_event_loops(trace)).to_numpy(bool)
    names = first["kind"].astype(object)
    kinds = names.where(~loops, "asyncio's " + names.fillna("pool")).dropna().astype(str).value_counts()
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


def captions_of_sums(trace: Tables, title: str, detail: bool) -> Captions:
    """The words around a figure of sums, whose footer says how it is known when a thread had a core."""
    source = {
        "kernel": "on a core or not: kernel switches",
        "sampled": "on a core or not: samples of /proc",
        "stamps": "on a core or not: the threads' own clocks, where they were read",
    }
    footer = made_by(trace, detail, source.get(str(trace.meta.get("core_source")), ""))
    return Captions(title, subtitle(trace, summarize(trace)), footer, alert(trace))


def made_by(trace: Tables, detail: bool, *more: str) -> list[str]:
    """The parts of a footer: versions, machine, `more`, and with `detail` that all was kept."""
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
        "no records lost" if detail and not meta.get("losses") else "",
    ]
    return [clean(part, 120) for part in parts if part]


def alert(trace: Tables) -> str:
    """What the recording lost, empty where it lost nothing."""
    losses = trace.meta.get("losses") or {}
    text = ", ".join(f"{clean(str(kind), 40)}: {number:,}" for kind, number in losses.items())
    return f"Not recorded — {text}" if text else ""
