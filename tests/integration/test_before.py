"""What was there before the trace began is followed on its cores too."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.test_slices import needs_kernel
from tests.support import contract
from tests.support.programs import PROGRAMS, run
from tracer import recording


@needs_kernel
def test_threads_and_a_forkserver_that_were_there_before_are_followed(tmp_path: Path) -> None:
    """An early thread's slices are its CPU time, an early forkserver's children have slices; no loss.

    (Within 3 % and 5 ms, as for the workers in `test_slices`.)
    """
    out = tmp_path / "out"
    ended = run(tmp_path, [str(PROGRAMS / "before.py"), str(out)], traced=False)
    assert (ended.code, ended.stderr) == (0, "")
    said = json.loads(ended.stdout)
    assert said["losses"] == {}
    assert contract.breaches(out / "trace") == []
    trace = recording.load(out)
    assert trace.meta["core_source"] == "kernel"
    lasted = trace.slices["end"] - trace.slices["start"]
    assert abs(lasted[trace.slices["tid"] == said["tid"]].sum() - said["used"]) <= (
        0.03 * said["used"] + 5_000_000
    )
    workers = trace.processes["process"][trace.processes["role"] == "worker"]
    assert len(workers) == 2
    tasks = trace.tasks
    held = lasted.groupby(trace.slices["process"]).sum()
    for process, mine in tasks.groupby("process"):
        assert held[process] >= 5_000_000 * len(mine)
    assert set(workers) >= set(tasks["process"])
