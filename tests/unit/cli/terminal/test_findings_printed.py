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
