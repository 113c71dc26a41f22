"""A user without any privilege gets the same slices as root, under every start method."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.integration.test_slices import on_core, refused
from tests.support.programs import LIMIT_S, PROGRAMS, REPOSITORY, Ended, command, place
from tracer.record import kernel_refusal

NOBODY = 65534
TASKS = 300
_BECOME = [
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *(
        f"--{which}=-all,+dac_read_search"  # nothing but to read this Python, which may lie in root's home
        for which in ("inh-caps", "ambient-caps", "bounding-set")
    ),
]


def _cannot() -> str:
    """Say why a program cannot be run as nobody here, or nothing."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "only root can become another user; the other tests of slices ran as an ordinary one"
    probe = [*_BECOME, sys.executable, "-c", "import tracer, os; print(os.geteuid())"]
    try:
        done = subprocess.run(
            probe, capture_output=True, text=True, timeout=LIMIT_S, cwd=REPOSITORY, check=False
        )
    except OSError as error:
        return f"setpriv (of util-linux): {error.strerror}"
    if done.stdout != f"{NOBODY}\n":
        return f"nobody cannot run the tracer: {done.stderr.strip()[-200:]}"
    level = kernel_refusal.paranoid()
    if level is None or level > 2:
        return f"kernel.perf_event_paranoid is {level}: switch events are for root alone"
    return refused()


pytestmark = pytest.mark.skipif(bool(_cannot()), reason=_cannot())


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder of nobody's own: pytest's are closed to others."""
    path = Path(tempfile.mkdtemp(prefix="nobody-", dir="/tmp"))
    os.chown(path, NOBODY, NOBODY)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def ended(folder: Path, method: str) -> Ended:
    """One run of `programs/cores.py` as nobody."""
    with place(folder) as here:
        os.chown(here.sockets, NOBODY, NOBODY)
        done = subprocess.run(
            [*_BECOME, *command(here.out, [str(PROGRAMS / "cores.py"), method, str(TASKS)])],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            cwd=folder,
            env=here.environment(),
            check=False,
        )
        here.assert_nothing_left()
    return Ended(here.out, done.returncode, done.stdout, done.stderr)


def test_slices_are_whole_and_keep_the_contract(ended: Ended) -> None:
    """The kernel's own switches, no loss, nothing that the contract's checker finds; on-core time is right.

    (At least the threads' own clocks, over all tasks, and half as much more at most: see `test_before`. How
    exact it is is told by `test_slices`.)
    """
    assert (ended.code, ended.stderr) == (0, "")
    trace = ended.trace
    assert (trace.meta["core_source"], trace.meta["losses"]) == ("kernel", {})
    assert ended.breaches == []
    assert trace.slices["process"].isin(trace.processes["process"]).all()
    assert not len(trace.others)
    tasks = ended.tasks("compute").dropna(subset=["cpu_ns"])
    assert len(tasks) > 0.9 * TASKS
    by_thread = dict(iter(trace.slices.groupby(["process", "tid"])))
    held = [on_core(by_thread[t.process, t.worker_tid], t.run_start, t.run_end) for t in tasks.itertuples()]
    used = tasks["cpu_ns"].to_numpy(np.int64).sum()
    assert 0.97 * used <= sum(held) <= 1.5 * used
    workers = trace.processes[trace.processes["role"] == "worker"]
    assert (workers["forked"] <= workers["started"]).all()
    assert workers["exited"].notna().all()
