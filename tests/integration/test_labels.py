"""What tasks work on: asked for, it is in the tables of tasks and items; else nothing is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import METHODS
from tests.support.causes import tracer
from tests.support.programs import PROGRAMS, run
from tracer.traces import load

PROGRAM = str(PROGRAMS / "labelled.py")
QUEUES = str(PROGRAMS / "labelled_queues.py")
MESSAGES = ["message 7", "message '$a$.png'", "message ('resize', 3)", "message 4 bytes", "message print"]
TASKS = [
    *("work(0) … work(1)", "work(2) … work(3)", "work(4)"),
    *("work(1.5, 'a')", "work(3 bytes, None)", "work(Opaque, other=file.txt)", "work('$x$')"),
    *("work((1, 2), other=[3])", "work(7) … work(8)", "work(dict of 1)"),
    *("work(int of 67 bits)", "work(work)"),
]
ITEMS = ["work(0)", "work(1)", "work(2)", "work(3)", "work(7)", "work(8)"]


@pytest.mark.parametrize("method", METHODS)
def test_arguments_label_tasks_and_items(tmp_path: Path, method: str) -> None:
    """Of every pool and executor of the standard library; no object is asked for its own words."""
    said = tracer("run", "--label", "args", "--quiet", "--out", tmp_path / "out", PROGRAM, method)
    assert (said.returncode, said.stderr) == (0, "")
    trace = load(tmp_path / "out")
    assert trace.tasks["label"].tolist() == TASKS
    assert trace.items["label"].tolist() == ITEMS
    assert trace.meta["losses"] == {}
    drawn = (tmp_path / "out" / "gantt.svg").read_text()
    assert "asked" not in drawn


@pytest.mark.parametrize("method", METHODS)
def test_messages_of_queues_are_labelled(tmp_path: Path, method: str) -> None:
    """Of every kind of queue, each thread's its own; a function that says it gets no function."""
    said = tracer("run", "--label", "args", "--quiet", "--out", tmp_path / "out", QUEUES, method)
    assert (said.returncode, said.stderr) == (0, "")
    trace = load(tmp_path / "out")
    labels = trace.tasks.groupby("pool")["label"].agg(lambda texts: sorted(texts.tolist()))
    assert labels.tolist() == [sorted(MESSAGES)] * 4
    by_message = trace.tasks.groupby("label")["args_bytes"].max()
    assert by_message.idxmin() == "message 7"  # the label is that of the message itself
    assert trace.meta["losses"] == {}


def test_unless_asked_for_nothing_is_kept(tmp_path: Path) -> None:
    """Arguments may be secret."""
    ended = run(tmp_path, [PROGRAM, "fork"])
    assert ended.code == 0, ended.stderr
    assert ended.trace.tasks["label"].isna().all()
    assert ended.trace.items["label"].isna().all()
    assert ended.breaches == []


def test_a_function_says_what_tasks_work_on(tmp_path: Path) -> None:
    """In the process that hands them over, whatever the start method; what it raises is seen, and no more."""
    ended = run(tmp_path, [PROGRAM, "block", str(tmp_path / "block")], traced=False)
    assert (ended.code, ended.stderr) == (0, "")
    labels = load(tmp_path / "block").tasks["label"]
    assert labels.fillna("").tolist() == ["", "label raised ZeroDivisionError", "no. 1", "no. 0.5"]


def test_a_scenario_labels_its_tasks_unless_told_not_to(tmp_path: Path) -> None:
    """A bundled one; its bars say what they are."""
    for words, labels in (
        ([], [f"square({number})" for number in range(1, 6)]),
        (["--label", "none"], [""] * 5),
    ):
        said = tracer("scenario", "pool4", "--quiet", "--force", "--out", tmp_path / "out", *words)
        assert said.returncode == 0, said.stderr
        assert load(tmp_path / "out").tasks["label"].fillna("").tolist() == labels
        assert ("square(5)</" in (tmp_path / "out" / "gantt.svg").read_text()) == bool(not words)
