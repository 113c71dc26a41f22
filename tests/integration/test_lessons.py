"""What a scenario says of a run is what its trace holds: worked out here in another way, in two runs each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.causes import tracer
from tracer.traces import load


def _ms(time_ns: Any) -> str:
    return f"{time_ns / 1e6:.0f} ms"


def _pool4(trace: Any) -> list[str]:
    by_number = trace.tasks.sort_values("submitted", kind="stable").reset_index()
    worker = trace.processes.set_index("process")["name"][by_number["process"].iloc[4]]
    ended = by_number["run_end"]
    first = by_number["process"][ended.iloc[:4].idxmin()] == by_number["process"].iloc[4]
    return [f"square(5) went to {worker}{', the first that was free' if first else ''}"]


def _process1(trace: Any) -> list[str]:
    child = trace.processes.query("role == 'process'").iloc[0]
    span = trace.spans.query("category == 'join'").iloc[0]
    return [
        f"Child took {_ms(child.target_start - child.start_called)} to start",
        f"ran {_ms(child.target_end - child.target_start)}",
        f"join held main for {_ms(span.end - span.start)}",
    ]


def _processes4(trace: Any) -> list[str]:
    lives = trace.processes.query("role == 'process'")
    at_once = [
        ((lives["target_start"] <= begin) & (lives["target_end"] > begin)).sum()
        for begin in lives["target_start"]
    ]
    return [f"up to {max(at_once)} ran at once, on {len(trace.meta['affinity'])} cores"]


def _serialization(trace: Any) -> list[str]:
    ends = trace.tasks.groupby("function")["delivered"].max()
    pickled = ends["checksum_of_argument"] - trace.tasks["submitted"].min()
    shared = ends["checksum_of_shared_memory"] - ends["checksum_of_argument"]
    return [f"pickled: {_ms(pickled)}", f"memory: {_ms(shared)}", f"{pickled / shared:.1f} times"]


def _communication(trace: Any) -> list[str]:
    rows = trace.processes.query("role == 'process'").itertuples()
    took = sorted((one.target_end - one.target_start, one.name) for one in rows)
    assert len(took) == 4
    return [", ".join(f"{name} {_ms(time)}" for time, name in took)]


def _speedup(trace: Any) -> list[str]:
    took = []
    for pool in (1, 2):
        tasks = trace.tasks[trace.tasks["pool"] == pool]
        workers = trace.processes["process"].isin(tasks["process"])
        took.append(tasks["delivered"].max() - trace.processes["start_called"][workers].min())
    return [_ms(took[0]), _ms(took[1]), f"{took[0] / took[1]:.1f} times as fast"]


def _memory_isolation(trace: Any) -> list[str]:
    return ["Every process found [] in the global list", "the last thread found [1, 2, 3]"]


HOLDS = {
    "pool4": _pool4,
    "process1": _process1,
    "processes4": _processes4,
    "serialization": _serialization,
    "communication": _communication,
    "speedup": _speedup,
    "memory_isolation": _memory_isolation,
}


@pytest.mark.parametrize("run", ["first", "second"])
@pytest.mark.parametrize("name", HOLDS)
def test_a_lesson_is_what_was_measured(name: str, run: str, tmp_path: Path) -> None:
    """It is the title of the figure, and is in `meta.json`."""
    said = tracer("scenario", name, "--out", tmp_path / "out")
    assert said.returncode == 0, said.stderr
    trace: Any = load(tmp_path / "out")
    lesson = trace.meta["headline"]
    for part in HOLDS[name](trace):
        assert part in lesson
    drawn = (tmp_path / "out" / "gantt.svg").read_text()
    assert " ".join(lesson.split()[:2]) in drawn


def test_a_lesson_that_fails_is_one_line(tmp_path: Path) -> None:
    """The run is whole without it, and the program's own steps do not run twice."""
    file = tmp_path / "mine.py"
    file.write_text(
        "print('once', flush=True)\n"
        "def main(n: int = 1) -> None:\n    print('ran')\n"
        "def headline(trace):\n    return 1 / 0\n"
    )
    said = tracer("scenario", file, "--out", tmp_path / "out")
    assert said.returncode == 0
    assert [line for line in said.stderr.splitlines() if "headline(trace) raised ZeroDivisionError" in line]
    assert "headline" not in load(tmp_path / "out").meta
    assert (tmp_path / "out" / "gantt.png").is_file()
