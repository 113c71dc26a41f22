"""imports: the program's first thread imported modules while no task ran, or its tasks did."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import equals, floats, integers
from tracer.analysis.findings.alone import Alone, alone, on_core
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.record.kinds import IMPORT
from tracer.tables.tables import Tables
from tracer.wording import count, percent

SHARE = 0.1
"""Less of the run than this is what every program needs to begin."""
LEAST_NS = 100e6
"""Nor less than this: `multiprocessing` and what it needs take some tens of milliseconds."""
LACKED = 0.05
"""A smaller part of it without a core is what the rest of a machine takes."""
NAMED = 3
"""So many packages are named, the slowest first."""


def find(context: Context) -> Finding | None:
    """Look at main's imports while it was alone, and at those that tasks do; say the larger.

    Needs the main process's life, and the spans of its imports; or tasks that ran to their end.
    """
    found = [one for one in (_of_main(context), _in_tasks(context)) if one is not None]
    return max(found, key=lambda one: one.seconds) if found else None


def _of_main(context: Context) -> Finding | None:
    """Add up main's imports while it was alone, without what it lacked of a core meanwhile."""
    life = alone(context)
    held = on_core(context, life.importing)
    lacked = held[1] if held else 0.0
    took = life.importing.length - lacked
    if life.wall <= 0 or took < max(SHARE * life.wall, LEAST_NS):
        return None
    slowest = packages(context.trace, life)
    first_run = float(np.nanmin(np.append(floats(context.trace.tasks, "run_start"), np.inf)))
    late = life.importing.end.max(initial=0.0) > first_run or not len(context.trace.tasks)
    when = "while no task ran" if late else "before any task ran"
    more = (
        f" (and {seconds(lacked / 1e9)} more in which others held the core)"
        if lacked >= LACKED * took
        else ""
    )
    return Finding(
        "imports",
        took / 1e9,
        min(took / life.wall, 1.0),
        f"Importing modules took the program's first thread {seconds(took / 1e9)} of "
        f"{seconds(life.wall / 1e9)}{more}, {when}: {_listed(slowest)}.",
        "Import later, inside the function that needs it, or a lighter module; "
        "`python -X importtime` shows which of those within take long.",
        evidence={
            "importing_seconds": took / 1e9,
            "without_core_seconds": lacked / 1e9,
            "wall_seconds": life.wall / 1e9,
            "packages_seconds": {name: length / 1e9 for name, length in slowest},
        },
        title=f"{percent(took / life.wall)} of the run went into imports, above all {slowest[0][0]}",
        window_ns=(life.begin, life.end),
    )


def _in_tasks(context: Context) -> Finding | None:
    """Add up what the workers of the principal pool imported inside their tasks, for each worker."""
    load, spans, tasks = context.load, context.trace.spans, context.trace.tasks
    if load is None or load.row is None or load.threaded or not load.workers:
        return None
    begin, end, who = floats(spans, "start"), floats(spans, "end"), integers(spans, "process")
    inside = np.zeros(len(spans), np.bool_)
    imported = np.flatnonzero(equals(spans, "category", IMPORT) & ~np.isnan(begin) & ~np.isnan(end))
    process = integers(tasks, "process")[load.row]
    first, last = floats(tasks, "run_start")[load.row], floats(tasks, "run_end")[load.row]
    for row in imported.tolist():
        mine = process == who[row]
        inside[row] = bool(((first[mine] <= begin[row]) & (end[row] <= last[mine])).any())
    took = float((end - begin)[inside].sum()) / load.workers
    if took < max(SHARE * context.makespan * 1e9, LEAST_NS):
        return None
    sums: dict[str, float] = {}
    names = spans["name"].fillna("").astype(str).to_numpy(object)
    for row in np.flatnonzero(inside).tolist():
        package = names[row].partition(".")[0]
        sums[package] = sums.get(package, 0.0) + (end[row] - begin[row]) / load.workers
    slowest = sorted(sums.items(), key=lambda one: -one[1])
    forks = context.model.start_method == "fork"
    return context.finding(
        "imports",
        took / 1e9,
        title=f"each worker spent {seconds(took / 1e9)} of its tasks importing, above all {slowest[0][0]}",
        what=(
            f"Of its time in tasks each of {count(load.workers, 'worker')} spent {seconds(took / 1e9)} "
            f"importing modules: {_listed(slowest)}."
        ),
        advice=(
            "Import it in the main module before the pool is made: forked workers have it then."
            if forks
            else "Import a lighter module, or use fewer workers: each has to import it once."
        ),
        evidence={
            "importing_seconds": took / 1e9,
            "workers": load.workers,
            "packages_seconds": {name: length / 1e9 for name, length in slowest},
        },
    )


def _listed(slowest: list[tuple[str, float]]) -> str:
    return ", ".join(f"{name} {seconds(length / 1e9)}" for name, length in slowest[:NAMED])


def packages(trace: Tables, life: Alone) -> list[tuple[str, float]]:
    """Return the packages that main imported and how long that took (ns), the slowest first."""
    spans, frame = trace.spans, trace.processes
    main = integers(frame, "process")[equals(frame, "role", "main")]
    mine = equals(spans, "category", IMPORT) & np.isin(integers(spans, "process"), main[:1])
    mine &= ~np.isnan(floats(spans, "start")) & ~np.isnan(floats(spans, "end"))
    sums: dict[str, float] = {}
    length = life.importing.within(floats(spans, "start")[mine], floats(spans, "end")[mine])
    for name, took in zip(spans["name"][mine].fillna("").astype(str), length.tolist(), strict=True):
        package = name.partition(".")[0]
        sums[package] = sums.get(package, 0.0) + took
    return sorted(((name, took) for name, took in sums.items() if took > 0), key=lambda one: -one[1])
