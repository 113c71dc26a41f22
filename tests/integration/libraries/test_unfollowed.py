"""What is said where a library is not followed: its work, by name, and no verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.programs import PROGRAMS, run
from tracer.analysis import summarize
from tracer.analysis.findings import diagnose, headline

LIBRARIES = ["loky", "joblib:loky", "joblib:multiprocessing", "billiard", "mpire", "pebble"]


@pytest.mark.parametrize(
    "library", ["multiprocess", *(pytest.param(each, marks=pytest.mark.thorough) for each in LIBRARIES)]
)
def test_its_work_is_the_first_thing_said(tmp_path: Path, library: str) -> None:
    """300 ms of work, in two processes of which it is known whose they are."""
    name = library.partition(":")[0]
    pytest.importorskip(name)
    ended = run(tmp_path, [str(PROGRAMS / "unfollowed.py"), library])
    assert (ended.code, ended.stdout) == (0, "20\n"), ended.stderr
    assert ended.breaches == []
    only, *others = diagnose(ended.trace)
    assert {one.code for one in others} <= {"machine-busy"}  # which is said of the machine
    assert (only.code, only.seconds, only.share) == ("unseen-work", 0.0, 0.0)
    assert name in only.title
    assert only.evidence["unseen_seconds"] > 0.28
    assert summarize(ended.trace).seen_share == pytest.approx(0.0, abs=0.1)
    if not summarize(ended.trace).failed:
        assert headline(ended.trace) == only
