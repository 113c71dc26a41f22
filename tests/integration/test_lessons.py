"""What a scenario says of a run is what its trace holds: worked out here in another way, in two runs each."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.causes import tracer
from tracer.traces import load


def _ms(time_ns: Any) -> str:
    return f"{time_ns / 1e6:.0f} ms"


def _fifth(trace: Any) -> list[str]:
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


def _memory_isolation(trace: Any) -> list[str]:
    return ["Every process found [] in the global list", "the last thread found [1, 2, 3]"]


def _straggler(trace: Any) -> list[str]:
    *_, other, last = trace.tasks.sort_values("run_end").itertuples()
    alone = last.run_end - max(other.run_end, last.run_start)
    return [f"took {_ms(last.run_end - last.run_start)}", f"{_ms(alone)} of them alone"]


def _oversubscribed(trace: Any) -> list[str]:
    rows = list(trace.tasks.itertuples())
    had = sum(row.cpu_ns for row in rows) / len(rows)
    took = sum(row.run_end - row.run_start for row in rows) / len(rows)
    cores = len(trace.meta["affinity"])
    return [f"{4 * cores} workers on {cores} cores", f"tasks of {_ms(had)}", f"took {_ms(took)}"]


def _pool(trace: Any) -> list[str]:
    rows = trace.processes.query("role == 'worker'")["process"]
    done = [str((trace.tasks["process"] == one).sum()) for one in rows]
    return ["4 workers took 20 tasks", f"{', '.join(done[:-1])} and {done[-1]}"]


def _lock(trace: Any) -> list[str]:
    waits = trace.spans.query("category == 'lock'")
    waited = sum(
        wait.end - wait.start
        for task in trace.tasks.itertuples()
        for wait in waits[waits["process"] == task.process].itertuples()
        if task.run_start <= wait.start < task.run_end
    )
    return [f"{_ms(waited)} were waiting for it"]


def _crash(trace: Any) -> list[str]:
    (lost,) = (one for one in trace.tasks.query("status == 'lost'").itertuples() if one.task == 6)
    name = trace.processes.set_index("process")["name"][lost.process]
    return [f"{name} was killed in task 6", f"{(trace.tasks['status'] == 'ok').sum()} of 8 results"]


HOLDS = {
    "pool4": _fifth,
    "executor4": _fifth,
    "process1": _process1,
    "processes4": _processes4,
    "memory_isolation": _memory_isolation,
    "straggler": _straggler,
    "oversubscribed": _oversubscribed,
    "pool": _pool,
    "lock": _lock,
    "crash": _crash,
}


def scenario(name: str, out: Path) -> tuple[str, Any]:
    """Run a scenario; return its lesson and its trace."""
    said = tracer("scenario", name, "--out", out)
    assert said.returncode == 0, said.stderr
    trace: Any = load(out)
    lesson = str(trace.meta["headline"])
    assert " ".join(lesson.split()[:2]) in (out / "gantt.svg").read_text()
    return lesson, trace


@pytest.mark.parametrize("run", ["first", pytest.param("second", marks=pytest.mark.by_hand)])
@pytest.mark.parametrize("name", HOLDS)
def test_a_lesson_is_what_was_measured(name: str, run: str, tmp_path: Path) -> None:
    """It is the title of the figure, and is in `meta.json`."""
    lesson, trace = scenario(name, tmp_path / "out")
    for part in HOLDS[name](trace):
        assert part in lesson


PRINTED = {
    # How many times the program prints itself, and which of them the lesson has.
    "serialization": slice(0, 2),
    "communication": slice(0, 4),
    "speedup": slice(0, 2),
    "threads_vs_processes": slice(0, 2),
    "threads_vs_processes_io": slice(1, 3),
    "start_methods": slice(0, 6, 2),
    "chunksize": slice(0, 2),
    "pinned": slice(0, 2),
    "machineries": slice(0, 3),
}
LATER_MS = 20
STAGES = {"communication": 4, "start_methods": 3}
STAGES["machineries"] = 3 if sys.version_info >= (3, 14) else 2


@pytest.mark.parametrize("run", ["first", pytest.param("second", marks=pytest.mark.by_hand)])
@pytest.mark.parametrize("name", PRINTED)
def test_a_lesson_is_what_the_program_measured_itself(
    name: str, run: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its stages are brackets on the figure; the program's own clock says the same of them."""
    lesson, trace = scenario(name, tmp_path / "out")
    printed = capfd.readouterr().out
    seconds = re.findall(r"\b(\d+\.\d{3,}) s\b", printed)[PRINTED[name]]
    times = re.findall(r"\b(\d+) ms\b", lesson)[-len(seconds) :]
    own = [1000 * float(one) for one in seconds]
    for said, measured in zip(map(int, times), sorted(own) if name == "communication" else own, strict=True):
        # A span is within what the program measures, and may have been put off its core at either end.
        assert said <= measured + (LATER_MS if name == "start_methods" else 1)
        assert said >= 0.9 * measured - LATER_MS
    assert (trace.spans["category"] == "user").sum() == STAGES.get(name, 2)
    drawn = (tmp_path / "out" / "gantt.svg").read_text()
    assert drawn.count('id="stage-name') == STAGES.get(name, 2)


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
