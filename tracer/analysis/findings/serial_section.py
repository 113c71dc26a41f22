"""serial-section: the program's own first thread computed while no task ran: before, between or after."""

from __future__ import annotations

from tracer.analysis.findings.alone import alone, on_core
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.wording import percent

ALONE = 0.2
"""Less of the run than this is what every program needs to begin and to end."""
LEAST_NS = 100e6
"""Nor less than this: to begin and to end takes a program some tens of milliseconds."""

LACKED = 0.05
"""A smaller part of it without a core is what the rest of a machine takes."""


def find(context: Context) -> Finding | None:
    """Add up the time in which main computed, or would have with a core, and no child ran anything.

    What it imported is `imports`, and what it took to start workers is `startup`. Other programs that hold
    the cores make all of the run longer; what main lacked of a core is counted, and said apart. Needs the
    main process's life, and its slices.
    """
    life = alone(context)
    held = on_core(context, life.free)
    if held is None or life.wall <= 0:
        return None
    computed, lacked = held
    serial = computed + lacked
    if computed <= 0 or serial < max(ALONE * life.wall, LEAST_NS):
        return None
    limit, share = life.wall / serial, min(serial / life.wall, 1.0)
    lacking = f"; {seconds(lacked / 1e9)} of it others held the core that it could have used"
    what = (
        f"For {seconds(serial / 1e9)} of {seconds(life.wall / 1e9)} the program's first thread computed "
        "and no task ran "
        f"(before, between or after{lacking if lacked >= LACKED * serial else ''}): with any number of "
        f"workers the run is at most {limit:.3g} times as fast."
    )
    return Finding(
        "serial-section",
        serial / 1e9,
        share,
        what,
        "Give this part to the workers too, do it while they run, or make it faster by itself.",
        evidence={
            "serial_seconds": serial / 1e9,
            "computed_seconds": computed / 1e9,
            "without_core_seconds": lacked / 1e9,
            "alone_seconds": life.free.length / 1e9,
            "wall_seconds": life.wall / 1e9,
            "amdahl_limit": limit,
        },
        predicted_seconds=None,
        title=f"{percent(share)} of the run was serial: main computed, and no task ran",
        window_ns=(life.begin, life.end),
    )
