"""startup: the program waited for its workers to start, in all its pools, those made anew among them."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import equals, floats
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.findings.start_parts import Parts, parts_of
from tracer.analysis.model import Change
from tracer.analysis.one_pool import spared_by_one_pool
from tracer.analysis.starting import stall, starts
from tracer.record.kinds import INTERPRETER
from tracer.wording import count, percent

MANY = 2.0
"""So many times as many workers as a pool had at once were made for it: they are made anew."""

WAITING = 0.5
"""Workers that wait for so much of their time in tasks may rightly be more than the cores."""
LARGE_BYTES = 1_000_000
"""Fewer bytes of a process object are unpickled in some milliseconds."""
LARGE_FORK_NS = 20e6
"""A fork of a program of usual size takes some milliseconds, on a busy machine too."""


def find(context: Context) -> Finding | None:
    """Take what starts cost by the trace, or by the model where that says more.

    The model plays the principal pool with workers that are there from the beginning. It knows nothing of
    what came before the first task was submitted, nor of other pools. Needs workers that are processes whose
    starts were recorded, or interpreters.
    """
    load = context.load
    if load is not None and load.pooled and load.threaded and not load.takes_turns and load.workers:
        return _of_interpreters(context)
    lost, found = stall(context.trace), starts(context.trace)
    known = load is not None and load.pooled and not load.takes_turns and load.workers > 0
    late = context.predict(Change(ready_at_once=True)).predicted_ns / 1e9 if known else context.makespan
    played = context.makespan - late
    use = np.flatnonzero(~found.replaces)
    if not use.size or max(lost.lost_ns / 1e9, played) <= 0:
        return None
    by_trace = lost.lost_ns / 1e9 >= played
    wall = context.wall_ns / 1e9 if by_trace else 0.0
    saved, whole = (lost.lost_ns / 1e9, wall or context.makespan) if by_trace else (played, context.makespan)
    if not by_trace and load is not None and (found.pool == load.pool).any():
        use = use[found.pool[use] == load.pool]  # what is said is said of the pool that was played
    parts = parts_of(context.trace, found, use)
    main = equals(context.trace.processes, "role", "main")
    began = float(floats(context.trace.processes, "started")[main][0]) if wall else 0.0
    share = min(saved / whole, 1.0) if whole > 0 else 0.0
    kept = wall - spared_by_one_pool(context.trace) / 1e9 if wall and parts.alike > 1 else 0.0
    who = _who(parts)
    ready = float(np.median(np.maximum(load.ready, 0.0))) / 1e9 if known and load is not None else 0.0
    title = f"{percent(share)} of the {'run' if wall else 'makespan'} went into starting {who}"
    return Finding(
        "startup",
        saved,
        share,
        what=(
            f"For {seconds(saved)} of {seconds(whole)} work waited while {who} started"
            f"{f' ({parts.methods})' if parts.methods else ''}. {parts.sentence}"
        ),
        advice=_advice(parts, _is_crowd(context, parts), load is not None and load.written, kept, wall),
        evidence={
            "lost_seconds": lost.lost_ns / 1e9,
            "without_any_task_seconds": lost.idle_ns / 1e9,
            "ready_median_seconds": ready,
            "workers": parts.workers,
            "pools": parts.pools,
            "start_method": parts.methods,
            **parts.evidence,
            **({"one_pool_seconds": kept} if kept else {}),
        },
        predicted_seconds=None if by_trace else late,
        title=title,
        window_ns=(began, began + context.wall_ns) if wall else None,
    )


def _who(parts: Parts) -> str:
    """Return who was started: "16 workers of 8 pools", or processes, where some are no pool's."""
    if parts.plain or parts.mixed:
        return count(parts.workers, "process", "processes")
    return count(parts.workers, "worker") + (f" of {parts.pools} pools" if parts.pools > 1 else "")


LIGHTER = "hand less over with `initargs`: let the initializer load it, or put it in shared memory"
EARLIER = "start them earlier, while the program does something else"
CHEAPER = {
    "handing over": LIGHTER,
    "unpickling": LIGHTER,
    "imports": "import less in the main module and in the one of the function",
    "initializer": "make the initializer lighter",
    "fork": "start the workers before the program's memory grows, or use `forkserver`",
}
"""What to do about the part that takes longest."""


def _is_crowd(context: Context, parts: Parts) -> bool:
    """Tell whether there are more workers than do any good: more than cores, and they compute."""
    return parts.at_once > context.cores and context.share("blocked") <= WAITING * context.in_tasks


def _advice(parts: Parts, crowd: bool, written: bool, kept: float, wall: float) -> str:
    """Return what to do: fewer starts first, where some are for nothing; then a lighter one.

    `kept` is what the run would take with one pool, in place of `wall` (s); 0 where it had no more.
    """
    fewer = ""
    if parts.alike > 1 or written:
        fewer = f"keep {'the workers' if written else 'one pool'} for the whole program"
        if kept:
            fewer += f" (predicted: {seconds(kept)} in place of {seconds(wall)})"
    elif parts.workers > MANY * parts.at_once * parts.pools:
        fewer = "let each worker live longer (`maxtasksperchild`)"
    lighter = CHEAPER.get(parts.longest, "")
    if parts.plain and lighter == LIGHTER:
        lighter = "hand less over as arguments: load it in the process, or put it in shared memory"
    if parts.longest == "unpickling" and parts.bytes < LARGE_BYTES:
        lighter = ""  # so few bytes are unpickled at once: the rest is imports too short for a span
    if parts.longest == "fork" and parts.spent["fork"] < LARGE_FORK_NS:
        lighter = ""
    if not lighter:
        fewest = f"use fewer {'processes' if parts.plain else 'workers'}" if crowd else ""
        other = "use `forkserver`" if parts.methods == "spawn" else ""
        lighter = ", or ".join(filter(None, (fewest, other))) or ("" if fewer else EARLIER)
    text = "; ".join(filter(None, (fewer, lighter)))
    return f"{text[:1].upper()}{text[1:]}."


def _of_interpreters(context: Context) -> Finding | None:
    """Say it of threads that have an interpreter each, which has to be made."""
    load = context.load
    assert load is not None
    predicted = context.predict(Change(ready_at_once=True)).predicted_ns / 1e9
    late = float(np.median(np.maximum(load.ready, 0.0))) / 1e9
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
