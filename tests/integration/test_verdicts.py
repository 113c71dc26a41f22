"""Never a verdict over what was not seen, and none over tasks that wait for their own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.programs import PROGRAMS, Ended, run
from tracer.analysis import sentence, summarize
from tracer.analysis.findings import Finding, context_of, diagnose, headline
from tracer.analysis.model import Change

PROGRAM = str(PROGRAMS / "verdicts.py")


def recorded(folder: Path, *words: str, **options: Any) -> Ended:
    """Run a case of the program; its trace keeps to the contract."""
    ended = run(folder, [PROGRAM, *words], **options)
    assert ended.code == 0, ended.stderr
    assert ended.breaches == []
    return ended


def first(ended: Ended) -> Finding:
    """Return the first finding."""
    return diagnose(ended.trace)[0]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder in which a library is installed."""
    folder = tmp_path_factory.mktemp("lib") / "site-packages"
    folder.mkdir()
    shutil.copy(PROGRAMS / "library" / "somepool.py", folder)
    return str(folder)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_the_work_of_a_library_that_is_not_followed_is_the_first_thing_said(
    tmp_path: Path, packages: str, method: str
) -> None:
    """Its processes are named with the library and their time; nothing else is claimed, and no health."""
    ended = recorded(tmp_path, "library", packages, method)
    assert ended.stdout == "20\n"
    (only,) = diagnose(ended.trace)
    assert (only.code, only.share) == ("unseen-work", 0.0)
    assert "somepool" in only.title
    assert {one["library"] for one in only.evidence["processes"]} == {"somepool"}
    assert only.evidence["unseen_seconds"] == pytest.approx(0.4, abs=0.2)
    assert headline(ended.trace) == only
    assert summarize(ended.trace).seen_share == pytest.approx(0.0, abs=0.1)
    assert "in no task that was seen" in sentence(summarize(ended.trace))


def test_a_library_s_thread_is_no_thread_of_the_program(tmp_path: Path, packages: str) -> None:
    """It waits all the time, which is no task that waits: it is told apart, and not counted."""
    ended = recorded(tmp_path, "library", packages, "fork")
    threads = ended.trace.threads
    assert threads["library"].dropna().tolist() == ["somepool"]
    assert summarize(ended.trace).threads == 0


def test_without_slices_what_is_not_known_is_said(tmp_path: Path, packages: str) -> None:
    """The processes say at their end what they used of the cores: no health either."""
    ended = recorded(tmp_path, "library", packages, "fork", options=("--cores=stamps",))
    assert first(ended).code == "unseen-work"


@pytest.mark.parametrize("cores", ["auto", "sampled"])
def test_the_work_of_a_command_is_named(tmp_path: Path, cores: str) -> None:
    """A pool computes 80 ms, a command 400: of the pool alone nothing is said."""
    ended = recorded(tmp_path, "command", options=(f"--cores={cores}",))
    found = first(ended)
    assert found.code == "unseen-work"
    assert 0.3 < found.evidence["unseen_seconds"] < 1.0


def test_a_task_that_follows_a_result_comes_earlier_with_faster_tasks(tmp_path: Path) -> None:
    """Two threads compute in turns, four tasks handed over at a time: processes would take half as long."""
    model = context_of(recorded(tmp_path, "windowed").trace).model
    assert model.load is not None
    assert model.load.follows is not None
    assert (model.load.follows >= 0).sum() >= 20  # of 36; where the machine stood still a burst begins anew
    assert model(Change(processes=True, cores=2)).predicted_ns < 0.75 * model.measured_ns


@pytest.mark.parametrize("kind", ["processes", "threads"])
def test_tasks_that_wait_for_their_own_are_no_finding(tmp_path: Path, kind: str) -> None:
    """What is looked at is a pool within one of the tasks, and no task there waits."""
    trace = recorded(tmp_path, "nested", kind).trace
    load = context_of(trace).load
    assert load is not None
    assert load.row is not None
    assert set(trace.tasks["function"].iloc[load.row]) == {"compute"}
    assert "io-bound" not in {one.code for one in diagnose(trace)}
    assert summarize(trace).threads == 0


def test_a_coroutine_is_the_submitter(tmp_path: Path) -> None:
    """The function is the program's own, the coroutine awaits it; a loop's thread is told apart."""
    ended = recorded(tmp_path, "asynchronous")
    assert ended.stdout == "[0, 1, 2, 5.0]\n"
    tasks = ended.trace.tasks
    assert sorted(zip(tasks["function"], tasks["submitter"], strict=True)) == [
        *[("block", "fetch")] * 4,
        ("compute", "crunch"),
    ]
    roles = ended.trace.threads["role"].value_counts()
    assert roles["event_loop"] == 1
    assert summarize(ended.trace).threads == 1


def test_what_is_no_coroutine_s_has_no_submitter(tmp_path: Path) -> None:
    """Nothing is said of who called a pool otherwise."""
    assert recorded(tmp_path, "windowed").trace.tasks["submitter"].isna().all()
