"""Imports: how long the outermost ones take is known, and they behave as before."""

from __future__ import annotations

from pathlib import Path

from tests.integration.test_manners import assert_same
from tests.support.programs import PROGRAMS, run, run_both

PROGRAM = str(PROGRAMS / "importing.py")


def test_imports_behave_as_before(tmp_path: Path) -> None:
    """Tracebacks, logs, warnings and what a module sees of its callers are those of the plain run."""
    modules = tmp_path / "modules"
    modules.mkdir()
    pair = run_both(tmp_path, [PROGRAM, str(modules)])
    assert_same(pair)
    assert pair.traced.stderr.count("ZeroDivisionError") >= 3
    assert "SyntaxError" in pair.traced.stderr
    assert pair.traced.code == 1


def test_outermost_imports_are_spans(tmp_path: Path) -> None:
    """A slow module is one span, with what it imports in it; a thread's and a failing one are there too."""
    modules = tmp_path / "modules"
    modules.mkdir()
    ended = run(tmp_path, [PROGRAM, str(modules)])
    spans = ended.trace.spans.query("category == 'import'")
    main = spans[spans["process"] == 0]
    names = main["name"].tolist()
    assert names.count("slow") == 2  # of main, and of the thread
    assert main[main["name"] == "slow"]["tid"].nunique() == 2
    assert names.count("outer") == 1
    assert "inner" not in names
    assert "raises" in names
    outer = main[main["name"] == "outer"].iloc[0]
    assert outer["end"] - outer["start"] >= 100e6
    assert not any(name.split(".")[0] == "tracer" for name in spans["name"])
    assert ended.breaches == []
