"""Several pools in a program: which of them are judged, and what is said of each once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tracer.analysis.findings.context import Context, context_of
from tracer.analysis.findings.finding import WORTH, Finding, seconds
from tracer.analysis.intervals import union
from tracer.analysis.structure.pools import pools
from tracer.tables.tables import Tables
from tracer.wording import percent

JUDGED = 24
"""So many pools are judged at most, the longest; more of them are alike, or short."""

LISTED = 6
"""Numbers of more pools than this are no news to a reader."""


def contexts_of(trace: Tables) -> list[Context]:
    """Return a context for each pool that holds enough of the wall time, the principal one first.

    It is the longest, but for those whose tasks wait for tasks of their own. The others come by their length.

    It is the run's own where there is but one, or none.
    """
    principal, known = context_of(trace), pools(trace)
    if len(known) < 2 or principal.load is None or not principal.load.pooled:
        return [principal]
    first = principal.load.pool
    least = WORTH * max(principal.wall_ns, principal.load.measured_ns)
    chosen = [one for one in known if one.last - one.first >= least or one.number == first]
    chosen.sort(key=lambda one: (one.number != first, one.first - one.last))
    made = [Context(trace, one, several=True) for one in chosen[:JUDGED]]
    made = [one for one in made if one.load is not None and one.pool and one.load.pool == one.pool.number]
    return made if any(one.load.pool == first for one in made if one.load) else [principal]


def named(context: Context, finding: Finding) -> Finding:
    """Return a finding that says which pool it is about."""
    if not context.name:
        return finding
    length = f"{seconds(context.makespan)}"
    if context.wall_ns > 0:
        length += f", {percent(min(context.makespan * 1e9 / context.wall_ns, 1.0))} of the run"
    what = f"In {context.name}, which took {length}: {finding.what}"
    title = f"{finding.title} (pool {context.load.pool})" if context.load else finding.title
    return replace(finding, pool=context.name, what=what, title=title)


def joined(found: list[tuple[Context, Finding]]) -> list[Finding]:
    """Return the findings of all contexts, with those of one kind in pools of one kind said once.

    Such a finding has the seconds of all, and is told by the pool in which it weighs most. Of pools that run
    at the same time they count once. What the same rule says of all pools in the same words is about the
    program.
    """
    groups: dict[tuple[str, str, bool], list[tuple[Context, Finding]]] = {}
    for context, one in found:
        kind = context.load.kind if context.load else ""
        groups.setdefault((one.code, kind, one.nothing_gained), []).append((context, one))
    result = []
    for members in groups.values():
        members.sort(key=lambda member: -member[1].seconds)
        context, first = members[0]
        if len(members) > 1 and len({one.what for _, one in members}) == 1:
            result.append(first)
            continue
        first = named(context, first)
        result.append(_summed(members, first) if len(members) > 1 else first)
    return result


def _summed(members: list[tuple[Context, Finding]], first: Finding) -> Finding:
    """Return a finding of several pools as one: `first` is the one that weighs most."""
    context = members[0][0]
    windows = np.array([one.window for one, _ in members], np.float64)
    length, wall = float(np.diff(windows).sum()) / 1e9, context.wall_ns / 1e9
    each = sum(one.seconds for _, one in members)
    together = union(windows[:, 0], windows[:, 1]).length / 1e9
    total = each * together / length if length > 0 else each
    listed = _listed(sorted(one.load.pool for one, _ in members if one.load))
    what = f"{first.what} The same in {len(members)} pools ({listed}): {seconds(total)} in all."
    return replace(
        first,
        what=what,
        seconds=total,
        share=min(each / length, 1.0) if length > 0 else first.share,
        of_wall=min(total / wall, 1.0) if wall > 0 else None,
        pool=f"pools {listed}",
    )


def _listed(numbers: list[int]) -> str:
    """Return numbers in words, the middle of many left out."""
    words = [str(number) for number in numbers]
    return ", ".join(words if len(words) <= LISTED else [*words[:3], "…", words[-1]])
