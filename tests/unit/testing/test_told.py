"""What is told of the runs of a session of pytest, and what where they cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracer.testing import told
from tracer.testing.told import Run, Told


class Reporter:
    """Takes what is printed in pytest's summary."""

    def __init__(self) -> None:
        self.printed: list[tuple[str, bool]] = []

    def section(self, title: str) -> None:
        self.printed.append((f"= {title}", False))

    def write_line(self, line: str, red: bool = False) -> None:
        self.printed.append((line, red))


def tell(monkeypatch: pytest.MonkeyPatch, code: str, failed: str = "") -> list[tuple[str, bool]]:
    """What is printed of two runs, which code in place of ours reads."""
    monkeypatch.setattr(told, "_START", code)
    it, reporter = Told(), Reporter()
    it.runs += [Run("test_a.py::test_one", Path("/x/one")), Run("test_a.py::test_two", Path("/x/two"))]
    it.tell(reporter, failed)  # type: ignore[arg-type]
    it.tell(reporter, "")  # type: ignore[arg-type]
    return reporter.printed


def test_a_line_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """In their order, once; of one that started nothing there is none; what failed comes after."""
    code = 'print(\'{"nothing": true}\'); print(\'{"said": ["3 tasks", ""], "failed": ["figure: no room"]}\')'
    assert tell(monkeypatch, code) == [
        ("= tracer", False),
        ("test_a.py::test_two  3 tasks  /x/two", False),
        ("tracer: test_a.py::test_two: figure: no room", True),
    ]


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "import os; os.abort()", "print('{no JSON')"])
def test_runs_that_cannot_be_read_are_named(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """And how to draw them, whatever the process that reads them dies of."""
    _, (line, red), *_ = tell(monkeypatch, code)
    assert line.startswith(
        "tracer: test_a.py::test_one and 1 more: not read; `python -m tracer figure /x/one`"
    )
    assert red


def test_without_anything_to_say_nothing_is_printed() -> None:
    """No section of an empty summary; a session that could not be recorded is one line."""
    reporter = Reporter()
    Told().tell(reporter)  # type: ignore[arg-type]
    assert reporter.printed == []
    Told().tell(reporter, "no room")  # type: ignore[arg-type]
    assert reporter.printed == [("= tracer", False), ("tracer: no room", True)]
