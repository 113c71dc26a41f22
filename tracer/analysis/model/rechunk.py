"""Rechunking: the same items, handed over in chunks of another size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tracer.analysis.columns import Booleans, Floats, Integers
from tracer.analysis.model.contention import MAKING, Toll, no_toll
from tracer.analysis.model.workload import PIPE_BYTES, SMALL_MESSAGE_NS, SUBMIT_NS, Workload

SMALL_BYTES = 4096
HAND_OVER_NS = 60_000.0
"""An owner that is woken for a small message is done with it sooner (20 to 50 µs, measured)."""
CALL_NS = 800.0
"""What a task costs a worker around its function however short that is (0.75 µs, measured)."""
ITEM_NS = 100.0
"""What a step costs for each small item, at most: pickling a number takes some tens of nanoseconds."""
MOST_ITEMS = 1 << 20
"""Items are told apart one by one up to so many, some 80 bytes each; and so many chunks are played."""
STEPS = ("make", "serialize", "write", "receive", "reply", "gap", "collect", "unpickle", "pack")


def rechunked(load: Workload, chunksize: int) -> Workload:
    """Return the workload with so many items a task, within each job; the last one of a job may be shorter.

    What a message costs however small it is, is paid once a task; the rest of each step goes with the items.
    A job that came in chunks of that size stays as it was, and so does each chunk that there was before.
    Of very many items, each task is cut up by itself. Raises ValueError where that makes too many chunks.
    """
    if int(load.items.sum()) > MOST_ITEMS:
        if chunksize == 1:
            raise ValueError(f"so many chunks are more than the model plays ({MOST_ITEMS:,})")
        cut = rechunked(replace(load, items=-(-load.items // chunksize)), 1)
        return replace(cut, items=cut.items * chunksize)
    whose = np.repeat(np.arange(len(load)), load.items)
    heads = np.flatnonzero(_opens(load, whose, chunksize))
    counts = np.diff(np.append(heads, whose.size))
    was = whose[heads]
    kept = (counts == load.items[was]) & (np.append(-1, whose)[heads] != was)
    if kept.all():
        return load
    share = 1.0 / load.items[whose]

    def by_items(values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values[whose] * share, heads))

    begins = np.append(True, load.burst[was][1:] != load.burst[was][:-1])

    def of_message(step: Floats, own: bool = False) -> Floats:
        fixed, rest = _parts(load, step, own)
        new = fixed + by_items(rest)
        if not own:  # what a burst's first message took longer, it took for the workers' start
            new = np.where(begins, np.maximum(new, step[was]), new)
        return np.where(kept, step[was], new)

    def of_owner(parts: Floats) -> Floats:
        # What it takes from a worker, it takes for a message: the mean, for most lose nothing and some much.
        # More than a small message needs is a time slice, of which there are as many as time goes by.
        each = np.minimum(parts, HAND_OVER_NS) if _is_small(load) else parts
        new = np.repeat(each.mean(axis=1, keepdims=True), heads.size, axis=1)
        new += np.array([by_items(part) for part in parts - each])
        if _is_own(load, "make"):
            new[MAKING] = by_items(parts[MAKING])
        return np.where(kept, parts[:, was], new)

    known = load.toll or no_toll(len(load))
    toll = known.each(of_owner)
    called = np.minimum(
        CALL_NS, np.maximum(load.work - load.unpickle - load.pack - known.lost.sum(axis=0), 0.0)
    )
    run = load.work - load.unpickle - load.pack - known.lost.sum(axis=0) - called
    if (taken := _taken(known, toll)) is not None:
        toll = replace(
            toll, lost=np.where(kept, toll.lost, taken[0]), aside=np.where(kept, toll.aside, taken[1])
        )
    aside = known.aside.sum(axis=0)
    steps: dict[str, Any] = {name: of_message(getattr(load, name), _is_own(load, name)) for name in STEPS}
    reply = of_message(np.maximum(load.reply - aside, 0.0)) + toll.aside.sum(axis=0)
    steps["reply"] = np.where(kept, load.reply[was], reply)
    work = by_items(run) + float(np.median(called)) + toll.lost.sum(axis=0)
    steps["work"] = np.where(kept, load.work[was], work + steps["unpickle"] + steps["pack"])
    for name in ("rest", "args_bytes", "result_bytes"):
        steps[name] = by_items(getattr(load, name))
    large = steps["args_bytes"] + 4 > PIPE_BYTES
    steps["write"] = np.where(large, steps["write"], np.maximum(steps["write"], 0.0))
    return replace(
        load,
        items=counts,
        burst=load.burst[was],
        job=load.job[was],
        row=None,
        follows=None,  # what hands over one item when another is done would not wait for a chunk to be full
        lag=None,
        after=_submitted(load, whose, share, heads),
        toll=toll,
        **steps,
    )


def _taken(was: Toll, now: Toll) -> tuple[Floats, Floats] | None:
    """Return `lost` and `aside` of each new task: as much of the time that its owner holds a core as before.

    None where that time is not known.
    """
    spent = was.spent.sum(axis=1, keepdims=True)
    if spent.sum() <= 0:
        return None
    part = [
        np.where(spent > 0, cost.sum(axis=1, keepdims=True) / np.maximum(spent, 1.0), 0.0)
        for cost in (was.lost, was.aside)
    ]
    return now.spent * part[0], now.spent * part[1]


def _is_own(load: Workload, name: str) -> bool:
    """Tell whether a step is the program's own, not the machinery's: in an executor nothing is made there."""
    return name == "make" and load.ahead is None


def _is_small(load: Workload) -> bool:
    """Tell whether most messages are small both ways."""
    return float(np.median(np.maximum(load.args_bytes, load.result_bytes))) <= SMALL_BYTES


def _submitted(load: Workload, whose: Integers, share: Floats, heads: Integers) -> Floats:
    """Return when each chunk is submitted: a call costs what it did, what the program did between stays."""
    opens = np.append(True, load.burst[1:] != load.burst[:-1])
    between = np.where(opens, 0.0, np.maximum(np.diff(load.after, prepend=0.0), 0.0))
    each = float(np.median(between[~opens])) if not opens.all() else 0.0
    each = each if each <= SUBMIT_NS else 0.0
    own = np.maximum(between - each, 0.0)
    pause = each + np.add.reduceat(own[whose] * share, heads)
    burst = load.burst[whose][heads]
    first = np.append(True, burst[1:] != burst[:-1])
    start = load.after[whose][heads]
    pause[first] = start[first]
    total = np.cumsum(pause)
    base = np.repeat(total[first] - start[first], np.diff(np.append(np.flatnonzero(first), heads.size)))
    return np.asarray(total - base)


def _parts(load: Workload, step: Floats, own: bool) -> tuple[float, Floats]:
    """Return what a step costs any message, and what of each one's step goes with its items.

    Of small messages a step costs about the same whatever is in them; of large ones their size decides. What
    is the program's `own` takes as long for each item however they are handed over.
    """
    if not own and _is_small(load):
        return float(np.median(step)), np.minimum(step, ITEM_NS * load.items)
    fixed = float(min(np.percentile(step, 5), SMALL_MESSAGE_NS))
    return fixed, np.maximum(step - fixed, 0.0)


def _opens(load: Workload, whose: Integers, chunksize: int) -> Booleans:
    """Tell which items are the first of a chunk; `whose` is the task that each one came in."""
    job = load.job[whose]
    begins = np.append(True, job[1:] != job[:-1])
    start = np.flatnonzero(begins)
    length = np.diff(np.append(start, job.size))
    within = np.arange(job.size) - np.repeat(start, length)
    largest = np.repeat(np.maximum.reduceat(load.items[whose], start), length)
    first = np.append(True, whose[1:] != whose[:-1])
    return np.asarray(begins | np.where(largest == chunksize, first, within % chunksize == 0))
