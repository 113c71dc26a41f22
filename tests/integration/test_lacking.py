"""Platforms that lack something: recording goes on, and what cannot be known is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import contract
from tests.support.programs import PROGRAMS, run

MISSING = {
    "nothing": [],
    "sched_getaffinity": [],
    "posix_fallocate": [],
    "sched_getcpu": ["core_start", "core_end"],
    "ctypes": ["core_start", "core_end"],
    "thread_time_ns": ["cpu_ns"],
    "proc": ["runq_ns"],
    "pread": ["runq_ns"],
}


@pytest.mark.parametrize("facility", MISSING)
def test_without_a_facility_its_columns_are_missing(tmp_path: Path, facility: str) -> None:
    """With one facility taken away, the columns that need it are missing, and nothing fails or is lost."""
    ended = run(tmp_path, [str(PROGRAMS / "lacking.py"), str(tmp_path), facility], traced=False)
    assert (ended.code, ended.stderr) == (0, "")
    found = json.loads(ended.stdout)
    assert found["tasks"] == 8
    assert set(found["missing"]) - {"runq_ns"} == set(MISSING[facility]) - {"runq_ns"}
    if "runq_ns" in MISSING[facility]:
        assert "runq_ns" in found["missing"]
    assert found["affinity"] is (facility != "sched_getaffinity")
    assert found["losses"] == {}
    assert contract.breaches(tmp_path / "out" / "trace") == []
