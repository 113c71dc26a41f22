"""The lanes of a run in progress in columns of time: which get a row, and what part of each they ran."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.live.cover import Floats, covered
from tracer.live.people import Lane
from tracer.live.run import LiveRun, Marks


@dataclass(frozen=True)
class Grid:
    """What lanes did, lanes × columns, between `start_ns` and `end_ns` on the journals' clock.

    The shares are those of `tracer.timeline.activity.Activity`.
    """

    start_ns: float
    end_ns: float
    busy: Floats
    starting: Floats
    alive: Floats
    lost: Marks


def rows(run: LiveRun, most: int) -> tuple[list[Lane], list[Lane]]:
    """Return at most so many lanes that have a row of their own, and those for which the last row stands.

    They are in the order in which they were started, processes first. Where there are too many, those
    that are alive are preferred.
    """
    every = sorted(
        run.people.lanes.values(),
        key=lambda lane: (lane.tid is not None, lane.born or lane.ready or run.now, lane.row),
    )
    if len(every) <= most:
        return every, []
    first = set(sorted(every, key=lambda lane: bool(lane.ended))[: most - 1])
    return [lane for lane in every if lane in first], [lane for lane in every if lane not in first]


def grid(run: LiveRun, lanes: list[Lane], rest: list[Lane], columns: int, end_ns: float) -> Grid:
    """Return what these lanes did in so many columns, up to `end_ns` on the journals' clock."""
    edges = np.linspace(run.start_ns, max(end_ns, run.start_ns + 1), columns + 1)
    found = [_shares(run, lanes, edges)] if lanes else []
    if rest:
        *shares, lost = _shares(run, rest, edges)
        means = [share.mean(axis=0, keepdims=True) for share in shares]
        found.append((*means, lost.any(axis=0, keepdims=True)))
    busy, starting, alive, lost = map(np.concatenate, zip(*found, strict=True))
    return Grid(float(edges[0]), float(edges[-1]), busy, starting, alive, lost)


def _shares(run: LiveRun, lanes: list[Lane], edges: Floats) -> tuple[Floats, Floats, Floats, Marks]:
    busy = run.cover.shares([lane.row for lane in lanes], edges - run.origin_ns)
    now, end, width = run.now, float(edges[-1]), edges[1] - edges[0]
    times = [
        (lane.born or lane.ready or lane.ended or now, lane.ready or lane.ended or now, lane.ended or now)
        for lane in lanes
    ]
    born, ready, ended = np.array(times, np.float64).T
    going = [(row, since) for row, lane in enumerate(lanes) for since in lane.running.values()]
    if going:
        places, since = np.array(going, np.int64).T
        np.add.at(busy, places, covered(edges, since.astype(np.float64), np.full(len(since), float(now))))
    lost = np.zeros(busy.shape, np.bool_)
    for row, lane in enumerate(lanes):
        for at in lane.lost:
            lost[row, min(max(int((min(at, end) - edges[0]) / width), 0), len(edges) - 2)] = True
    return np.minimum(busy, 1.0), covered(edges, born, ready), covered(edges, born, ended), lost
