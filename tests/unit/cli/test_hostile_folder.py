"""Folders from elsewhere: nothing is written through a link or into a FIFO, and files are the user's own."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.traces import pool_trace
from tracer import run_folder, views
from tracer.cli import repeated_runs
from tracer.cli.main import main
from tracer.tables import store

VICTIM = "what the user has"
NAMES = ["gantt.png", "gantt.svg", "gantt.pdf", "summary.json"]
OTHERS = {"figure": ["account", "phases"], "compare": ["compare"]}


def link(path: Path, victim: Path) -> None:
    """Put a link to the user's file there."""
    path.symlink_to(victim)


def dangling(path: Path, victim: Path) -> None:
    """Put a link there that leads to where no file is yet."""
    path.symlink_to(victim.with_name("not there"))


def fifo(path: Path, victim: Path) -> None:
    """Put a FIFO there."""
    os.mkfifo(path)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the folder of a run, without figures, beside a file of the user's."""
    store.save(pool_trace(), tmp_path / "run" / "trace")
    (tmp_path / "victim").write_text(VICTIM)
    return tmp_path / "run"


def assert_untouched(run: Path) -> None:
    """The user's file is as it was, and no other came to be beside it."""
    assert (run.parent / "victim").read_text() == VICTIM
    assert sorted(path.name for path in run.parent.iterdir()) == ["run", "victim"]


def assert_written(path: Path) -> None:
    """There is a plain file of the user's own."""
    status = path.lstat()
    assert stat.S_ISREG(status.st_mode)
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_size > 100


@pytest.mark.parametrize("put", [link, dangling, fifo])
def test_figures_replace_what_is_there(run: Path, put: Callable[[Path, Path], None]) -> None:
    """A link or FIFO under a figure's name makes room for the figure."""
    stems = [("figure", ["gantt", "account", "phases"]), ("compare", ["compare"])]
    for command, figures in stems:
        for stem in figures:
            for ending in ("png", "svg", "pdf"):
                put(run / f"{stem}.{ending}", run.parent / "victim")
        more = ["--draw", ",".join(figures)] if command == "figure" else [str(run)]
        assert main([command, str(run), *more, *(["--quiet"] if command == "figure" else [])]) == 0
        for stem in figures:
            for ending in ("png", "svg", "pdf"):
                assert_written(run / f"{stem}.{ending}")
    assert_untouched(run)


@pytest.mark.parametrize("put", [link, dangling, fifo])
def test_a_saved_block_replaces_what_is_there(run: Path, put: Callable[[Path, Path], None]) -> None:
    """The summary and the tables, too, whose folder may be a link itself."""
    elsewhere = run.parent / "run" / "elsewhere"
    (run / "trace").rename(elsewhere)
    before = {path.name: path.read_bytes() for path in elsewhere.iterdir()}
    put(run / "trace", elsewhere) if put is link else None
    for name in NAMES:
        put(run / name, run.parent / "victim")
    views.save(pool_trace(), run)
    assert not (run / "trace").is_symlink()
    for path in [*(run / name for name in NAMES), *(run / "trace").iterdir()]:
        assert_written(path)
    assert {path.name: path.read_bytes() for path in elsewhere.iterdir()} == before
    assert_untouched(run)


def test_tables_are_not_written_through_links(run: Path) -> None:
    """Neither under their names nor under any that they have for a while."""
    for path in [*(run / "trace").iterdir()]:
        path.unlink()
        path.symlink_to(run.parent / "victim")
        path.with_name(f"{path.name}.tmp").symlink_to(run.parent / "victim")
        path.with_name(f".{path.name}.{os.getpid()}.new").symlink_to(run.parent / "victim")
    store.save(pool_trace(), run / "trace")
    assert len(store.load(run).tasks) == len(pool_trace().tasks)
    assert_untouched(run)


def test_a_folder_in_a_figures_place_is_one_line(run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It is not removed; the other figures are drawn."""
    (run / "gantt.svg").mkdir()
    (run / "gantt.svg" / "mine").write_text(VICTIM)
    assert main(["figure", str(run)]) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f"tracer: cannot write into {run}: gantt.svg: ")
    assert (run / "gantt.svg" / "mine").read_text() == VICTIM
    assert_written(run / "gantt.png")
    assert_written(run / "gantt.pdf")
    assert {path.name for path in run.iterdir()} == {"trace", "gantt.png", "gantt.svg", "gantt.pdf"}


def test_out_may_be_a_link_to_a_folder(run: Path) -> None:
    """The user said so."""
    (run / "real").mkdir()
    (run / "link").symlink_to(run / "real")
    assert main(["figure", str(run), "--out", str(run / "link"), "--format", "svg", "--quiet"]) == 0
    assert_written(run / "real" / "gantt.svg")


def test_a_missing_summary_is_written_again(run: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Where a run could not write it, `figure` does; one that is there, if only as a link, stays."""
    assert main(["figure", str(run), "--format", "svg"]) == 0
    assert capfd.readouterr().err.splitlines()[-1] == str(run / "summary.json")
    assert_written(run / "summary.json")
    (run / "summary.json").unlink()
    (run / "summary.json").symlink_to(run.parent / "victim")
    assert main(["figure", str(run), "--format", "svg"]) == 0
    assert capfd.readouterr().err.splitlines() == [str(run / "gantt.svg")]
    assert_untouched(run)


def test_a_sweep_writes_and_removes_through_no_link(tmp_path: Path) -> None:
    """Not its result, not the output of its programs, and not the runs of an earlier one."""
    victims = tmp_path / "victims" / "1-1"
    victims.mkdir(parents=True)
    (victims / "stdout").write_text(VICTIM)
    out = tmp_path / "sweep"
    out.mkdir()
    plan = repeated_runs.Plan("x", "run x.py", "N", {1: repeated_runs.Way(["x.py"], ["x.py"])})
    repeated_runs.write(out, plan, {"runs": [{"folder": "runs/1-1"}]})
    (out / "runs").symlink_to(tmp_path / "victims")
    repeated_runs.prepare(out, plan, force=False)
    assert (victims / "stdout").read_text() == VICTIM
    assert not (out / "runs").is_symlink()
    (out / "sweep.json").unlink()
    (out / "sweep.json").symlink_to(victims / "stdout")
    (out / "stdout").symlink_to(victims / "stdout")
    with repeated_runs._stdout_into(out / "stdout"):
        os.write(1, b"printed\n")
    assert (out / "stdout").read_text() == "printed\n"
    repeated_runs.write(out, plan, {"runs": []})
    assert (victims / "stdout").read_text() == VICTIM
    assert stat.S_IMODE((out / "sweep.json").lstat().st_mode) == 0o600


def test_again_names_the_folder_for_a_shell(tmp_path: Path) -> None:
    """What is printed can be copied."""
    assert run_folder.again(tmp_path / "a b") == f"`python -m tracer figure '{tmp_path}/a b'` draws it again"
