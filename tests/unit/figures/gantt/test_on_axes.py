"""A panel on axes of the user's own, and two runs in one figure."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tests.support.figures import texts
from tests.support.traces import MS, pool_trace, turns
from tracer.cli.main import main
from tracer.figures import OptionsError
from tracer.tables import store
from tracer.traces import Trace

MADE = Trace.of(turns(4, 40, MS))


def names(figure: Figure) -> set[str | None]:
    return {artist.get_gid() for ax in figure.axes for artist in ax.collections}


@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
def test_one_panel_is_drawn_on_axes(layout: Any) -> None:
    """The lanes, if no other is named; the figure keeps its size, its other axes and the axes' title."""
    figure = Figure((11, 7), layout=layout)
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2)
    upper.set_title("mine")
    lower.plot([1, 2])
    assert MADE.gantt(ax=upper) is figure
    figure.canvas.draw()
    assert upper.get_title() == "mine"
    assert len(figure.axes) == 2
    assert figure.get_size_inches().tolist() == [11, 7]
    labels = [label.get_text() for label in upper.get_yticklabels()]
    assert any(label.startswith("ForkPoolWorker-4") for label in labels)
    assert "run" in names(figure)
    assert not any(texts(figure, gid) for gid in ("title", "legend", "footer"))


@pytest.mark.parametrize("panel", ["processes", "cores", "concurrency"])
def test_any_panel_may_be_the_one(panel: str) -> None:
    """In a part of a figure, too; a theme, a highlight and a note are honoured."""
    figure = Figure((12, 6))
    FigureCanvasAgg(figure)
    ax = figure.subfigures(1, 2)[1].subplots()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MADE.gantt(ax=ax, panels=(panel,), theme="dark", highlight="worker=1", note="5:here")
        figure.canvas.draw()
    assert texts(figure, "note") == ["here"]
    assert ax.get_facecolor()[0] < 0.2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"ax": 3}, "ax is a int: give matplotlib's Axes"),
        ({"panels": ("cores", "processes")}, "axes have room for one panel"),
        ({"side_by_side": MADE}, "axes have room for one run"),
        ({"theme": "pink"}, "no theme 'pink'"),
    ],
)
def test_what_cannot_be_drawn_on_axes_is_refused(options: dict[str, Any], said: str) -> None:
    """By an error that says what can."""
    figure = Figure()
    with pytest.raises(OptionsError, match=said):
        MADE.gantt(**{"ax": figure.subplots(), **options})


def test_two_runs_are_drawn_over_one_scale(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """In Python and on the command line, where they may come in any order with the option."""
    other = Trace.of(pool_trace(2, 8))
    figure = Trace.of(pool_trace(4, 8)).gantt(side_by_side=other, title="Both", theme="dark")
    assert texts(figure, "title") == ["Both"]
    assert len(figure.axes) == 2
    assert texts(figure, "run-head")[0] == "scenario pool4 (1)"
    for name, made in (("one", pool_trace(4, 8)), ("two", other)):
        store.save(made, tmp_path / name / "trace")
    dirs = [str(tmp_path / name) for name in ("one", "two")]
    for place, words in enumerate((["--side-by-side", *dirs], [*dirs, "--side-by-side"])):
        out = tmp_path / f"out{place}"
        assert main(["figure", *words, "--format", "svg", "--title", "Both", "--out", str(out)]) == 0
        assert ">Both<" in (out / "compare.svg").read_text()
    capfd.readouterr()
    for words, said in (
        (dirs, "figure draws one run: give one DIR, or --side-by-side"),
        (["--side-by-side", dirs[0]], "--side-by-side: give two runs"),
        (
            ["--side-by-side", *dirs, "--draw", "account"],
            "--draw: runs side by side are a figure of their own",
        ),
        (["--side-by-side", *dirs, "--note", "5:x"], "--note: is for the Gantt chart alone"),
        (["--side-by-side", *dirs, "--steps"], "--steps: the comparison is drawn at once"),
    ):
        assert main(["figure", *words]) == 2
        (line,) = capfd.readouterr().err.splitlines()
        assert said in line
