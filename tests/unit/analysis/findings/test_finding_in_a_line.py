"""A finding in a line: the same words at a prompt, below a run, and in what pytest tells of a test."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.traces import MS, child, main_process, task, trace
from tracer import display
from tracer.analysis import summarize
from tracer.analysis.findings import Finding, in_a_line
from tracer.cli.terminal.summary import print_summary
from tracer.testing import reading


def finding(share: float) -> Finding:
    """Make a finding that claims this part of the run."""
    return Finding("startup", share, share, "What it was.", "Do less.", title="workers came late")


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.25, "Workers came late (startup, 25 %)"),
        (0.0004, "Workers came late (startup, < 0.1 %)"),
        (0.0, "Workers came late (startup)"),
    ],
)
def test_every_view_words_a_finding_alike(
    share: float, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Headline, code and share; a share of 0, of a finding that claims no time, is left out."""
    found, run = (
        finding(share),
        trace([task(1, 1, 2 * MS, 4 * MS)], [main_process(0), child(1, 0, MS, 5 * MS)]),
    )
    assert in_a_line(found) == expected
    monkeypatch.setattr("tracer.analysis.findings.headline", lambda _: found)
    assert f"  finding   {expected}." in display.text(run).splitlines()
    assert reading._said(cast(Any, SimpleNamespace(finding=found))) == expected
    printed = io.StringIO()
    print_summary(run, summarize(run), found, printed)
    assert f"  {expected}." in [line.rstrip() for line in printed.getvalue().splitlines()]
