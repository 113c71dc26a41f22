"""What newer Pythons have: executors that end their workers, windows of submission, interpreters, defaults.

Each is skipped on a Python without it; `.ci/run` runs them all on 3.14 and 3.15.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from tests.support.programs import PROGRAMS, Pair, run_both

since_3_14 = pytest.mark.skipif(sys.version_info < (3, 14), reason="new in Python 3.14")
since_3_15 = pytest.mark.skipif(sys.version_info < (3, 15), reason="new in Python 3.15")


def both(folder: Path, what: str) -> Pair:
    """Run a part of the program plain and traced: the same output, errors and exit code."""
    pair = run_both(folder, [str(PROGRAMS / "newer.py"), what])
    plain, traced = pair.plain, pair.traced
    assert (traced.code, traced.stdout) == (plain.code, plain.stdout) == (0, plain.stdout), traced.stderr
    assert _faults(traced.stderr) == _faults(plain.stderr)
    assert traced.breaches == []
    assert traced.trace.meta["losses"] == {}
    return pair


def _faults(stderr: str) -> list[str]:
    """Return what was printed, without what differs from run to run."""
    return [line for line in stderr.splitlines() if not line.lstrip().startswith(("File", "^", "~"))]


@since_3_14
@pytest.mark.parametrize(
    ("end", "how"), [("terminate_workers", -signal.SIGTERM), ("kill_workers", -signal.SIGKILL)]
)
def test_workers_that_their_executor_ends_lose_what_they_ran(end: str, how: int, tmp_path: Path) -> None:
    """Two tasks ran, and are lost; the others broke in the pipe, or were cancelled before it."""
    pair = both(tmp_path, end)
    assert pair.traced.tasks("double")["status"].tolist() == ["ok"] * 3
    tasks = pair.traced.tasks("stay")
    ran = tasks[tasks["run_start"].notna()]
    assert ran["status"].tolist() == ["lost"] * 2
    outcomes = (tmp_path / "traced" / "outcomes").read_text().split()
    said = {"CancelledError": "cancelled", "BrokenProcessPool": "broken"}
    assert tasks["status"].tolist()[2:] == [said[outcome] for outcome in outcomes[2:]]
    processes = pair.traced.trace.processes
    codes = set(processes.loc[processes["process"].isin(ran["process"]), "exitcode"])
    # The executor's own thread, which finds one dead, may be the first to end the other: by SIGTERM.
    assert how in codes <= {how, -signal.SIGTERM}


@since_3_14
def test_a_map_with_a_buffer_submits_in_windows(tmp_path: Path) -> None:
    """Of twelve, three are submitted at first: the fourth no earlier than the first one is delivered."""
    pair = both(tmp_path, "buffersize")
    tasks = pair.traced.tasks("double")
    for kind in ("ThreadPoolExecutor", "ProcessPoolExecutor"):
        mine = tasks[tasks["kind"] == kind].sort_values("submitted", ignore_index=True)
        assert mine["status"].tolist() == ["ok"] * 12
        assert mine["submitted"][11] >= mine["delivered"][:8].max()


@since_3_15
def test_an_interrupted_process_ends_as_untraced(tmp_path: Path) -> None:
    """Its target was left by KeyboardInterrupt, and its exit code is known."""
    pair = both(tmp_path, "interrupt")
    process = pair.traced.trace.processes.query("role == 'process'").iloc[0]
    assert process["exitcode"] in (1, -2)
    assert process["target_end"] >= process["target_start"]


@since_3_15
def test_without_a_temporary_folder_workers_are_spawned(tmp_path: Path) -> None:
    """The default falls back to spawn, which the trace says; its tasks are seen."""
    pair = both(tmp_path, "no_folder")
    assert pair.plain.stdout.startswith("spawn\n")
    workers = pair.traced.trace.processes.query("role == 'worker'")
    assert set(workers["start_method"]) == {"spawn"}
    assert pair.traced.tasks("double")["status"].tolist() == ["ok"] * 4


@since_3_14
def test_interpreters_work_as_untraced_and_their_tasks_are_recorded(tmp_path: Path) -> None:
    """Each task is a thread's, with an interpreter whose start, initializer and end are spans."""
    pair = both(tmp_path, "interpreters")
    tasks, spans = pair.traced.trace.tasks, pair.traced.trace.spans
    assert set(tasks["kind"]) == {"InterpreterPoolExecutor"}
    assert pair.traced.tasks("sqrt")["status"].tolist()[:4] == ["ok"] * 4
    assert pair.traced.tasks("int")["status"].tolist() == ["error"]
    threads = pair.traced.trace.threads.query("role == 'worker'")
    made = spans.query("category == 'interpreter' and name == 'create'")
    assert set(made["tid"]) == set(threads["tid"])
    assert (made["end"] > made["start"]).all()
    assert set(spans.query("category == 'interpreter' and name == 'close'")["tid"]) == set(threads["tid"])
    assert set(spans.query("category == 'initializer'")["name"]) == {"sqrt", "int"}
