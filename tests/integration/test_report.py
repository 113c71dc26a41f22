"""`report` as a command: where it writes, and what it refuses, each in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.causes import tracer
from tests.support.traces import pool_trace
from tracer.run_folder import save_trace


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    save_trace(pool_trace(), folder)
    return folder


def test_it_is_written_into_the_runs_folder(run: Path) -> None:
    """Of `trace/` too, and over what was there; the file is named with its size."""
    for folder in (run, run / "trace"):
        done = tracer("report", folder)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.startswith(f"{run / 'report.html'} (")
        assert done.stderr.endswith(" kB)\n")
    assert (run / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_it_goes_where_it_is_told(run: Path, tmp_path: Path) -> None:
    """Into a folder that is made; what is there already is not written over, unless asked for."""
    out = tmp_path / "new" / "mine.html"
    assert tracer("report", run, "--out", out, "--quiet").stderr == ""
    again = tracer("report", run, "--out", out)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    assert "is there already" in again.stderr
    assert tracer("report", run, "--out", out, "--force").returncode == 0
    folder = tracer("report", run, "--out", tmp_path)
    assert (folder.returncode, folder.stderr.count("\n")) == (2, 1)
    assert "is a folder" in folder.stderr


def test_what_cannot_be_read_or_written_is_one_line(tmp_path: Path, run: Path) -> None:
    """No run; a place where nobody can write."""
    done = tracer("report", tmp_path / "none")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    (tmp_path / "file").write_text("")
    done = tracer("report", run, "--out", tmp_path / "file" / "report.html")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("tracer: cannot write ")
