"""The zero of a run's picture."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.traces import MAIN_PID, MS, task, trace
from tracer.analysis.structure.zero import TRACE_BEGAN, Zero, zero
from tracer.timeline import view_of

MAIN = {"process": 1, "pid": MAIN_PID, "role": "main", "started": 1 * MS}
WORKER = {"process": 2, "pid": MAIN_PID + 2, "role": "worker", "start_called": 7 * MS, "started": 9 * MS}
IMPORT = {"process": 1, "pid": MAIN_PID, "category": "import", "start": 4 * MS, "end": 6 * MS}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ({"processes": [MAIN]}, TRACE_BEGAN),
        ({"processes": [MAIN, WORKER]}, Zero(7 * MS, "the first process was started")),
        ({"processes": [MAIN, WORKER], "spans": [IMPORT]}, Zero(4 * MS, "the first import began")),
        (
            {"processes": [MAIN], "spans": [{**IMPORT, "category": "lock"}]},
            Zero(4 * MS, "the first step was recorded"),
        ),
        (
            {"processes": [MAIN, WORKER], "tasks": [{**task(1, 2, 20 * MS, 30 * MS), "submitted": 3 * MS}]},
            Zero(3 * MS, "the first task was submitted"),
        ),
    ],
    ids=["nothing", "process", "import", "step", "task"],
)
def test_it_is_the_first_that_is_shown(rows: dict[str, Any], found: Zero) -> None:
    """And the picture begins there, but for a margin."""
    made = trace(**rows)
    assert zero(made) == found
    if found is not TRACE_BEGAN:
        window = view_of(made).windows[0]
        assert window.zero == found
        assert window.start_ns + 0.012 / 1.024 * window.length_ns == pytest.approx(found.ns)
