"""Slices against what `perf record` saw of the same run: another recorder's, read by another decoder."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.integration.conftest import METHODS
from tests.integration.test_slices import needs_kernel
from tests.support.programs import LIMIT_S, PROGRAMS, Place, command, place
from tracer import run_folder
from tracer.record import schema
from tracer.tables.tables import Tables

TASKS = 300
BEGINNING_NS = 10_000_000
"""Perf sees the main process from its first instant on, the tracer from when it attached its events."""
NEAR_NS = 20_000
"""In each switch the kernel reads the clock for one of us after the other: a microsecond apart …"""
FAR_NS = 50_000_000
"""… but where a virtual machine's host takes the core away between the two."""
NEAR_SHARE = 0.99

_PERF = shutil.which("perf")
_LINE = re.compile(r"\s*(\d+)/(\d+)\s+\[(\d+)\]\s+(\d+)\.(\d{9}): (PERF_RECORD_\w+)(.*)")

pytestmark = [
    needs_kernel,
    pytest.mark.skipif(_PERF is None, reason="perf is not installed (on Debian: apt-get install linux-perf)"),
]


@dataclass
class Seen:
    """The same run twice: as the tracer has it, and the switches (pid, tid, core, time, what) perf has."""

    trace: Tables
    origin: int
    switches: pd.DataFrame


def perf(here: Place, *words: str) -> str:
    """Run perf; skip the test, with what perf says, where it cannot do that."""
    done = subprocess.run(
        [str(_PERF), *words],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        cwd=here.folder,
        env=here.environment(),
        check=False,
    )
    if done.returncode:
        pytest.skip(f"perf {words[0]} does not work here: {done.stderr.strip()[-300:]}")
    return done.stdout


def parse(text: str) -> Iterator[tuple[int, int, int, int, str]]:
    """Yield the switches that `perf script` printed: "in", "blocked", "preempted", "exited"."""
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        pid, tid, core, time = int(found[1]), int(found[2]), int(found[3]), int(found[4] + found[5])
        assert found[6] != "PERF_RECORD_LOST", "perf itself lost records"
        if found[6] == "PERF_RECORD_EXIT":
            yield pid, tid, core, time, "exited"
        elif found[6] == "PERF_RECORD_SWITCH":
            out = "preempted" if "preempt" in found[7] else "blocked"
            yield pid, tid, core, time, out if "OUT" in found[7] else "in"


@pytest.fixture(scope="module", params=METHODS)
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """One run of `programs/cores.py`, under the tracer, under perf."""
    program = [str(PROGRAMS / "cores.py"), request.param, str(TASKS)]
    with place(tmp_path_factory.mktemp("perf")) as here:
        events = ["-k", "CLOCK_MONOTONIC", "-e", "dummy:u", "--switch-events", "--sample-cpu"]
        perf(here, "record", "-q", "-m", "128", "-o", "data", *events, "--", *command(here.out, program))
        here.assert_nothing_left()
        shown = ["--show-switch-events", "--show-task-events", "--show-lost-events", "-F", "pid,tid,cpu,time"]
        text = perf(here, "script", "-i", "data", "--ns", *shown)
    session = json.loads((here.out / schema.JOURNAL_FOLDER / schema.SESSION_FILE).read_text())
    switches = pd.DataFrame(parse(text), columns=["pid", "tid", "core", "time", "what"])
    return Seen(run_folder.load(here.out), session["origin_ns"], switches)


def of_the_program(seen: Seen) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the switches of the program's threads as the slices tell them, and as perf does.

    Those of the main process from `BEGINNING_NS` after its first slice on.
    """
    slices, processes = seen.trace.slices, seen.trace.processes
    starts, ends = (slices[["pid", "tid", "core"]].copy() for _ in range(2))
    starts["time"], starts["what"] = slices["start"] + seen.origin, "in"
    ends["time"], ends["what"] = slices["end"] + seen.origin, slices["reason"]
    ours = pd.concat([starts, ends[ends["what"] != "running"]])
    theirs = seen.switches[seen.switches["pid"].isin(processes["pid"][processes["role"] != "tracer"])]
    main = processes["pid"][processes["role"] == "main"].iloc[0]
    begin = ours["time"][ours["pid"] == main].min() + BEGINNING_NS
    return tuple(
        one[(one["pid"] != main) | (one["time"] > begin)].sort_values("time", kind="stable")
        for one in (ours, theirs)
    )


def test_perf_saw_the_same_switches_on_the_same_cores_at_the_same_times(seen: Seen) -> None:
    """Each thread of the program: the same switches in the same order, for the same reasons.

    What perf has beyond is of the moment between the trace's end and the process's.
    """
    ours, theirs = of_the_program(seen)
    assert set(ours["tid"]) == set(theirs["tid"])
    assert len(ours) > 2 * TASKS
    last = ours["time"].max()
    by_thread = dict(iter(theirs.groupby("tid")))
    apart = []
    for tid, mine in ours.groupby("tid"):
        perfs = by_thread[tid]
        assert (perfs["time"][len(mine) :] > last - NEAR_NS).all()
        perfs = perfs[: len(mine)]
        assert mine["what"].tolist() == perfs["what"].tolist()
        assert mine["core"].tolist() == perfs["core"].tolist()
        apart.append(perfs["time"].to_numpy(np.int64) - mine["time"].to_numpy(np.int64))
    far = np.abs(np.concatenate(apart))
    assert (far <= NEAR_NS).mean() >= NEAR_SHARE
    assert far.max() <= FAR_NS


def test_perf_itself_agrees_that_nothing_was_lost(seen: Seen, tmp_path: Path) -> None:
    """No loss is counted, and no slice is cut."""
    assert seen.trace.meta["losses"] == {}
    assert "unknown" not in set(seen.trace.slices["reason"])
