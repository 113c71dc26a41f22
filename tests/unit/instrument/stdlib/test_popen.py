"""The end of a child, seen by several threads of its parent at once."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from tracer.instrument.core.patch import Patches
from tracer.instrument.stdlib import popen
from tracer.record import schema, session


class Watching:
    """Stands for a session: takes down what is said of children."""

    uid = "1-1"

    def __init__(self) -> None:
        self.events: list[tuple[int, int, int]] = []

    def child_event(self, birth: int, event: int, value: int) -> None:
        """Take it down."""
        self.events.append((birth, event, value))


def test_a_child_polled_by_two_threads_is_reaped_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a second thread polls to the end within the first one's poll, both get the code, one records."""

    class Popen:
        returncode: int | None = None
        depth = 0

        def poll(self) -> int:
            self.depth += 1
            if self.depth == 1:
                assert self.poll() == 3  # what another thread does while this one is in waitpid
            return 3

    module = ModuleType("popen_fork")
    module.Popen = Popen  # type: ignore[attr-defined]
    watching = Watching()
    monkeypatch.setattr(session, "current", watching)
    patches = Patches()
    popen.hook(patches, module)
    child: Any = Popen()
    child._tracer_birth = ("1-1", 5)
    assert child.poll() == 3
    assert watching.events == [(5, schema.REAPED, 3)]
    patches.restore()
