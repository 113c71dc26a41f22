"""The panel of concurrency: what it counts by name, and a line of cores that is never a block."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from tests.support.figures import texts
from tests.support.traces import MS, child, pool_trace, turns
from tracer.figures import GANTT
from tracer.tables import definitions


def test_tasks_and_processes_together_are_functions() -> None:
    """What runs in either is one: the axis does not leave open what it counts."""
    made = pool_trace(2, 4)
    process = definitions.PROCESSES.from_rows([child(9, 0, 5 * MS, 20 * MS, role="process")])
    columns = pd.concat([made.processes, process], ignore_index=True)
    assert GANTT.draw(made).axes[-1].get_ylabel() == "tasks\nrunning"
    assert GANTT.draw(replace(made, processes=columns)).axes[-1].get_ylabel() == "functions\nrunning"


@pytest.mark.parametrize(("turn", "slice_ms", "averaged"), [(25, 10, False), (2, 1, True)])
def test_cores_that_change_too_often_to_be_seen_are_averaged(
    turn: int, slice_ms: int, averaged: bool
) -> None:
    """The same eight slices: far apart they are drawn as they were, close together as means."""
    made = turns(
        1, 2000 // slice_ms, slice_ms * MS, on=lambda _, number: number % turn == 0 and number < 8 * turn
    )
    (notes,) = texts(GANTT.draw(made, detail=True), "notes")
    assert ("means" in notes) == averaged


def test_a_value_that_is_held_for_less_than_a_line_is_wide_is_averaged() -> None:
    """It would be drawn as a spike: much higher than it was long."""
    made = turns(1, 4000, MS // 2, on=lambda _, number: number % 1000 == 0)
    (notes,) = texts(GANTT.draw(made, detail=True), "notes")
    assert "means" in notes
