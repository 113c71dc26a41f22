"""What the live view counts of real runs is what their tables say at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.integration.conftest import Both
from tracer.analysis.structure.zero import zero
from tracer.live.grid import grid, rows
from tracer.live.run import LiveRun
from tracer.record import schema
from tracer.tables.meta import read_session
from tracer.timeline.activity import activity, workers

PROGRAMS = [
    *(("pools", method) for method in ("fork", "spawn")),
    *(("executors", method) for method in ("fork", "forkserver")),
    ("threads",),
    ("processes", "fork"),
    ("deaths", "fork"),
]


def followed(journals: Path) -> LiveRun:
    """The live run of journals whose run is over, looked at twice: what died shows at the second look."""
    meta, main_end = read_session(journals / schema.SESSION_FILE)
    run = LiveRun(journals, int(meta["origin_ns"]))
    ends = int((main_end or {}).get("exited") or meta["origin_ns"] + 1)
    run.look(ends)
    run.look(ends)
    return run


@pytest.mark.parametrize("words", PROGRAMS, ids="-".join)
def test_counts_are_those_of_the_tables(both: Both, words: tuple[str, ...]) -> None:
    """As many tasks are done and lost; only those that a worker never began are not seen to be lost."""
    ended = both(*words).traced
    run = followed(ended.out / schema.JOURNAL_FOLDER)
    tasks: Any = ended.trace.tasks
    counts = run.counts()
    lost = tasks["status"].eq("lost") & tasks["run_start"].notna() & tasks["run_end"].isna()
    assert counts.done == tasks["status"].isin(["ok", "error"]).sum()
    assert counts.lost == lost.sum()
    assert counts.running == 0
    run.close()


@pytest.mark.parametrize("words", [("pools", "fork"), ("executors", "fork")], ids="-".join)
def test_what_was_handed_over_is_known(both: Both, words: tuple[str, ...]) -> None:
    """By the jobs of pools and the count of executors: each pool has as many tasks as its table."""
    ended = both(*words).traced
    run = followed(ended.out / schema.JOURNAL_FOLDER)
    expected = ended.trace.tasks.groupby("pool").size()
    kinds = ended.trace.tasks.groupby("pool")["kind"].first()
    known = sorted((pool.kind, pool.total) for pool in run.tasks.pools.values() if pool.total)
    assert known == sorted(zip(kinds.tolist(), expected.tolist(), strict=True))
    assert all(pool.is_counted for pool in run.tasks.pools.values() if pool.total)
    run.close()


@pytest.mark.parametrize("words", PROGRAMS, ids="-".join)
def test_lanes_are_those_of_the_timeline(both: Both, words: tuple[str, ...]) -> None:
    """The same lanes, in the same order, ran for as long, and the same part of each column.

    A process that was ended before it could write has no journal, and no lane until the tables are made.
    """
    ended = both(*words).traced
    run = followed(ended.out / schema.JOURNAL_FOLDER)
    lanes = workers(ended.trace)
    shown, rest = rows(run, 1000)
    names = [lane.name for lane in shown]
    places = [place for place, lane in enumerate(lanes) if lane.name in names]
    assert (names, rest) == ([lanes[place].name for place in places], [])
    expected = activity(ended.trace, [lanes[place] for place in places], 40)
    if expected is None:
        return
    codes = ended.trace.processes.set_index("process")["exitcode"]
    fine = np.array([codes[lane.process] == 0 for lane in expected.lanes])  # others: when they were seen dead
    ran = np.array([run.busy_ns(lane) for lane in shown])
    assert ran[fine].tolist() == pytest.approx(expected.run_ns[fine].tolist())
    made = grid(run, shown, rest, 40, expected.end_ns + run.origin_ns)
    assert made.start_ns - run.origin_ns == expected.start_ns
    assert run.zero_ns - run.origin_ns == zero(ended.trace).ns
    column = (made.end_ns - made.start_ns) / 40
    assert np.abs(made.busy - expected.busy)[fine].max(initial=0) <= 2 * run.cover.width_ns / column + 1e-9
    run.close()
