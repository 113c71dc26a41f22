"""What holds for every figure, whatever it shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from tests.support.figures import texts
from tests.support.sweeps import swept
from tests.support.traces import MS, S, main_process, pool_trace, trace
from tracer.analysis.comparison.comparison import compare
from tracer.analysis.model import Change, WhatIf
from tracer.figures import (
    ACCOUNT,
    FIGURES,
    OF_A_TRACE,
    PHASES,
    SEQUENCE,
    ComparedTraces,
    FigureKind,
    MeasuredSweep,
    Options,
    PredictedRun,
)
from tracer.figures.options import texts_of
from tracer.looks.themes import THEMES
from tracer.tables.tables import Tables

Kind = FigureKind[Any, Any]


def predicted() -> PredictedRun:
    """Two workers in place of four, above the run with four."""
    run, change = pool_trace(4, 8), Change(workers=2)
    model = WhatIf(run)
    assert model.load is not None
    schedule = model.schedule(change)
    began, length = model.load.origin_ns, model.measured_ns
    return PredictedRun("workers 2", model(change), schedule, run, "before", began, length, False)


RUNS = {
    "four workers": pool_trace(),
    "one task": pool_trace(1, 1),
    "64 workers": pool_trace(64, 200),
    "an hour": pool_trace(8, 40, task_ns=700 * S),
    "a microsecond": pool_trace(2, 4, task_ns=300, start_up_ns=400, step_ns=20),
    "nothing": Tables(),
    "main alone": trace([], [main_process(0, 10 * MS)]),
}
PAIR = [pool_trace(1, 8), pool_trace(4, 8)]
OTHER: dict[str, Any] = {
    "compare": ComparedTraces(PAIR, compare(PAIR, ["before", "after"])),
    "sweep": MeasuredSweep(swept({1: [100], 2: [60]}), "run a.py"),
    "whatif": predicted(),
}


def subject(kind: Kind) -> Any:
    return OTHER.get(kind.name, RUNS["four workers"])


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", FIGURES, ids=lambda kind: kind.name)
def test_every_figure_honours_the_shared_options(kind: Kind, theme: str) -> None:
    """Theme, size and title are every figure's; the title is the one that was given."""
    figure = kind.draw(subject(kind), theme=theme, size_px=(1280, 720), title="As I say")
    assert texts(figure, "title") == ["As I say"]
    assert (figure.get_size_inches() * figure.dpi).round().tolist() == [1280, 720]
    ground = to_rgba(figure.get_facecolor())
    assert (ground[3] == 0) == THEMES[theme].transparent
    assert THEMES[theme].transparent or bool(np.mean(ground[:3]) > 0.5) == (not THEMES[theme].dark)


@pytest.mark.parametrize("kind", FIGURES, ids=lambda kind: kind.name)
def test_a_figure_says_what_it_shows(kind: Kind) -> None:
    """It has a name of its own, a sentence for the help, and a title of its own where none is given."""
    assert [each.name for each in FIGURES].count(kind.name) == 1
    assert kind.help
    assert kind.title.startswith("the ")
    assert texts(kind.draw(subject(kind)), "title")


@pytest.mark.parametrize("kind", OF_A_TRACE, ids=lambda kind: kind.name)
def test_what_a_trace_suggests_are_options(kind: Kind) -> None:
    """What a figure takes from a trace without being asked are fields of its options."""
    assert kind.options(**kind.suggest(RUNS["four workers"]))


def test_options_of_one_name_are_given_in_one_way() -> None:
    """Two figures that have an option of the same name or flag mean the same by it."""
    every = [item for kind in FIGURES for item in texts_of(kind.options).items()]
    names, flags = {name for name, _ in every}, {text.flag for _, text in every}
    assert len(names) == len(flags) == len({(name, text.flag) for name, text in every})
    assert {"theme", "size_px", "title", "subtitle", "legend", "detail"} == set(texts_of(Options))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", [ACCOUNT, PHASES, SEQUENCE])
@pytest.mark.parametrize("name", RUNS)
def test_no_text_is_cut_off(kind: Kind, name: str, theme: str) -> None:
    """Whatever the run, every text lies within the figure."""
    figure = kind.draw(RUNS[name], theme=theme)
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent()
            assert -1 <= box.x0 <= box.x1 <= width + 1, text
            assert -1 <= box.y0 <= box.y1 <= height + 1, text


@pytest.mark.parametrize("kind", [ACCOUNT, PHASES, SEQUENCE])
@pytest.mark.parametrize("name", ["four workers", "64 workers", "an hour"])
def test_no_label_lies_over_another(kind: Kind, name: str) -> None:
    """Labels of lanes and phases, and the numbers beside them, keep apart."""
    figure = kind.draw(RUNS[name])
    figure.canvas.draw()
    shown = [
        t
        for t in figure.findobj(Text)
        if t.get_gid() in ("lane", "phase", "number", "wall", "party", "step", "time")
    ]
    boxes = [text.get_window_extent() for text in shown if text.get_text()]
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])
