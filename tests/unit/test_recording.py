"""The folder of a run: whose it is, who may write into it, when it is being written."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import contract
from tracer import figures, recording, run_folder
from tracer.errors import TracerError
from tracer.record import alive, schema


@pytest.fixture
def other() -> Iterator[int]:
    """The PID of another process, which lives as long as the test."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process.pid
    process.kill()
    process.wait()


def folder_of(tmp_path: Path, at_work: Any) -> Path:
    """Make a folder with journals of a run that says `at_work` of who lives by it."""
    out = tmp_path / "out"
    (out / schema.JOURNAL_FOLDER).mkdir(parents=True)
    session = {"command": "run test", "at_work": at_work}
    (out / schema.JOURNAL_FOLDER / schema.SESSION_FILE).write_text(json.dumps(session))
    return out


def test_a_run_at_work_is_left_alone(tmp_path: Path, other: int) -> None:
    """While one of those is there who live by it, nobody writes into its folder."""
    out = folder_of(tmp_path, [[2**22 + 1, 1], [other, alive.started(other)]])
    with pytest.raises(TracerError, match="being written by another run"):
        run_folder.prepare(out, "run test", force=True)


@pytest.mark.parametrize(
    "at_work",
    [
        [[1, 1]],
        [[1, None]],
        [["1", "1"], [None, 0], [True, 0], [-1, 3], [2**70, 3]],
        [1, 2],
        [[1]],
        "nobody",
        {"pid": 1},
        None,
        [[os.getpid(), alive.started(os.getpid())]],
    ],
)
@pytest.mark.skipif(alive.started(os.getpid()) is None, reason="nothing tells when a process started")
def test_a_dead_run_holds_nobody_up(tmp_path: Path, at_work: Any) -> None:
    """A PID that came round again (in a container 1 always has) is not the run's, nor is what is no PID."""
    out = folder_of(tmp_path, at_work)
    run_folder.prepare(out, "run test", force=False)
    assert list(out.iterdir()) == []


def test_a_folder_that_would_keep_us_waiting_is_none_of_ours(tmp_path: Path) -> None:
    """What holds the command's name may be a FIFO, on which nobody ever writes."""
    (tmp_path / "trace").mkdir()
    os.mkfifo(tmp_path / "trace" / "meta.json")
    with pytest.raises(TracerError, match="files that tracer did not write"):
        run_folder.prepare(tmp_path, "run test", force=False)


def test_what_a_run_writes_is_the_users_own(tmp_path: Path) -> None:
    """While it is recorded, the new folders are closed to others, and so is every file."""
    before = os.umask(0o000)
    try:
        run = recording.begin(tmp_path / "out", "run test", [])
        try:
            assert mode(run.out) == mode(run.journals) == 0o700
            assert mode(run.journals / schema.SESSION_FILE) == 0o600
        finally:
            assert run.collector.wait(10)
        assert mode(run.journals / schema.ROSTER_FILE) == 0o600
        files = {schema.SESSION_FILE, schema.ROSTER_FILE, schema.PLAN_FILE}
        assert {path.name for path in run.journals.iterdir()} == files
        assert mode(run.journals / schema.PLAN_FILE) == 0o600
    finally:
        os.umask(before)


def test_without_any_journal_there_is_a_trace_of_main(tmp_path: Path) -> None:
    """A program whose hook could not start is a main process, with its host; what is lost is counted."""
    run = recording.begin(tmp_path / "out", "run test", [])
    started = run.meta["origin_ns"]
    run.finish({"pid": 4711, "exitcode": 3, "exited": started + 5_000_000})
    trace = run_folder.load(tmp_path / "out")
    main = trace.processes.iloc[0]
    assert (main["role"], main["pid"], main["exitcode"], main["exited"]) == ("main", 4711, 3, 5_000_000)
    assert main["host"] == run.meta["hostname"][:40]
    assert trace.meta["losses"] == {"journals": 1}
    assert contract.breaches(tmp_path / "out" / "trace") == []


def drawn(out: Path, *names: str) -> None:
    """Make files in a folder."""
    for name in names:
        (out / name).touch()


def test_what_an_earlier_run_left_goes_and_the_users_files_stay(tmp_path: Path) -> None:
    """Figures that the next run does not draw again go too, and files that a process was killed over."""
    out = folder_of(tmp_path, None)
    theirs = ("notes.txt", "account.csv", "slide.png", ".gantt.png.new", "gantt.png.bak")
    drawn(out, "account.png", "phases.svg", "compare.pdf", "gantt.png", ".gantt.svg.4711.new", *theirs)
    assert run_folder.prepare(out, "run test", force=False)
    assert sorted(os.listdir(out)) == sorted(theirs)
    assert not run_folder.prepare(out, "run test", force=True)


def test_every_figure_of_a_run_is_ours() -> None:
    """A figure that is drawn under its own name is known to be ours."""
    kinds = [*(kind.name for kind in figures.OF_A_TRACE), figures.COMPARISON.name]
    names = {f"{kind}.{form}" for kind in kinds for form in figures.FORMATS}
    assert names <= run_folder.OURS


def test_runs_that_are_kept_are_numbered(tmp_path: Path) -> None:
    """The first has the name itself, as has one for which there is an empty folder; others are left alone."""
    out = tmp_path / "outputs" / "pool4"
    assert run_folder.numbered(out) == out
    assert run_folder.numbered(out) == out
    drawn(out, "trace")
    assert [run_folder.numbered(out).name for _ in range(2)] == ["pool4-2", "pool4-3"]
    drawn(tmp_path, "file")
    assert run_folder.numbered(tmp_path / "file").name == "file-2"
    with pytest.raises(TracerError, match="cannot make a folder beside"):
        run_folder.numbered(tmp_path / "file" / "x")


def mode(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)
