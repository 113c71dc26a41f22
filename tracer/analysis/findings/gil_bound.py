"""gil-bound: threads that compute take turns at the interpreter's lock."""

from __future__ import annotations

import numpy as np

from tracer.analysis.cores.waits import gil_waits
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding
from tracer.analysis.model import Change
from tracer.wording import percent

TURNS = 0.25
"""Threads that wait less for each other, of the time in which one of them ran, are little held up."""
ONE_CORE, MORE = 0.6, 1.4
"""Threads that take turns want one core together: with less they wait for something else."""


def find(context: Context) -> Finding | None:
    """Look for threads that together held about one core while several of them were in a function.

    Needs to know of most runs whether they held a core; without exact slices it is uncertain, and says so.
    """
    load = context.load
    if load is None or not load.takes_turns or load.workers < 2:
        return None
    if not context.has_split or context.makespan <= 0:
        return None
    on_core = context.spent["on_core"] / (context.makespan * 1e9)
    wanted = on_core + context.spent["no_core"] / (context.makespan * 1e9)
    turns = _turns(context)
    computed = float(load.work.sum()) / max(float((load.work + load.rest).sum()), 1.0)
    if turns < TURNS or not ONE_CORE <= wanted <= MORE or on_core > MORE or computed < 0.5:
        return None
    exact = context.account.exact_cores
    change = Change(processes=True)
    predicted = context.predict(change).predicted_ns / 1e9
    return context.finding(
        "gil-bound",
        context.gain(
            Change(processes=True, cores=context.cores)
        ),  # what other programs took is not its doing
        title=f"{load.workers} threads took turns: together they kept {on_core:.1f} cores busy",
        what=(
            f"{load.workers} threads computed in turns: on average {on_core:.2f} cores were busy, and "
            "each thread waited "
            f"for the others, at the interpreter's lock (GIL), {percent(turns)} of the time that it "
            "could have run."
        ),
        advice=(
            "Use processes for work that computes in Python (ProcessPoolExecutor, Pool), or a "
            "free-threaded build."
        ),
        evidence={
            "threads": load.workers,
            "cores_busy": on_core,
            "cores_wanted": wanted,
            "waiting_share": turns,
            "computing_share": computed,
            "longest_run_ns": int(np.max(load.work + load.rest, initial=0)),
        },
        predicted_seconds=predicted,
        confidence="high" if exact else "low",
        missing="" if exact else "no exact slices: waits are told from CPU clocks alone",
    )


def _turns(context: Context) -> float:
    """Return how much of the time in which a thread ran or waited for the others it waited for them."""
    load = context.load
    if load is None or load.row is None or context.holds is None or not context.holds.exact:
        return context.share("blocked")
    waited = float(gil_waits(context.trace, context.holds, load.row).sum())
    return waited / (waited + context.spent["on_core"]) if waited > 0 else 0.0
