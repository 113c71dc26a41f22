"""Stages: which spans divide a run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.traces import MAIN_PID, MS, main_process, trace
from tracer.analysis.structure.stages import MOST, stages
from tracer.timeline import view_of


def span(name: str, start: int, end: int | None, **changes: Any) -> dict[str, Any]:
    """A span of main's first thread, in milliseconds."""
    until = None if end is None else end * MS
    place = {"process": main_process()["process"], "tid": MAIN_PID, "category": "user"}
    return {**place, "name": name, "start": start * MS, "end": until, **changes}


@pytest.mark.parametrize(
    ("spans", "found"),
    [
        ([], []),
        ([span("b", 20, 30), span("a", 5, 10)], ["a", "b"]),
        ([span("a", 5, 10), span("inside", 6, 7), span("b", 10, 30)], ["a", "b"]),
        ([span("all", 1, 90), span("a", 5, 10), span("inside", 6, 7), span("b", 10, 30)], ["a", "b"]),
        ([span("all", 1, 90)], ["all"]),
        ([span("all", 1, 90), span("a", 5, 10)], ["a"]),
        ([span("a", 5, 10), span("elsewhere", 20, 30, tid=77)], ["a"]),
        ([span("a", 5, 10), span("lock", 20, 30, category="lock")], ["a"]),
        ([span("not ended", 5, None)], ["not ended"]),
        ([span("step", 2 * at, 2 * at + 1) for at in range(MOST + 1)], []),
    ],
    ids=[
        *("none", "in order", "outermost", "in one", "one", "one in one", "of main", "the program's own"),
        *("open", "in a loop"),
    ],
)
def test_stages_are_the_outermost_spans_of_main(spans: list[dict[str, Any]], found: list[str]) -> None:
    """And those within a single one that holds all."""
    made = trace(processes=[main_process(0, 100 * MS)], spans=spans)
    assert [stage.name for stage in stages(made)] == found
    assert all(stage.length_ns > 0 for stage in stages(made))


def test_what_is_bracketed_is_no_span_of_a_lane() -> None:
    """A span is drawn once."""
    made = trace(processes=[main_process(0, 100 * MS)], spans=[span("a", 5, 10), span("b", 20, 90)])
    shown = view_of(made, brackets=True)
    assert [stage.name for stage in shown.stages] == ["a", "b"]
    assert shown.chart.spans == ()
    assert [len(group) for group in view_of(made).chart.spans] == [2]
    assert shown.windows == view_of(made).windows
