"""One timeline under all views: a figure, the terminal, the report and an export say the same of a trace.

The live view, which has no tables yet, is held against theirs in tests/unit/live.
"""

from __future__ import annotations

import io
import json
import re

import pytest

from tests.support.figures import rectangles, texts
from tests.support.traces import MS
from tests.unit.report.test_packing import unpacked
from tests.unit.report.test_timeline import bars, made, two_workers
from tracer.export import chrome
from tracer.figures import GANTT
from tracer.looks.palette import STYLE
from tracer.looks.themes import DARK, LIGHT
from tracer.report import page
from tracer.timeline.activity import activity, workers
from tracer.timeline.kinds import RUNS

RUN_MS = {"ForkPoolWorker-1": 10 + 4, "ForkPoolWorker-2": 20}


def test_how_long_each_worker_ran() -> None:
    """As the trace has it: added up from the rectangles of the figure, the terminal's bars, the report's."""
    of = two_workers()
    figure = GANTT.draw(of, panels=("processes",), zoom=False)
    drawn: dict[str, float] = {}
    for kind in ("run", "error"):
        for x0, x1, y0, _ in rectangles(figure, kind).tolist():
            lane = "ForkPoolWorker-1" if y0 < rectangles(figure, "run")[:, 2].max() else "ForkPoolWorker-2"
            drawn[lane] = drawn.get(lane, 0.0) + x1 - x0
    assert drawn == pytest.approx(RUN_MS, rel=0.01)
    found = activity(of, workers(of), 80)
    assert found is not None
    assert {lane.name: ns / MS for lane, ns in zip(found.lanes, found.run_ns, strict=True)} == RUN_MS
    shown, blob = made(of)
    reported: dict[str, float] = {}
    for lane, kind, start, end, _ in bars(shown, blob):
        if kind in RUNS:
            reported[lane] = reported.get(lane, 0.0) + (end - start) * shown["unit_ns"] / MS
    assert reported == pytest.approx(RUN_MS, abs=1e-5)
    assert exported() == pytest.approx(RUN_MS, abs=1e-5)


def exported() -> dict[str, float]:
    """How long each worker ran, by Chrome's file: the slices "run" within the tasks' own."""
    file = io.BytesIO()
    chrome.write(two_workers(), file)
    events = json.loads(file.getvalue())["traceEvents"]
    names = {one["pid"]: one["args"]["name"] for one in events if one["name"] == "process_name"}
    found: dict[str, float] = {}
    for one in events:
        if one["ph"] == "X" and one["name"].startswith("run"):
            found[names[one["pid"]]] = found.get(names[one["pid"]], 0.0) + one["dur"] / 1e3
    return found


def test_lanes_tasks_and_colours_have_one_name_and_look() -> None:
    """Lanes in one order, workers' numbers, tasks' numbers or labels, colours of both themes."""
    of = two_workers()
    figure = GANTT.draw(of, panels=("processes",), zoom=False)
    shown, blob = made(of)
    (ax,) = figure.axes
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == [
        f"{lane['name']} · {lane['pid']}" if not lane["hidden"] else lane["name"] for lane in shown["lanes"]
    ]
    assert texts(figure, "chip") == [str(lane["number"]) for lane in shown["lanes"] if lane["number"]]
    assert unpacked(blob, shown["tasks"]["number"]) == of.tasks["task"].tolist()
    for kind in shown["kinds"]:
        if kind["name"] in STYLE:
            look = STYLE[kind["name"]]
            assert (kind["light"]["fill"], kind["dark"]["fill"]) == (LIGHT.fill(look), DARK.fill(look))
            assert (kind["label"], kind["hatch"]) == (look.label, look.hatch[:1])


def test_all_are_titled_by_the_same_finding() -> None:
    """What went wrong, here."""
    of = two_workers()
    (data,) = re.findall(r'id="data">(.*?)</script>', page(of), re.DOTALL)
    figure = GANTT.draw(of, **GANTT.suggest(of))
    assert " ".join(texts(figure, "title")) == json.loads(data)["title"]
