"""imports: the program's first thread imported modules while no task ran."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import equals, floats, integers
from tracer.analysis.findings.alone import Alone, alone, on_core
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.record.kinds import IMPORT
from tracer.tables.tables import Tables
from tracer.wording import percent

SHARE = 0.1
"""Less of the run than this is what every program needs to begin."""
LEAST_NS = 100e6
"""Nor less than this: `multiprocessing` and what it needs take some tens of milliseconds."""
LACKED = 0.05
"""A smaller part of it without a core is what the rest of a machine takes."""
NAMED = 3
"""So many packages are named, the slowest first."""


def find(context: Context) -> Finding | None:
    """Add up main's imports while it was alone; what it lacked of a core meanwhile is said apart.

    Needs the main process's life, and the spans of its imports.
    """
    life = alone(context)
    held = on_core(context, life.importing)
    lacked = held[1] if held else 0.0
    took = life.importing.length
    if life.wall <= 0 or took < max(SHARE * life.wall, LEAST_NS):
        return None
    slowest = packages(context.trace, life)
    first_run = float(np.nanmin(np.append(floats(context.trace.tasks, "run_start"), np.inf)))
    late = life.importing.end.max(initial=0.0) > first_run
    when = "while no task ran" if late else "before any task ran"
    named = ", ".join(f"{name} {seconds(length / 1e9)}" for name, length in slowest[:NAMED])
    lacking = f" ({seconds(lacked / 1e9)} of it others held the core)" if lacked >= LACKED * took else ""
    return Finding(
        "imports",
        took / 1e9,
        took / life.wall,
        f"Importing modules took the program's first thread {seconds(took / 1e9)} of "
        f"{seconds(life.wall / 1e9)}{lacking}, {when}: {named}.",
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
