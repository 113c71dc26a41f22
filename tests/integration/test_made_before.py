"""A pool or executor that was made before the trace began is not followed in it, and the trace says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import contract
from tests.support.programs import PROGRAMS, run


def seen(tmp_path: Path, case: str) -> dict[str, Any]:
    """What the program printed of its block."""
    out = tmp_path / "out"
    ended = run(tmp_path, [str(PROGRAMS / "made_before.py"), str(out), case], traced=False)
    assert (ended.code, ended.stderr) == (0, "")
    assert contract.breaches(out / "trace") == []
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def lost(**counts: int) -> dict[str, int]:
    """The losses that say how many pools of these kinds were made before."""
    return {f"tasks of {kind}, a pool that was made before the trace began": n for kind, n in counts.items()}


@pytest.mark.parametrize(
    ("case", "losses", "tasks"),
    [
        ("pool", lost(Pool=1), 3),
        ("two_pools", lost(Pool=2, ThreadPool=1), 0),
        ("executor", lost(ProcessPoolExecutor=1), 0),
    ],
)
def test_a_pool_of_processes_is_counted_and_leaves_no_verdict(
    case: str, losses: dict[str, int], tasks: int, tmp_path: Path
) -> None:
    """Once each, however many tasks it was given; what the block made itself is followed."""
    assert seen(tmp_path, case) == {"losses": losses, "codes": ["unseen-work"], "tasks": tasks}


def test_an_executor_of_threads_is_counted(tmp_path: Path) -> None:
    """Its work is in the main process: it is no reason to say nothing of others'."""
    found = seen(tmp_path, "threads")
    assert (found["losses"], found["tasks"]) == (lost(ThreadPoolExecutor=1), 0)
    assert "unseen-work" not in found["codes"]


def test_executors_that_an_earlier_block_followed_are_counted(tmp_path: Path) -> None:
    """loky's reusable executor in a second block or cell, and one of threads."""
    pytest.importorskip("loky")
    assert seen(tmp_path, "again") == {
        "losses": lost(ThreadPoolExecutor=1, loky=1),
        "codes": ["unseen-work"],
        "tasks": 0,
    }


@pytest.mark.parametrize("case", ["unused", "leaving", "named"])
def test_what_has_no_task_or_is_not_asked_for_is_not_counted(case: str, tmp_path: Path) -> None:
    """Pools without a task in the block; and any that a trace of named objects leaves alone."""
    if case == "leaving":
        pytest.importorskip("loky")
    found = seen(tmp_path, case)
    assert found["losses"] == {}
    assert "unseen-work" not in found["codes"]
