"""When workers reach their first line, measured here."""

from __future__ import annotations

import json
import multiprocessing
import subprocess

import pytest

from tracer.cli import worker_starts


def test_workers_of_a_pool_are_awaited_from_its_first_submission(monkeypatch: pytest.MonkeyPatch) -> None:
    """All are being started by then, 10 ns before the first is there; an executor starts them at it."""
    said = json.dumps({"ready": [30, 50], "all_started": 20})
    done = subprocess.CompletedProcess([], 0, said, "")
    monkeypatch.setattr(worker_starts.subprocess, "run", lambda *_, **__: done)  # type: ignore[attr-defined]
    assert worker_starts.probe("spawn", 2, "Pool") == [10, 30]
    assert worker_starts.probe("spawn", 2, "ProcessPoolExecutor") == [30, 50]


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="there is no fork here")
def test_when_workers_are_there_is_measured() -> None:
    """Two that were really started, in the order in which they came."""
    ready = worker_starts.probe("fork", 2, "ProcessPoolExecutor")
    assert 0 < ready[0] < ready[1]
