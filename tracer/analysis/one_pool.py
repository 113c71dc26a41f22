"""One pool in place of several that are alike: what their starts and their ends took would be paid once."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np

from tracer.analysis.columns import Integers, floats, integers, look_up
from tracer.analysis.starting import Starts, stall, stall_of, starts
from tracer.analysis.structure.pools import pools
from tracer.tables.tables import Tables


def alike(trace: Tables, found: Starts, use: Integers) -> list[list[int]]:
    """Return the pools by kind, owner and start method, each group in the order of their starts.

    One pool could do the work of a group.
    """
    kinds = {one.number: one.kind for one in pools(trace)}
    groups: dict[tuple[str, int, str], list[int]] = defaultdict(list)
    for place in use.tolist():
        number = int(found.pool[place])
        group = groups[kinds.get(number, ""), int(found.owner[place]), found.method[place]]
        if number not in group:
            group.append(number)
    return list(groups.values())


def spared_by_one_pool(trace: Tables) -> float:
    """Return how much sooner the program would be done if the first pool of each group served for all (ns).

    That is what starts in the others cost, measured as `stall` measures those of all; and how long each but
    the last took to end, from its last result to its workers' exit or to the start of the next.
    """
    found = starts(trace)
    use = np.flatnonzero(~found.replaces)
    groups = alike(trace, found, use[~found.plain[use]])
    kept = np.isin(found.pool[use], [group[0] for group in groups]) | found.plain[use]
    spared = stall(trace).lost_ns - stall_of(trace, use[kept]).lost_ns
    exits = look_up(integers(trace.processes, "process"), found.process, floats(trace.processes, "exited"))
    number, delivered = integers(trace.tasks, "pool"), floats(trace.tasks, "delivered")
    for group in groups:
        for pool, following in pairwise(group):
            results, gone = delivered[number == pool], exits[found.pool == pool]
            if np.isnan(results).all() or np.isnan(gone).all():
                continue
            end = min(float(np.nanmax(gone)), float(found.called[found.pool == following].min()))
            spared += max(end - float(np.nanmax(results)), 0.0)
    return spared
