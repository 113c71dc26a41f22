"""CPython's own tests of processes and pools have the same outcome while they are traced."""

from __future__ import annotations

import importlib.util
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.support.programs import PROGRAMS, Ended, run

POOLS = [
    *("WithProcessesTestPool", "WithThreadsTestPool", "TestPoolNotLeakOnFailure"),
    *("WithProcessesTestPoolWorkerErrors", "WithProcessesTestPoolWorkerLifetime"),
]
PROCESSES = ["WithProcessesTestProcess", "WithProcessesTestSubclassingProcess", "WithProcessesTestQueue"]
EXECUTORS = [
    "test.test_concurrent_futures.test_process_pool.ProcessPoolForkProcessPoolExecutorTest",
    "test.test_concurrent_futures.test_thread_pool.ThreadPoolExecutorTest",
    "test.test_concurrent_futures.test_shutdown.ProcessPoolForkProcessPoolShutdownTest",
    "cpython_executors.Deadlocks",
]
STANDS_STILL = (
    "test.test_concurrent_futures.test_deadlock.ProcessPoolForkExecutorDeadlockTest"
    ".test_shutdown_deadlock_pickle"
)
TRIES = 4

needs_tests_of_executors = pytest.mark.skipif(
    importlib.util.find_spec("test.test_concurrent_futures") is None,
    reason="THIS PYTHON HAS NO test.test_concurrent_futures: CPython's own tests of executors were not run",
)


def command(names: list[str]) -> list[str]:
    """Return the words after `python` that run tests by name."""
    return ["-W", "ignore", "-m", "unittest", "-v", *names]


def outcomes(ended: Ended) -> dict[str, str]:
    """Return what became of each test: `ok`, `FAIL`, `ERROR`, `skipped …`."""
    found = re.findall(
        r"^(test\w+ \([\w.]+\))(?:\n.*)?? \.\.\. (?:.*?)(ok|FAIL|ERROR|skipped)", ended.stderr, re.M
    )
    return dict(found)


def assert_same_outcomes(folder: Path, names: list[str]) -> Ended:
    """Run tests by name, plain and traced, and compare what became of each.

    Both at a time: these tests sleep and wait for most of theirs.
    """
    start = partial(run, program=command(names), limit=180, PYTHONPATH=str(PROGRAMS))
    with ThreadPoolExecutor(2) as both:
        runs = [both.submit(start, folder / name, traced=name == "traced") for name in ("plain", "traced")]
        plain, traced = (one.result() for one in runs)
    assert outcomes(traced) == outcomes(plain)
    assert len(outcomes(plain)) > 10
    assert plain.code == 0, plain.stderr[-2000:]
    assert traced.code == 0, traced.stderr[-2000:]
    return traced


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


@needs_tests_of_executors
def test_concurrent_futures(tmp_path: Path) -> None:
    """The tests of both executors pass as untraced, and were traced."""
    ended = assert_same_outcomes(tmp_path, EXECUTORS)
    assert (ended.trace.tasks["status"] == "ok").sum() > 20


@needs_tests_of_executors
def test_a_task_that_fails_to_be_pickled_at_the_end(tmp_path: Path) -> None:
    """That one test passes traced, too; it may stand still untraced as well (python/cpython#110337)."""
    for number in range(TRIES):
        try:
            ended = run(tmp_path / str(number), command([STANDS_STILL]), limit=15)
        except AssertionError as error:
            if "ran for more than" not in str(error):
                raise
        else:
            assert (ended.code, list(outcomes(ended).values())) == (0, ["ok"]), ended.stderr
            return
    pytest.fail(f"stood still {TRIES} times")
