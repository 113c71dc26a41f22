"""What was there before the trace began is followed on its cores too."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.test_slices import needs_kernel
from tests.support import contract
from tests.support.programs import PROGRAMS, run
from tracer import run_folder


@needs_kernel
def test_threads_and_a_forkserver_that_were_there_before_are_followed(tmp_path: Path) -> None:
    """An early thread's slices hold its CPU time, an early forkserver's children have slices; no loss.

    (And half as much at most beside it: what a virtual machine's host takes away counts in a slice alone.)
    """
    out = tmp_path / "out"
    ended = run(tmp_path, [str(PROGRAMS / "before.py"), str(out)], traced=False)
    assert (ended.code, ended.stderr) == (0, "")
    said = json.loads(ended.stdout)
    assert said["losses"] == {}
    assert contract.breaches(out / "trace") == []
    trace = run_folder.load(out)
    assert trace.meta["core_source"] == "kernel"
    lasted = trace.slices["end"] - trace.slices["start"]
    held = lasted[trace.slices["tid"] == said["tid"]].sum()
    assert 0.97 * said["used"] - 5_000_000 <= held <= 1.5 * said["used"] + 5_000_000
    workers = trace.processes["process"][trace.processes["role"] == "worker"]
    assert len(workers) == 2
    tasks = trace.tasks
    by_process = lasted.groupby(trace.slices["process"]).sum()
    for process, mine in tasks.groupby("process"):
        assert by_process[process] >= 5_000_000 * len(mine)
    assert set(workers) >= set(tasks["process"])
