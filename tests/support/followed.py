"""Programs of libraries that start workers: run plain and traced, and their tasks counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from tests.support.programs import Ended, run_both

PIPED = (
    *("submitted", "pickle_start", "pickle_end", "sent", "wait_start", "lock_acquired", "received"),
    *("run_start", "run_end", "result_pickled", "result_sent", "result_received", "result_unpickled"),
    *("delivered", "args_bytes", "result_bytes"),
)
"""What is known of a task that went through a pipe and came back."""
THREADED = ("submitted", "wait_start", "received", "run_start", "run_end", "delivered")


def followed(folder: Path, program: str, *arguments: str, **options: Any) -> Ended:
    """Run a program (its text) plain and traced: it is not disturbed, and what is recorded is sound."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "program.py"
    path.write_text(program, encoding="utf-8")
    pair = run_both(folder, [str(path), *arguments], **options)
    plain, traced = pair.plain, pair.traced
    assert (traced.code, traced.stdout) == (plain.code, plain.stdout), traced.stderr
    assert plain.code == 0, plain.stderr
    assert traced.breaches == []
    assert traced.trace.meta["losses"] == {}
    return traced


def counted(ended: Ended) -> dict[tuple[str, str, str], int]:
    """Count the tasks by kind, function and status."""
    tasks = ended.trace.tasks
    return dict(Counter(zip(tasks["kind"], tasks["function"], tasks["status"], strict=True)))


def errors(ended: Ended, function: str) -> list[str]:
    """List the errors of the tasks of a function, as they were submitted."""
    return [str(one) for one in ended.tasks(function)["error"].dropna()]


def assert_phases(ended: Ended, columns: tuple[str, ...] = PIPED, kind: str = "") -> None:
    """Every task that returned has every stamp."""
    tasks = ended.trace.tasks
    done = tasks[(tasks["status"] == "ok") & (tasks["kind"] == (kind or tasks["kind"]))]
    assert len(done)
    missing = done[list(columns)].isna().any()
    assert not missing.any(), missing[missing].index.tolist()


def strangers(ended: Ended) -> set[str]:
    """Return the names of threads that count as the program's own, without having been started by it."""
    threads = ended.trace.threads
    return set(threads["name"][threads["role"] == "user"])
