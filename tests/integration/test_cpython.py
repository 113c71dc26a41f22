"""CPython's own tests of processes and pools have the same outcome while they are traced."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from tests.support.programs import PROGRAMS, Ended, run_both

POOLS = [
    *("WithProcessesTestPool", "WithThreadsTestPool", "TestPoolNotLeakOnFailure"),
    *("WithProcessesTestPoolWorkerErrors", "WithProcessesTestPoolWorkerLifetime"),
]
PROCESSES = ["WithProcessesTestProcess", "WithProcessesTestSubclassingProcess", "WithProcessesTestQueue"]
EXECUTORS = [
    "test.test_concurrent_futures.test_process_pool.ProcessPoolForkProcessPoolExecutorTest",
    "test.test_concurrent_futures.test_thread_pool.ThreadPoolExecutorTest",
    "test.test_concurrent_futures.test_shutdown.ProcessPoolForkProcessPoolShutdownTest",
    "test.test_concurrent_futures.test_deadlock.ProcessPoolForkExecutorDeadlockTest",
]


def outcomes(ended: Ended) -> dict[str, str]:
    """Return what became of each test: `ok`, `FAIL`, `ERROR`, `skipped …`."""
    found = re.findall(
        r"^(test\w+ \([\w.]+\))(?:\n.*)?? \.\.\. (?:.*?)(ok|FAIL|ERROR|skipped)", ended.stderr, re.M
    )
    return dict(found)


def assert_same_outcomes(folder: Path, names: list[str]) -> Ended:
    """Run tests by name, plain and traced, and compare what became of each."""
    program = ["-W", "ignore", "-m", "unittest", "-v", *names]
    pair = run_both(folder, program, limit=180, PYTHONPATH=str(PROGRAMS))
    assert outcomes(pair.traced) == outcomes(pair.plain)
    assert len(outcomes(pair.plain)) > 10
    assert pair.plain.code == 0, pair.plain.stderr[-2000:]
    assert pair.traced.code == 0, pair.traced.stderr[-2000:]
    return pair.traced


@pytest.mark.skipif(
    importlib.util.find_spec("test._test_multiprocessing") is None,
    reason="THIS PYTHON HAS NO PACKAGE test: CPython's own tests of multiprocessing were not run",
)
@pytest.mark.parametrize("names", [POOLS, PROCESSES], ids=["pools", "processes"])
def test_multiprocessing(tmp_path: Path, names: list[str]) -> None:
    """The tests of Pool, Process and Queue under fork pass as untraced, and were traced."""
    ended = assert_same_outcomes(tmp_path, [f"cpython_fork.{name}" for name in names])
    assert len(ended.trace.processes) > 20
    if names is POOLS:
        assert (ended.trace.tasks["status"] == "ok").sum() > 100


@pytest.mark.skipif(
    importlib.util.find_spec("test.test_concurrent_futures") is None,
    reason="THIS PYTHON HAS NO test.test_concurrent_futures: CPython's own tests of executors were not run",
)
def test_concurrent_futures(tmp_path: Path) -> None:
    """The tests of both executors pass as untraced, and were traced."""
    ended = assert_same_outcomes(tmp_path, EXECUTORS)
    assert (ended.trace.tasks["status"] == "ok").sum() > 20
