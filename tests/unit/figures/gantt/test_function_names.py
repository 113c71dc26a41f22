"""Functions by name on the chart, where there are several."""

from __future__ import annotations

import pytest

from tests.support.figures import texts
from tests.support.traces import MS, pool_trace
from tracer.figures import GANTT
from tracer.tables.tables import Tables


def of_two_functions(tasks: int, task_ns: int) -> Tables:
    """Make a run of which the second half of the tasks calls another function."""
    made = pool_trace(2, tasks, task_ns)
    made.tasks["function"] = ["a.load"] * (tasks // 2) + ["a.$work$"] * (tasks - tasks // 2)
    return made


def test_a_bar_with_room_has_the_functions_name() -> None:
    """Before its task's number."""
    figure = GANTT.draw(of_two_functions(4, 50 * MS))
    assert sorted(texts(figure, "number")) == ["$work$ 2", "$work$ 3", "load 0", "load 1"]
    assert texts(figure, "function") == []


@pytest.mark.parametrize("tasks", [80, 600])
def test_bars_without_room_share_a_name(tasks: int) -> None:
    """Each lane has both names once, and over them no numbers."""
    figure = GANTT.draw(of_two_functions(tasks, 5 * MS))
    assert sorted(texts(figure, "function")) == ["$work$", "$work$", "load", "load"]
    assert texts(figure, "number") == []


def test_one_function_is_not_named() -> None:
    """Its bars have numbers alone."""
    assert sorted(texts(GANTT.draw(pool_trace(2, 4, 50 * MS)), "number")) == ["0", "1", "2", "3"]
