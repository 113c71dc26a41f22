"""`pytest -n 2 --tracer`: one trace of the session; its workers are lanes, with their tests as tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support import contract
from tests.support.pytest_runs import pytest_in
from tracer import run_folder

pytest.importorskip("xdist")

SOURCE = """
import multiprocessing, os, sys
import pytest

def square(number):
    return number * number

@pytest.mark.parametrize("number", range(8))
def test_short(number):
    assert square(number) >= 0

def test_pool():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(square, range(4), 1) == [0, 1, 4, 9]

def test_fails():
    raise KeyError("3")

@pytest.fixture
def bad():
    yield
    raise IndexError

def test_teardown(bad):
    pass

@pytest.mark.skip
def test_skipped():
    pass
"""
NAMES = {
    *(f"test_short[{number}]" for number in range(8)),
    "test_pool",
    "test_fails",
    "test_teardown",
    "test_skipped",
}


def session(folder: Path, *options: str, source: str = SOURCE) -> tuple[int, Any, list[str]]:
    """Run the tests under xdist; return the exit code, the trace, and our lines of the summary."""
    with pytest_in(folder, source) as here:
        code, printed = here.run("-p", "xdist", *options, "--tracer=out")
        assert (here.folder / "out" / "session" / "gantt.png").is_file(), printed
        assert contract.breaches(here.folder / "out" / "session" / "trace") == []
        return code, run_folder.load(here.folder / "out" / "session"), here.summary(printed)


def its_tests(trace: Any) -> Any:
    """The tasks that are tests, with their names alone."""
    found = trace.tasks[trace.tasks["kind"] == "pytest"].copy()
    found["name"] = found["function"].str.removeprefix("test_it.py::")
    return found


def test_each_test_is_a_task_of_its_worker(tmp_path: Path) -> None:
    """All ran once, with how they ended; pools inside are there; a worker waits between, and at last."""
    code, trace, said = session(tmp_path, "-n", "2")
    assert code == 1
    found = its_tests(trace)
    assert sorted(found["name"]) == sorted(NAMES)
    ended = dict(
        zip(found["name"], zip(found["status"], found["error"].fillna(""), strict=True), strict=True)
    )
    assert ended.pop("test_fails") == ("error", "KeyError")
    assert ended.pop("test_teardown") == ("error", "IndexError")
    assert set(ended.values()) == {("ok", "")}
    assert (trace.tasks["kind"] == "Pool").sum() == 4
    workers = trace.processes[trace.processes["name"].isin(["gw0", "gw1"])]
    assert set(workers["role"]) == {"worker"}
    assert set(found["process"]) == set(workers["process"])
    for _, worker in workers.iterrows():
        mine = found[found["process"] == worker["process"]].sort_values("run_start")
        assert (mine["wait_start"].iloc[1:].to_numpy() >= mine["run_end"].iloc[:-1].to_numpy()).all()
        assert (
            worker["start_called"] < worker["started"] < worker["target_start"] <= mine["wait_start"].iloc[0]
        )
        assert worker["exited"] > mine["run_end"].iloc[-1]
    assert trace.meta["losses"] == {}
    (line,) = said
    assert line.startswith("session  16 tasks, 4 workers")
    assert line.endswith("  out/session")


@pytest.mark.thorough
@pytest.mark.parametrize("dist", ["worksteal", "each"])
def test_however_tests_are_handed_out(tmp_path: Path, dist: str) -> None:
    """Every test that ran is a task, and nothing else is: `each` runs all in both workers."""
    code, trace, _ = session(tmp_path, "-n", "2", "--dist", dist)
    assert code == 1
    names = sorted(its_tests(trace)["name"].str.partition("@")[0])
    assert names == sorted([*NAMES] * (2 if dist == "each" else 1))


CRASH = """
import os, pytest
@pytest.mark.parametrize("number", range(6))
def test_it(number):
    if number == 2:
        os._exit(9)
"""


@pytest.mark.thorough
def test_a_worker_that_dies_has_lost_its_test(tmp_path: Path) -> None:
    """The test that it held is lost, and the others run in the worker that takes its place."""
    code, trace, _ = session(tmp_path, "-n", "1", source=CRASH)
    found = its_tests(trace)
    assert code == 1
    status = dict(zip(found["name"], found["status"], strict=True))
    assert status.pop("test_it[2]") == "lost"
    assert (len(status), set(status.values())) == (5, {"ok"})
    ends = dict(zip(trace.processes["name"], trace.processes["exitcode"], strict=True))
    assert (ends["gw0"], ends["gw1"]) == (9, 0)


@pytest.mark.thorough
def test_without_distribution_each_test_has_its_run(tmp_path: Path) -> None:
    """`-n 0`: as if xdist were not there."""
    with pytest_in(tmp_path, SOURCE) as here:
        code, printed = here.run("-p", "xdist", "-n", "0", "--tracer=out")
        assert code == 1, printed
        assert [path.name for path in (here.folder / "out").iterdir()] == ["test_it-test_pool"]
