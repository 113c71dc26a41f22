"""The number of workers that the model likes best, tried over a range, with all cores that they may use."""

from __future__ import annotations

from tracer.analysis.findings.context import Context
from tracer.analysis.model import Change

ERROR = 0.06
"""The model's error in the median of the changes of `tests/benchmarks/whatif.py`: less apart is alike."""


def best_workers(context: Context, most: int) -> tuple[int, float]:
    """Return the fewest workers with which the run is, within the model's error, as short as it can be.

    Tried are the powers of two up to `most`, as many as there are cores, and as many as there were; each with
    all cores that they may use: what others took is not the number's doing. With it comes the makespan then,
    in seconds. Needs a load.
    """
    load = context.load
    present = load.workers if load else 0
    tried = {2**power for power in range(most.bit_length()) if 2**power <= most}
    tried |= {one for one in (context.cores, present) if one <= most} | {present}
    taken = {one: makespan_with(context, one) for one in sorted(tried)}
    enough = (1.0 + ERROR) * min(taken.values())
    fewest = min(one for one, length in taken.items() if length <= enough)
    return fewest, taken[fewest]


def makespan_with(context: Context, workers: int) -> float:
    """Return the makespan with so many workers and all cores, in seconds."""
    load = context.load
    cores = None if load is None or load.takes_turns else context.cores
    return context.predict(Change(workers=workers, cores=cores)).predicted_ns / 1e9
