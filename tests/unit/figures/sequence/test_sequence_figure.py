"""The sequence diagram: what it says of a task, and where."""

from __future__ import annotations

import pytest

from tests.support.figures import texts
from tests.support.traces import MS, child, hidden_threads, main_process, pool_trace, task, trace
from tracer.figures import SEQUENCE, OptionsError
from tracer.tables.tables import Tables


def test_the_title_is_what_the_time_was_made_of() -> None:
    """Waiting, running, and the rest; each step is named with its time, and its bytes."""
    figure = SEQUENCE.draw(pool_trace(), task=2)
    assert texts(figure, "title") == [
        "Task 2 took 10.4 ms: 100 µs waiting, 10 ms in square, 350 µs on its way"
    ]
    assert "pickle 50 µs, 60 B" in texts(figure, "step")
    assert "square 10 ms" in texts(figure, "step")
    assert texts(figure, "time")[0] == "0.000"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("lost", "Task 1 was lost with its worker: square"),
        ("cancelled", "Task 1 was cancelled: square"),
        (
            "error",
            "Task 1 took 2.01 ms: 2 µs waiting, 2 ms in square, which raised ValueError, 7 µs on its way",
        ),
    ],
)
def test_the_title_says_how_a_task_ended(status: str, said: str) -> None:
    """Where it did not end well."""
    row = task(1, 1, 10 * MS, 12 * MS, 1000, status=status, error="ValueError" if status == "error" else None)
    people = [main_process(0, 90 * MS), child(1, 0, 1 * MS, 80 * MS)]
    figure = SEQUENCE.draw(trace([row], people, hidden_threads(0, 80 * MS)), task=1)
    assert " ".join(texts(figure, "title")) == said


def test_names_of_the_program_are_no_markup_and_give_way() -> None:
    """A long one is cut, so that its time stays to be read."""
    row = task(1, 1, 10 * MS, 12 * MS, function="m.$\\frac{1}$" + "x" * 80)
    people = [main_process(0, 90 * MS), child(1, 0, 1 * MS, 80 * MS, name="$\\bad{" + "w" * 80)]
    figure = SEQUENCE.draw(trace([row], people, hidden_threads(0, 80 * MS)))
    (label,) = [text for text in texts(figure, "step") if text.startswith("$")]
    assert label.endswith("… 2 ms")
    figure.canvas.draw()


def test_a_run_without_tasks_is_said_to_have_none() -> None:
    """And a number that is none is refused."""
    assert texts(SEQUENCE.draw(Tables()), "nothing") == ["no task was seen from its call to its result"]
    with pytest.raises(OptionsError, match="no task 7"):
        SEQUENCE.draw(pool_trace(), task=7)
