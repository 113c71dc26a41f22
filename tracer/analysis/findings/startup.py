"""startup: tasks were there, and the workers were not yet."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import equals, floats
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.model import Change
from tracer.record.kinds import INTERPRETER


def find(context: Context) -> Finding | None:
    """Ask the model for the run with workers that are there from the beginning.

    Needs a pool of processes that finished tasks.
    """
    load = context.load
    if load is None or load.takes_turns or not load.pooled or not load.workers:
        return None
    predicted = context.predict(Change(ready_at_once=True)).predicted_ns / 1e9
    late = float(np.median(np.maximum(load.ready, 0.0))) / 1e9
    if load.threaded:
        return _of_interpreters(context, predicted, late)
    frame = context.trace.processes
    worker = equals(frame, "role", "worker")
    methods = frame["start_method"][worker].dropna().astype(str)
    method = str(methods.iloc[0]) if len(methods) else ""
    life = floats(frame, "started")[worker] - floats(frame, "start_called")[worker]
    interpreter = float(np.nanmedian(life)) / 1e9 if (~np.isnan(life)).any() else 0.0
    cheaper = "Make the initializer and what the main module imports lighter"
    if method != "fork":
        cheaper = f"Import less in the main module ({method or 'the start method'} runs it in every worker)"
    if method in ("spawn", "forkserver"):
        cheaper += ", or use a start method that copies less"
    return context.finding(
        "startup",
        context.makespan - predicted,
        title=f"workers were ready {seconds(late)} after the first task was submitted",
        what=(
            f"Half of the workers were not ready until {seconds(late)} after the first task was submitted "
            f"(start method {method or 'unknown'}; {seconds(interpreter)} until their first line)."
        ),
        advice=f"{cheaper}; keep {'the workers' if load.written else 'one pool'} for the whole program.",
        evidence={
            "ready_median_seconds": late,
            "until_first_line_seconds": interpreter,
            "start_method": method,
            "workers": load.workers,
        },
        predicted_seconds=predicted,
    )


def _of_interpreters(context: Context, predicted: float, late: float) -> Finding | None:
    """Say it of threads that have an interpreter each, which has to be made."""
    spans = context.trace.spans
    made = equals(spans, "category", INTERPRETER) & equals(spans, "name", "create")
    took = (floats(spans, "end") - floats(spans, "start"))[made]
    each = float(np.nanmedian(took)) / 1e9 if (~np.isnan(took)).any() else 0.0
    return context.finding(
        "startup",
        context.makespan - predicted,
        title=f"interpreters were ready {seconds(late)} after the first task was submitted",
        what=(
            f"Half of the workers were not ready until {seconds(late)} after the first task was submitted: "
            f"making an interpreter took {seconds(each)}, and each imports anew what it runs."
        ),
        advice="Keep one executor for the whole program, or give each task more to do.",
        evidence={"ready_median_seconds": late, "interpreter_seconds": each, "workers": context.workers},
        predicted_seconds=predicted,
    )
