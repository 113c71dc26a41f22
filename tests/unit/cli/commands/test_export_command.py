"""`tracer export`: where it writes, what it refuses, and that nothing half written stays."""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.support.traces import pool_trace
from tracer import run_folder
from tracer.cli.main import main
from tracer.export import chrome, csv_tables
from tracer.export.formats import FORMATS
from tracer.tables import store
from tracer.tables.definitions import TABLES

Captured = pytest.CaptureFixture[str]
NEED_NOTHING = [form.name for form in FORMATS if not form.package]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The folder of a run."""
    store.save(pool_trace(), tmp_path / "run" / "trace")
    return tmp_path / "run"


@pytest.mark.parametrize("name", [form.name for form in FORMATS])
def test_it_writes_into_the_run_s_folder_and_says_where(name: str, run: Path, capsys: Captured) -> None:
    """A file of the user's own; and again in its place. The `trace/` folder stands for the run's."""
    form = next(form for form in FORMATS if form.name == name)
    if form.package:
        pytest.importorskip(form.package)
    assert main(["export", str(run), "--format", name]) == 0
    assert main(["export", str(run / "trace"), "--format", name]) == 0
    made = run / form.file
    assert capsys.readouterr().err == f"{made}\n" * 2
    assert made.is_dir() == form.is_folder
    files = list(made.iterdir()) if form.is_folder else [made]
    assert all(file.stat().st_size > 20 for file in files)
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in [made]} == {0}
    assert sorted(path.name for path in run.iterdir()) == sorted([form.file, "trace"])


def test_what_it_writes_goes_with_the_run() -> None:
    """A new run in the folder takes it away, as it would be of the old one."""
    assert tuple(form.file for form in FORMATS) == run_folder.EXPORTS


def test_out_names_another_place(run: Path, tmp_path: Path, capsys: Captured) -> None:
    """Whose folder is made."""
    out = tmp_path / "new" / "it.json"
    assert main(["export", str(run), "--format", "chrome", "--out", str(out), "--quiet"]) == 0
    assert json.loads(out.read_text())["traceEvents"]
    assert capsys.readouterr().err == ""


def test_what_is_there_is_written_anew_by_force_alone(run: Path, tmp_path: Path, capsys: Captured) -> None:
    """And a folder keeps what else is in it."""
    out = tmp_path / "mine.py"
    out.write_text("mine")
    words = ["export", str(run), "--format", "chrome", "--out", str(out)]
    assert main(words) == 1
    assert out.read_text() == "mine"
    assert "--force" in capsys.readouterr().err
    assert main([*words, "--force"]) == 0
    assert out.read_text() != "mine"
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "mine.py").write_text("mine")
    words = ["export", str(run), "--format", "csv", "--out", str(folder)]
    assert main(words) == 1
    assert main([*words, "--force"]) == 0
    files = sorted(path.name for path in folder.iterdir())
    assert files == sorted(["mine.py", *(f"{table.name}.csv" for table in TABLES)])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--format", "dot"], 2, "no format 'dot', choose from perfetto, chrome, firefox, csv"),
        ([], 2, "--format"),
        (["--format", "chrome", "--out", "{run}"], 2, "is a folder: name a file"),
        (["--format", "csv", "--out", "{run}/trace/meta.json"], 2, "is no folder"),
        (["--format", "chrome", "--out", "{run}/trace/meta.json/x"], 1, "cannot write"),
    ],
)
def test_wrong_usage_is_one_line(words: list[str], code: int, said: str, run: Path, capsys: Captured) -> None:
    """With exit code 2; what cannot be written is 1."""
    assert main(["export", str(run), *(word.format(run=run) for word in words)]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("name", NEED_NOTHING)
def test_a_trace_that_cannot_be_read_is_one_line(name: str, tmp_path: Path, capsys: Captured) -> None:
    """And leaves nothing behind."""
    (tmp_path / "trace").mkdir()
    (tmp_path / "trace" / "meta.json").write_text("{")
    assert main(["export", str(tmp_path), "--format", name]) == 1
    printed = capsys.readouterr().err
    assert "meta.json" in printed
    assert printed.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["trace"]


def test_a_package_that_is_missing_is_named_with_its_extra(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """In one line that says how to go on."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["export", str(run), "--format", "perfetto"]) == 1
    assert "pip install 'process-timeline-tracer[perfetto]'" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "module"), [("chrome", chrome), ("csv", csv_tables)])
def test_a_full_disk_is_one_line_and_leaves_what_was_there(
    name: str, module: Any, run: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """The file of before, or none: nothing half written."""
    assert main(["export", str(run), "--format", name, "--quiet"]) == 0
    before = sorted(run.rglob("*"))
    sizes = [path.stat().st_size for path in before]
    write = module.write

    def full(trace: Any, to: Any) -> None:
        write(trace, to)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module, "write", full)
    assert main(["export", str(run), "--format", name]) == 1
    printed = capsys.readouterr().err
    assert "No space left on device" in printed
    assert printed.count("\n") == 1
    assert sorted(run.rglob("*")) == before
    assert [path.stat().st_size for path in before] == sizes


@pytest.mark.parametrize("kind", ["link", "dangling", "fifo"])
@pytest.mark.parametrize("name", NEED_NOTHING)
def test_nothing_is_written_through_a_link(name: str, kind: str, run: Path, tmp_path: Path) -> None:
    """A folder may come from elsewhere: what lies under the file's name makes room for it."""
    form = next(form for form in FORMATS if form.name == name)
    victim = tmp_path / "victim"
    if form.is_folder:
        victim.mkdir()
    else:
        victim.write_text("mine")
    place = run / form.file
    if kind == "fifo":
        os.mkfifo(place)
    else:
        place.symlink_to(victim if kind == "link" else tmp_path / "nowhere")
    assert main(["export", str(run), "--format", name, "--quiet"]) == 0
    assert not place.is_symlink()
    assert place.is_dir() == form.is_folder
    assert (list(victim.iterdir()) == []) if form.is_folder else (victim.read_text() == "mine")
    assert not (tmp_path / "nowhere").exists()
