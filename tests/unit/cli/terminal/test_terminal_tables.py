"""Tables on narrow terminals: columns may be missing, numbers never are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.traces import MS, pool_trace
from tracer.analysis.sweep.sweep import Sweep
from tracer.analysis.sweep.trials import Trial, points
from tracer.cli.main import main
from tracer.cli.terminal.sweep import print_sweep
from tracer.tables import store


@pytest.mark.parametrize(("columns", "change"), [("100", True), ("60", False), ("20", False)])
def test_a_comparison_keeps_its_numbers(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    columns: str,
    change: bool,
) -> None:
    """The differences go first; a terminal that is narrower still breaks the lines itself."""
    monkeypatch.setenv("COLUMNS", columns)
    for name, workers in (("before", 1), ("after", 4)):
        store.save(pool_trace(workers, 8), tmp_path / name / "trace")
    assert main(["compare", str(tmp_path / "before"), str(tmp_path / "after")]) == 0
    said = capsys.readouterr().out
    assert "…" not in said
    (row,) = [line for line in said.splitlines() if line.startswith("makespan")]
    assert row.split()[1:5] == ["83.2", "ms", "24.6", "ms"]
    assert ("−70 %" in row) == change


@pytest.mark.parametrize(
    ("columns", "heads"),
    [
        ("100", ["how", "median", "range", "runs", "speed-up", "predicted"]),
        ("50", ["how", "median", "range", "predicted"]),
        ("36", ["how", "median", "range"]),
    ],
)
def test_a_sweep_keeps_its_numbers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str, heads: list[str]
) -> None:
    """What a value is called is data."""
    monkeypatch.setenv("COLUMNS", columns)
    names = ("[red]", "\x1b[0m")
    made = tuple(Trial(name, n, 0, (100 + n) * MS, None, "") for n in (1, 2) for name in names)
    found = points(made)
    print_sweep(Sweep("--how", "", made, found, found[0], 2, tuple((name, 150.0 * MS) for name in names)))
    said = capsys.readouterr().out
    (head,) = [line for line in said.splitlines() if "median" in line]
    assert head.split() == heads
    assert [line.split()[:3] for line in said.splitlines() if "101 ms –" in line] == [
        ["[red]", "102", "ms"],
        ["\\x1b[0m", "102", "ms"],
    ]
    assert ("from the runs with" in " ".join(said.split())) == ("predicted" in heads)
