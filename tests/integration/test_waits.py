"""Waits for locks, events and the others are spans, and each kind of span can be left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tracer
from tests.integration.conftest import Both
from tests.support.programs import PROGRAMS, run
from tracer.errors import TracerError

CALLS = {
    "event": {"Event"},
    "barrier": {"Barrier"},
    "lock": {"Lock", "Semaphore"},
    "condition": {"Condition"},
    "manager": {"dict.__setitem__", "Queue.put"},
    "pipe": {"recv"},
}


def of_children(trace: Any) -> Any:
    """Return the spans of the two children."""
    spans, processes = trace.spans, trace.processes
    return spans[spans["process"].isin(processes.loc[processes["name"].isin(["a", "b"]), "process"])]


def test_every_wait_is_a_span(both: Both, method: str) -> None:
    """What the children waited for has spans of its category and name; the program is as untraced."""
    pair = both("waits", method)
    assert (pair.traced.stdout, pair.traced.stderr) == (pair.plain.stdout, pair.plain.stderr)
    assert pair.traced.code == pair.plain.code == 0
    assert pair.traced.breaches == []
    spans = of_children(pair.traced.trace)
    for category, names in CALLS.items():
        of_category = set(spans.loc[spans["category"] == category, "name"])
        assert names <= of_category, category


def test_a_lock_that_was_held_was_waited_for(both: Both, method: str) -> None:
    """Of two that took a lock by `acquire`, one waited as long as the other held it."""
    spans = of_children(both("waits", method).traced.trace)
    locks = spans[(spans["category"] == "lock") & (spans["name"] == "Lock")]
    assert (locks["end"] - locks["start"]).max() > 20_000_000


def test_kinds_of_spans_can_be_left_out(tmp_path: Path) -> None:
    """`--no-spans` leaves out what it names, and tasks of queues with them; the others stay."""
    options = ("--no-spans", "lock,manager,pipe", "--cores=stamps")
    ended = run(tmp_path, [str(PROGRAMS / "waits.py"), "fork"], whole=True, options=options)
    assert ended.code == 0
    categories = set(ended.trace.spans["category"])
    assert not categories & {"lock", "manager", "pipe"}
    assert {"event", "barrier", "condition", "join"} <= categories


def test_without_queues_there_are_no_tasks_of_theirs(tmp_path: Path) -> None:
    """A program with hand-written workers has plain processes where queues are left out."""
    program = [str(PROGRAMS / "queues.py"), "queue", "fork"]
    ended = run(tmp_path, program, whole=True, options=("--no-spans", "queue", "--cores=stamps"))
    assert ended.code == 0
    assert len(ended.trace.tasks) == 0
    assert (ended.trace.processes["role"] == "process").sum() == 2
    assert ended.trace.meta["no_spans"] == ["queue"]


def test_a_kind_that_is_none_is_refused(tmp_path: Path) -> None:
    """A block that names a kind of span that there is not says so, and begins nothing."""
    block = tracer.trace(tmp_path / "out", no_spans=["locks"])
    with pytest.raises(TracerError, match="no category of spans: locks; there are user"):
        block.__enter__()
    assert not (tmp_path / "out").exists()


def test_the_command_refuses_it_too(tmp_path: Path) -> None:
    """So does the command, in one line, with exit code 2."""
    program = [str(PROGRAMS / "waits.py"), "fork"]
    ended = run(tmp_path, program, whole=True, options=("--no-spans", "locks"))
    assert ended.code == 2
    assert "locks is none of user" in ended.stderr
