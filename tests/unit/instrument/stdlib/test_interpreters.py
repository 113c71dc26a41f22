"""The hooks on interpreters' workers, on a `WorkerContext` of ours: any Python will do."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tracer.instrument.core.patch import Patches
from tracer.instrument.stdlib import interpreters
from tracer.record import schema, session
from tracer.tables.journals import read


class Failed(Exception):
    """What goes wrong."""


def context(fails_in: str = "") -> Any:
    """Return a class as `concurrent.futures.interpreter` has it, which fails in one of its steps."""

    class WorkerContext:
        def __init__(self, initdata: Any) -> None:
            self.initdata, self.interp = initdata, None

        def initialize(self) -> None:
            if fails_in == "create":
                raise Failed
            self.interp = object()  # type: ignore[assignment]
            if self.initdata:
                self.run(self.initdata)

        def finalize(self) -> None:
            self.interp = None

        def run(self, task: Any) -> Any:
            if fails_in == "run":
                raise Failed
            return task[0](*task[1])

    return WorkerContext


@pytest.fixture
def hooked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a maker of hooked classes, and of what they have recorded: (category, name) each."""
    current = session.Session({"folder": str(tmp_path)}, {"role": "main", "name": "m"})
    monkeypatch.setattr(session, "current", current)
    patches = Patches()

    def make(fails_in: str = "") -> Any:
        found = context(fails_in)
        interpreters.hook(patches, SimpleNamespace(WorkerContext=found))  # type: ignore[arg-type]
        return found

    def spans() -> list[tuple[str | None, str | None]]:
        found = read(tmp_path)
        names = {number: text for (_, number), text in found.names.items()}
        return [(names[row[5]], names[row[2]]) for row in found.kind(schema.SPAN).words.tolist()]

    make.spans = spans  # type: ignore[attr-defined]
    yield make
    patches.restore()


def test_an_interpreter_is_made_and_closed(hooked: Any) -> None:
    """A span each; of one that is not there any more no second end."""
    worker = hooked()(None)
    worker.initialize()
    worker.finalize()
    worker.finalize()
    assert hooked.spans() == [("interpreter", "create"), ("interpreter", "close")]


def test_an_initializer_is_apart_from_the_interpreter_that_it_runs_in(hooked: Any) -> None:
    """It runs once, by the class's own method, and is named."""
    calls: list[int] = []
    worker = hooked()((calls.append, (1,)))
    worker.initialize()
    assert calls == [1]
    assert "run" not in vars(worker)
    assert hooked.spans() == [("interpreter", "create"), ("initializer", "list.append")]


@pytest.mark.parametrize(
    ("step", "spans"),
    [
        ("create", [("interpreter", "create")]),
        ("run", [("interpreter", "create"), ("initializer", "int")]),
    ],
)
def test_what_goes_wrong_is_raised_without_our_frames(
    step: str, spans: list[tuple[str, str]], hooked: Any
) -> None:
    """The exception of an interpreter that cannot be made, or of its initializer, is as it was."""
    worker = hooked(step)((int, ("1",)))
    with pytest.raises(Failed) as raised:
        worker.initialize()
    assert Path(interpreters.__file__) not in {Path(entry.path) for entry in raised.traceback}
    assert "run" not in vars(worker)
    assert hooked.spans() == spans
