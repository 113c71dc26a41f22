"""Programs that put functions of their own in the place of what tracer hooks: they are left to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.programs.replaced import CASES, PARTS
from tests.integration.test_manners import assert_same
from tests.support.programs import PROGRAMS, run, run_both

PROGRAM = str(PROGRAMS / "replaced.py")
LOSS = "workers of a pool with queues or methods of its own"


@pytest.mark.parametrize("case", CASES)
def test_the_program_is_as_untraced(tmp_path: Path, case: str) -> None:
    """Its own functions are called where they are without a trace, and what goes over pipes is theirs."""
    pair = run_both(tmp_path, [PROGRAM, case])
    assert pair.plain.code == 0, pair.plain.stderr
    assert_same(pair)
    assert pair.traced.breaches == []


@pytest.mark.parametrize("case", ["starmap", "wire"])
def test_what_calls_the_stock_methods_is_followed(tmp_path: Path, case: str) -> None:
    """Another wire format, or another method of a pool, hides no task."""
    ended = run(tmp_path, [PROGRAM, case])
    tasks = ended.trace.tasks
    assert (tasks["status"] == "ok").all()
    assert tasks["run_start"].notna().all()
    assert tasks["items"].sum() >= (5 if case == "starmap" else 6 + 3 + 1 + 6 + 6 + 6)
    assert ended.trace.meta["losses"] == {}


@pytest.mark.parametrize(("method", "part"), [("SimpleQueue", "pools"), ("Queue", "executors")])
def test_a_pool_that_is_left_to_the_program_is_counted(tmp_path: Path, method: str, part: str) -> None:
    """Its workers are processes without tasks, and the trace says why."""
    assert part in PARTS
    ended = run(tmp_path, [PROGRAM, f"{method}-{part}"])
    assert ended.trace.meta["losses"] == {LOSS: 2}
    kind = {"pools": "Pool", "executors": "ProcessPoolExecutor"}[part]
    assert not (ended.trace.tasks["kind"] == kind).any()
