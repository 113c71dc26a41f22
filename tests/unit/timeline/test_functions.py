"""Functions on lanes: short names, and stretches of a lane that are one function's."""

from __future__ import annotations

import pytest

from tests.support.traces import MS, child, main_process, task, trace
from tracer.timeline import view_of
from tracer.timeline.functions import short_names


def test_names_are_short_and_told_apart() -> None:
    """The last part of a qualified name, with its class where another has the same."""
    assert short_names(["a.b.load", "main.<locals>.work"]) == ["load", "work"]
    assert short_names(["a.Cat.run", "a.Dog.run", "stop"]) == ["Cat.run", "Dog.run", "stop"]


def test_a_stretch_is_one_functions() -> None:
    """Two of `load` behind one another on a lane, then one of `work`; on the other lane one of `load`."""
    ran = [(1, 10, 20, "a.load"), (1, 25, 30, "a.load"), (1, 30, 40, "a.work"), (2, 10, 20, "a.load")]
    rows = [
        task(n, process, start * MS, end * MS, 0, function=function)
        for n, (process, start, end, function) in enumerate(ran)
    ]
    made = view_of(trace(rows, [main_process(), child(1, 0, MS, 50 * MS), child(2, 0, MS, 50 * MS)])).chart
    assert made.functions is not None
    found = made.functions.stretches(made.bars, (0, 100 * MS), 1.0)
    assert [(one.lane, one.function, one.tasks.tolist()) for one in found] == [
        (1, "load", [0, 1]),
        (1, "work", [2]),
        (2, "load", [3]),
    ]
    assert found[0].covered == pytest.approx(15 / 20)
    assert [one.function for one in made.functions.stretches(made.bars, (32 * MS, 99 * MS), 1.0)] == ["work"]
    assert len(made.functions.stretches(made.bars, (0, 100 * MS), 15 * MS)) == 1


def test_one_function_needs_no_name() -> None:
    """The title and the subtitle say what runs."""
    made = view_of(trace([task(0, 1, MS, 2 * MS)], [main_process(), child(1, 0, MS, 9 * MS)])).chart
    assert made.functions is None
