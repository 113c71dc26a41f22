"""What went wrong is said first, of programs in which it is known by construction.

The programs are `programs/causes/worker_died.py`, `unguarded.py`, `tasks_failed.py` and `process_failed.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.causes import FOLDER, record, tracer
from tests.support.programs import Ended, run
from tracer import run_folder
from tracer.analysis import summarize
from tracer.analysis.findings import CODES, headline
from tracer.analysis.sentence import sentence
from tracer.record.kinds import RERAISES

WRONG = CODES[: CODES.index("tiny-tasks")]


@dataclass(frozen=True)
class Case:
    """A program, what it prints, the first code and what its title says; "" where nothing went wrong."""

    words: str
    prints: str
    code: str
    title: str
    lost: int = 0


CASES = [
    Case(
        "worker_died", "gave up", "worker-died", "A worker ended with exit code 1 (SystemExit) in part()", 1
    ),
    Case("worker_died --killed", "gave up", "worker-died", "A worker was ended by SIGKILL in part()", 1),
    Case("worker_died --executor", "broken", "worker-died", "A worker was ended by SIGKILL in part()", 1),
    Case("worker_died --idle", "stuck\n1", "worker-died", "took the lock of the task queue along"),
    Case("worker_died --initializer", "gave up", "worker-died", "died in the initializer (ConnectionError)"),
    Case("worker_died --threads", "gave up", "worker-died", "A thread ended in part(): task 3 was lost", 1),
    Case(
        "worker_died --unpickling", "gave up", "worker-died", "(TypeError) unpickling the arguments of part()"
    ),
    Case("worker_died --stopped", "gave up", "", ""),
    Case("worker_died --fixed", "6", "", ""),
    Case("unguarded", "gave up", "worker-died", '`if __name__ == "__main__":` is missing'),
    Case("unguarded import", "gave up", "worker-died", "died in the import of the main module (ImportError)"),
    Case(
        "unguarded process", "1", "process-failed", '`if __name__ == "__main__":` is missing: 1 process died'
    ),
    Case("tasks_failed", "finished", "tasks-failed", "All 10 tasks failed with TypeError"),
    Case("tasks_failed --unpicklable", "finished", "tasks-failed", "All 10 tasks could not be pickled"),
    Case("tasks_failed --few", "finished", "tasks-failed", ""),
    Case("tasks_failed --unread", "gave up", "tasks-failed", "answer of code() could not be unpickled: its"),
    Case("tasks_failed --callback", "gave up", "tasks-failed", "ended while it delivered task 1, and main"),
    Case(
        "tasks_failed --broken",
        "BrokenProcessPool",
        "tasks-failed",
        "An answer of code() could not be unpickled: the executor broke",
    ),
    Case("tasks_failed --iterable", "LookupError 10", "tasks-failed", ""),
    Case("process_failed", "1 -15", "process-failed", "Process-1 ended with exit code 1 (ValueError)"),
    Case("process_failed --fixed", "0 -15", "", ""),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_it_is_said_first_and_once(case: Case, tmp_path: Path) -> None:
    """The program goes as it would; the first finding, the title and the numbers say what became of it."""
    program, *options = case.words.split()
    ended = record(tmp_path, program, *options)
    assert (ended.code, ended.stdout.strip()) == (0, case.prints), ended.stderr
    assert ended.breaches == []
    assert ended.trace.meta["losses"] == {}
    findings = diagnose(ended.out)
    codes = [one["code"] for one in findings]
    if not case.code:
        assert not set(codes) & set(WRONG), findings
        assert not summarize(ended.trace).failed
        assert not summarize(ended.trace).lost_by
        return
    assert codes[0] == case.code, findings
    assert "healthy" not in codes
    title = headline(ended.trace)
    assert title is not None
    assert case.title in title.headline
    assert sum(summarize(ended.trace).lost_by.values()) == case.lost


def test_what_an_iterable_raised_is_no_tasks_failure(tmp_path: Path) -> None:
    """Ten tasks were made of it, and all went well; the eleventh message has another function."""
    ended = record(tmp_path, "tasks_failed", "--iterable")
    assert ended.trace.tasks["function"].value_counts().to_dict() == {"abs": 10, RERAISES: 1}
    finding = diagnose(ended.out)[0]
    assert finding["title"] == "an iterable raised LookupError when 10 tasks had been made of it"
    assert finding["evidence"]["failed"] == 0


def test_the_wait_for_nothing_is_measured(tmp_path: Path) -> None:
    """Main waited 1 s for the result of a worker that was gone, and nothing is said about speed."""
    ended = record(tmp_path, "worker_died")
    if ended.trace.meta["core_source"] != "kernel":
        pytest.skip("without the kernel's switches it is not known whether main waited")
    (finding,) = diagnose(ended.out)
    assert 0.1 <= finding["seconds"] <= summary_wall(ended)  # on a busy machine it dies late
    assert finding["evidence"]["tasks"] == [3]
    assert finding["evidence"]["processes"][0]["error"] == "SystemExit"
    assert "main waited" in finding["what"]


def test_the_lock_that_a_dead_worker_held_is_measured(tmp_path: Path) -> None:
    """The next worker waited for it from its start on, for much of that with a task to take."""
    finding = diagnose(record(tmp_path, "worker_died", "--idle").out)[0]
    assert finding["evidence"]["task"] == 2
    assert finding["seconds"] >= 0.1
    assert finding["evidence"]["lock_wait_seconds"] >= finding["seconds"]


def test_what_its_pool_has_ended_has_not_died(tmp_path: Path) -> None:
    """Tasks in the hands of a pool that is terminated are stopped: no word of a worker's death."""
    ended = record(tmp_path, "worker_died", "--stopped")
    summary = summarize(ended.trace)
    assert sum(summary.stopped_by.values()) == summary.tasks_lost == 2
    assert "2 tasks were stopped" in sentence(summary)
    assert "died" not in sentence(summary)


SOURCES = [
    ("worker_died", "worker-died"),
    ("worker_died --idle", "worker-died"),
    ("worker_died --initializer", "worker-died"),
    ("tasks_failed", "tasks-failed"),
    ("process_failed", "process-failed"),
]


@pytest.mark.thorough
@pytest.mark.parametrize("source", ["sampled", "stamps"])
@pytest.mark.parametrize(("words", "code"), SOURCES, ids=[words for words, _ in SOURCES])
def test_it_is_said_without_the_kernels_switches(words: str, code: str, source: str, tmp_path: Path) -> None:
    """Who died, how and with which task needs no slices; who waited is left out without them."""
    program, *options = words.split()
    path = FOLDER / f"{program}.py"
    ended = run(tmp_path, [str(path), *options], options=(f"--cores={source}",))
    run_folder.save_trace(ended.trace, ended.out)
    finding = diagnose(ended.out)[0]
    assert finding["code"] == code
    if source == "stamps" and words == "worker_died":
        assert finding["seconds"] == 0
        assert "waited" not in finding["what"]


def summary_wall(ended: Ended) -> float:
    """Return how many seconds the program took."""
    return (summarize(ended.trace).wall_ns or 0) / 1e9


def diagnose(out: Path) -> list[dict[str, Any]]:
    """Return the findings of a run."""
    ended = tracer("diagnose", out, "--json")
    assert ended.returncode == 0, ended.stderr
    findings: list[dict[str, Any]] = json.loads(ended.stdout)["findings"]
    return findings
