"""Gaps: where in its runs a thread had no core, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Booleans, Floats, Integers
from tracer.analysis.cores.shortage import Shortage
from tracer.analysis.cores.slices import BLOCKED, OTHER, PREEMPTED, HeldCores
from tracer.analysis.intervals import union


@dataclass(frozen=True)
class Gaps:
    """Intervals within runs, arrays of one length: a thread had no core from `start_ns` to `end_ns`."""

    process: Integers
    tid: Integers
    start_ns: Floats
    end_ns: Floats


def gaps_in(
    holds: HeldCores,
    process: Integers,
    tid: Integers,
    start: Floats,
    end: Floats,
    had: Shortage | None = None,
) -> dict[str, Gaps]:
    """Return where the given runs had no core: in all the rest of them their thread held one.

        preempted   it could have run, from a preemption to the thread's next slice
        other_programs   likewise, while other programs had a core; `had` tells, if it is known
        blocked     it waited for something else than a core
        unknown     it was not seen on one: events were lost, the thread has no slices, or all is samples

    Runs of one thread that overlap count once.
    """
    thread = holds.find(process, tid)
    seen = (thread >= 0) & (end > start)
    runs = union(holds.key(thread[seen], start[seen]), holds.key(thread[seen], end[seen]))
    result = {}
    for name, left in (("preempted", PREEMPTED), ("blocked", BLOCKED), ("unknown", OTHER)):
        found = holds.gaps(left).both(runs)
        code, since = holds.apart(found.start)
        begun, length = since.astype(np.float64), (found.end - found.start).astype(np.float64)
        result[name] = Gaps(holds.process[code], holds.tid[code], begun, begun + length)
    unseen: Booleans = (thread < 0) & (end > start)
    result |= _parted(result["preempted"], had)
    lost = result["unknown"]
    result["unknown"] = Gaps(
        np.append(lost.process, process[unseen]),
        np.append(lost.tid, tid[unseen]),
        np.append(lost.start_ns, start[unseen]),
        np.append(lost.end_ns, end[unseen]),
    )
    return result


def _parted(gaps: Gaps, had: Shortage | None) -> dict[str, Gaps]:
    """Return the gaps by who had the core; all are siblings' where that is not known."""
    if had is None:
        return {"other_programs": Gaps(gaps.process[:0], gaps.tid[:0], gaps.start_ns[:0], gaps.end_ns[:0])}
    row, start, end, theirs = had.parted(gaps.process, gaps.start_ns, gaps.end_ns)
    return {
        name: Gaps(gaps.process[row[which]], gaps.tid[row[which]], start[which], end[which])
        for name, which in (("preempted", ~theirs), ("other_programs", theirs))
    }


def woken_ns(delay: Floats, preempted_ns: float) -> float | None:
    """Return how long tasks were woken and had no core yet; None where the delay of any is not known.

    A switch tells when a thread blocks, not when it is woken: it counts as blocked until it has a core again.
    The kernel's run-queue delay of a task (`runq_ns`) counts from a wake-up as well as from a preemption, so
    all of it that is not from preemptions is from wake-ups.
    """
    if not delay.size or np.isnan(delay).any():
        return None
    return max(float(delay.sum()) - preempted_ns, 0.0)
