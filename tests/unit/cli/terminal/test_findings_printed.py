"""How findings are printed: each share with what it is a part of."""

from __future__ import annotations

import pytest

from tests.support.traces import pool_trace
from tracer.analysis.findings import Finding, context_of
from tracer.cli.terminal.findings import print_findings


def test_a_share_says_what_it_is_a_part_of(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the makespan, or of the whole run where the cause lies outside of it too."""
    of_makespan = Finding("startup", 0.5, 0.4, "Late.", "Begin earlier.")
    of_run = Finding("serial-section", 0.5, 0.3, "Alone.", "Do it together.", window_ns=(0.0, 1e9))
    print_findings(context_of(pool_trace(2, 4)), [of_makespan, of_run])
    said = capsys.readouterr().out
    assert "startup  500 ms, 40 % of the makespan" in said
    assert "serial-section  500 ms, 30 % of the run" in said


def test_findings_stand_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """A line that is empty comes before each, and nowhere else."""
    finding = Finding("startup", 0.5, 0.4, "Late.", "Begin earlier.")
    print_findings(context_of(pool_trace(2, 4)), [finding, finding])
    lines = capsys.readouterr().out.splitlines()
    heads = [place for place, line in enumerate(lines) if "startup" in line]
    assert [place for place, line in enumerate(lines) if not line] == [place - 1 for place in heads]
    assert heads[0] > 1


def test_a_prediction_is_of_its_own_pool_and_says_how_well_the_run_is_replayed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The makespan is that of the finding's pool; nothing is promised where nothing is gained."""
    said = {
        "predicted_seconds": 0.1,
        "makespan_seconds": 0.6,
        "of_wall": 0.02,
        "pool": "pool 3 (Pool, 2 workers)",
    }
    good = Finding("tiny-tasks", 0.5, 0.8, "Tiny.", "Use chunks.", replay_error=-0.06, **said)  # type: ignore[arg-type]
    none = Finding("io-bound", 0.5, 0.8, "Waits.", "Nothing.", nothing_gained=True, **said)  # type: ignore[arg-type]
    print_findings(context_of(pool_trace(2, 4)), [good, none])
    shown = " ".join(capsys.readouterr().out.split())
    assert "tiny-tasks 500 ms, 80 % of its makespan, 2.0 % of the run" in shown
    assert "Predicted: 100 ms in place of 600 ms (the model plays the run itself 6.0 % too fast)." in shown
    assert shown.count("Predicted") == 1
