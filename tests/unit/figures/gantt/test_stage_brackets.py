"""Stages as brackets over the Gantt chart."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text

from tests.support.traces import MAIN_PID, MS, main_process, pool_trace
from tracer.figures import GANTT
from tracer.tables import definitions


def drawn(*stages: tuple[str, float, float], **options: Any) -> Any:
    """A chart with these stages (name, start and end in ms)."""
    made = pool_trace(4, 8, task_ns=20 * MS)
    place = {"process": main_process()["process"], "tid": MAIN_PID, "category": "user"}
    rows = [{**place, "name": name, "start": int(a * MS), "end": int(b * MS)} for name, a, b in stages]
    return GANTT.draw(replace(made, spans=definitions.SPANS.from_rows(rows)), **options)


def names(figure: Any) -> list[Text]:
    """What is written above the brackets."""
    return [text for text in figure.findobj(Text) if text.get_gid() == "stage-name"]


def test_each_has_its_duration_and_ratio() -> None:
    """Beside the first one; a bracket is as long as its stage, and its edges go through all panels."""
    figure = drawn(("pickled", 0, 40), ("shared", 45, 55))
    assert [text.get_text() for text in names(figure)] == ["pickled: 40 ms", "shared: 10 ms, 4.0× as fast"]
    brackets = [line for line in figure.findobj(Line2D) if line.get_gid() == "stage"]
    ends = [(min(line.get_xdata()), max(line.get_xdata())) for line in brackets]
    assert ends == [pytest.approx((0, 40), abs=0.2), pytest.approx((45, 55), abs=0.2)]
    edges = figure.findobj(lambda one: one.get_gid() == "stage-edge")
    assert len(edges) == len(figure.axes) == 3


@pytest.mark.parametrize(
    ("second", "said"), [((40, 120), "b: 80 ms, 2.0× as long"), ((40, 81), "b: 41 ms, as long")]
)
def test_what_is_said_of_a_stage_that_is_not_faster(second: tuple[float, float], said: str) -> None:
    """It took longer, or as long."""
    assert names(drawn(("a", 0, 40), ("b", *second)))[1].get_text() == said


def test_names_stand_side_by_side() -> None:
    """However short the stages are."""
    figure = drawn(*((f"stage $x_{number}$ \n", 2 * number, 2 * number + 1) for number in range(6)))
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in names(figure)]
    assert len(boxes) == 6
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    assert boxes[-1].x1 <= figure.axes[0].get_window_extent().x1 + 1


def test_a_name_that_is_markup_is_text() -> None:
    """It is the program's own."""
    assert names(drawn(("$x_0$\n", 0, 40)))[0].get_text() == "$x_0$: 40 ms"


def test_a_window_shows_its_stages() -> None:
    """With their whole durations; without any, nothing is kept free for them."""
    figure = drawn(("a", 0, 40), ("b", 45, 55), window_ms=(30, 42))
    assert [text.get_text() for text in names(figure)] == ["a: 40 ms"]
    assert names(drawn()) == []
