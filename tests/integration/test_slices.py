"""Slices from the kernel against what the program's own clocks say: two independent sources."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.integration.conftest import Both
from tests.support.programs import Ended
from tracer.record import collecting, kernel, kernel_refusal, sampling
from tracer.tables.switches import RUNNING, read_switches

TASKS = 1000
STOLEN_GRAIN_NS = 10_000_000 * (os.cpu_count() or 1)
"""The system tells what was stolen in ticks of each core."""


def refused() -> str:
    try:
        with tempfile.TemporaryDirectory() as folder:
            kernel.Switches(Path(folder), [os.getpid()]).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""


needs_kernel = pytest.mark.skipif(bool(refused()), reason=f"no switch events on this machine: {refused()}")


@pytest.fixture
def ended(both: Both, method: str) -> Ended:
    """One run of `programs/cores.py`."""
    return both("cores", method, str(TASKS)).traced


def on_core(slices: pd.DataFrame, start: int, end: int) -> int:
    """Return for how long of an interval the slices of one thread held a core."""
    held = np.minimum(slices["end"], end) - np.maximum(slices["start"], start)
    return int(np.maximum(held, 0).sum())


def stolen_and_used(ended: Ended) -> tuple[int, int]:
    """Return what the machine's host took away from the program, and what its workers have used."""
    stolen, used = ended.stdout.split()[-2:]
    return int(stolen) + STOLEN_GRAIN_NS, int(used)


@needs_kernel
def test_a_task_s_time_on_cores_agrees_with_its_thread_s_own_clock(ended: Ended) -> None:
    """Within 1 %, or 50 µs and 10 µs a slice, in 98 of 100 tasks; within 1 % over all of them.

    (A virtual machine's own host takes a core away now and then, which counts in a slice and not in the
    thread's clock: so much more the slices may be.)
    """
    by_thread = dict(iter(ended.trace.slices.groupby(["process", "tid"])))
    tasks = ended.tasks("compute").dropna(subset=["cpu_ns"])
    assert len(tasks) > 0.9 * TASKS
    held, allowed = [], []
    for task in tasks.itertuples():
        mine = by_thread[task.process, task.worker_tid]
        near = mine[(mine["end"] > task.run_start) & (mine["start"] < task.run_end)]
        held.append(on_core(near, task.run_start, task.run_end))
        allowed.append(max(0.01 * task.cpu_ns, 50_000 + 10_000 * len(near)))
    difference = np.array(held) - tasks["cpu_ns"].to_numpy(dtype=np.float64)
    stolen, used = stolen_and_used(ended)[0], tasks["cpu_ns"].sum()
    outside = np.abs(difference) > np.array(allowed)
    longer = outside & (difference > 0)
    if difference[longer].sum() <= stolen:  # the host took those cores away
        outside &= ~longer
    assert outside.mean() <= 0.02
    assert -0.01 * used <= difference.sum() <= 0.01 * used + stolen


@needs_kernel
def test_slices_do_not_overlap(ended: Ended) -> None:
    """No two slices share a core at one time, and no thread is on two cores: the contract's checker."""
    assert ended.trace.meta["core_source"] == "kernel"
    assert ended.breaches == []
    assert ended.trace.meta["losses"] == {}


@needs_kernel
def test_the_workers_slices_sum_to_their_resource_usage(ended: Ended, method: str) -> None:
    """Within 1 % and 5 ms of what the system tells the program that its children have used.

    (And what a virtual machine's host took away, as above. The usage counts what a child does in its exit
    after its last slice has ended: the 5 ms.)
    """
    trace = ended.trace
    held = (trace.slices["end"] - trace.slices["start"]).groupby(trace.slices["process"]).sum()
    workers = trace.processes[trace.processes["role"] == "worker"]["process"]
    stolen, used = stolen_and_used(ended)
    if method == "forkserver":
        pytest.skip("a forkserver's children are not the program's")
    allowed = 0.01 * used + 5_000_000
    assert -allowed <= held[workers].sum() - used <= allowed + stolen


@needs_kernel
def test_the_kernel_tells_forks_and_exits_of_every_process(ended: Ended) -> None:
    """Each child's fork lies between the call of start and its first line; a subprocess has a row."""
    processes = ended.trace.processes
    workers = processes[processes["role"] == "worker"]
    assert (workers["forked"] >= workers["start_called"]).all()
    assert (workers["forked"] <= workers["started"]).all()
    assert workers["exited"].notna().all()
    assert (processes["role"] == "subprocess").sum() == 1
    named = ended.trace.slices["process"].isin(processes["process"])
    assert named.all()


@needs_kernel
def test_threads_that_fight_for_the_gil_take_turns(ended: Ended) -> None:
    """The threads of a pool hold cores, all together, for hardly more than one core's worth of time."""
    spins = ended.tasks("spin")
    start, end = spins["run_start"].min(), spins["run_end"].max()
    slices = ended.trace.slices
    mine = slices[slices["tid"].isin(spins["worker_tid"])]
    assert on_core(mine, start, end) <= 1.3 * (end - start)


@needs_kernel
def test_a_real_ring_that_overflows_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of switches that nobody drains: a full ring, and the kernel's own count of the lost.

    What is left is still true: no two slices of a core overlap, none ends before it begins. (Whether one is
    cut depends on what comes just before the loss.)
    """
    monkeypatch.setattr(kernel, "ring_bytes", lambda cpus: 1 << 16)  # 2048 switches
    switches = kernel.Switches(tmp_path, [os.getpid()])
    echo = "import os\nwhile os.read(0, 1): os.write(1, b'x')"
    with subprocess.Popen(
        [sys.executable, "-c", echo], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for messages in (10_000, 100):
            for _ in range(messages):
                child.stdin.write(b"x")
                child.stdout.read(1)
            switches.drain()
        child.stdin.close()
        child.wait(timeout=60)
    assert switches.full > 0
    switches.close()
    found = read_switches(tmp_path)
    assert found.lost > 1000
    for one in found.slices:
        ended = one.reason != RUNNING
        assert (one.end[ended] >= one.start[ended]).all()
        assert (one.start[1:] >= one.end[:-1]).all()


def test_sampling_follows_a_process_and_what_it_starts(tmp_path: Path) -> None:
    """The sum of a busy process's samples is its CPU time, as far as two samples are apart."""
    if not Path("/proc/self/schedstat").exists():
        pytest.skip("no /proc")
    from tracer.tables.samples import read_samples

    sampler = sampling.Sampler(tmp_path, [os.getpid()])
    sampler.drain()
    for _ in range(20):
        sum(range(200_000))
        sampler.drain()
    sampler.close()
    (found,) = read_samples(tmp_path)
    own = found.tid == os.getpid()
    assert own.sum() > 5
    assert (found.end[own] > found.start[own]).all()


def test_a_process_that_starts_between_two_samples_counts_from_its_start(tmp_path: Path) -> None:
    """What it had of the cores before it was first sampled is in its first slice."""
    if not Path("/proc/self/schedstat").exists():
        pytest.skip("no /proc")
    from tracer.tables.samples import read_samples

    sampler = sampling.Sampler(tmp_path, [os.getpid()])
    sampler.drain()
    code = "import time\nwhile time.process_time() < 0.05: pass\nprint(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        sampler.drain()
        child.communicate(b"\n", timeout=60)
    sampler.close()
    (found,) = read_samples(tmp_path)
    assert (found.end - found.start)[found.pid == child.pid].sum() >= 50_000_000


def test_where_the_kernel_refuses_the_next_best_is_taken_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused switch events: samples, with the reason; refused samples too: stamps, with both reasons."""

    def refuse(*_: object) -> int:
        raise kernel_refusal.KernelRefused(1, "forbidden for this test")

    monkeypatch.setattr(kernel, "open_event", refuse)
    follower, cores = collecting._begin_to_follow(tmp_path, [os.getpid()], "auto")
    assert follower is not None
    follower.close()
    assert (cores["source"], cores["why"]) == ("sampled", "forbidden for this test")
    follower, cores = collecting._begin_to_follow(tmp_path, [2**22 + 1], "auto")
    assert follower is None
    assert cores["source"] == "stamps"
    assert cores["why"].startswith("forbidden for this test; ")
    assert collecting._begin_to_follow(tmp_path, [os.getpid()], "stamps") == (
        None,
        {"source": "stamps", "why": "asked for"},
    )
