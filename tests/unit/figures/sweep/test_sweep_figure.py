"""The figure of a sweep: points where they were measured, curves where they were worked out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tests.support.sweeps import swept
from tests.support.traces import MS
from tracer.analysis.sweep.sweep import Sweep
from tracer.figures import SWEEP, MeasuredSweep, Options


def draw(made: Sweep, command: str = "run a.py", options: Options | None = None) -> Figure:
    return SWEEP.draw(MeasuredSweep(made, command), options)


USUAL = swept({1: [100, 120, 104], 2: [55, 60, 54], 4: [33, 30, 31], 8: [30, 34, 31]})


def line(figure: Figure, gid: str) -> Line2D:
    (found,) = [one for one in figure.axes[0].lines if one.get_gid() == gid]
    return found


def test_points_stand_at_their_medians_and_every_run_is_there() -> None:
    """In milliseconds, over their values; the ring is around the knee."""
    figure = draw(USUAL)
    measured = line(figure, "measured")
    assert np.asarray(measured.get_xdata()).tolist() == [1, 2, 4, 8]
    assert np.allclose(np.asarray(measured.get_ydata(), float), [104, 55, 31, 31])
    assert len(np.asarray(line(figure, "run").get_xdata())) == 12
    assert np.asarray(line(figure, "knee").get_xdata()).tolist() == [4]
    assert figure.axes[0].get_ylim()[0] == 0


def test_curves_are_drawn_as_they_were_worked_out() -> None:
    """Ideal, ideal on the cores and the model's, each by its own name; none where there is none."""
    figure = draw(USUAL)
    assert np.allclose(np.asarray(line(figure, "ideal").get_ydata(), float), [104, 52, 26, 13])
    assert np.allclose(np.asarray(line(figure, "capped").get_ydata(), float), [104, 52, 26, 26])
    assert np.allclose(np.asarray(line(figure, "predicted").get_ydata(), float), [114.4, 57.2, 28.6, 14.3])
    legend = figure.axes[0].get_legend()
    assert legend is not None
    named = [text.get_text() for text in legend.get_texts()]
    assert named == [
        "measured: median, range",
        "smallest within 5 % of the best",
        "model, from the runs with 1",
        "ideal on 4 cores",
        "ideal",
    ]
    bare = draw(swept({1: [9], 2: [8]}, curves=False))
    assert not [one for one in bare.axes[0].lines if one.get_gid() in ("ideal", "capped", "predicted")]
    assert any("no curve of the model" in text.get_text() for text in bare.texts)


def test_what_was_left_out_is_in_print() -> None:
    """With its value, its number and its exit code."""
    figure = draw(swept({1: [100, 0], 2: [50, 50]}))
    assert any("Left out: 1 run 2 (exit code 3)" in text.get_text() for text in figure.texts)


def test_names_stand_side_by_side_and_no_line_joins_them() -> None:
    """One place each; no ring where ranges overlap, one around the fastest else; what they are is data."""
    made = swept({"fork": [100, 120], "$x^2$": [90, 101], "[red]": [300, 400]}, "--how", curves=False)
    figure = draw(replace(made, predicted=(("fork", 110 * MS), ("[red]", 500 * MS))))
    measured = line(figure, "measured")
    assert np.asarray(measured.get_xdata()).tolist() == [0, 1, 2]
    assert measured.get_linestyle() == line(figure, "predicted").get_linestyle() == "None"
    assert np.asarray(line(figure, "predicted").get_xdata()).tolist() == [0, 2]
    assert not [one for one in figure.axes[0].lines if one.get_gid() == "knee"]
    assert figure.axes[0].get_ylim()[1] > 500
    figure.draw_without_rendering()
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert [label.replace(r"\$", "$") for label in labels] == ["fork", "$x^2$", "[red]"]
    clear = draw(swept({"a": [200], "b": [100]}, "--how", curves=False))
    assert np.asarray(line(clear, "knee").get_xdata()).tolist() == [1]


EDGES = [
    USUAL,
    swept({3: [100]}),
    swept({1: [100], 2: [0]}),
    swept({1: [10_000], 1024: [3]}, "--chunksize"),
    swept({0.25: [1], 0.5: [2], 0.75: [3]}, "--a-very-long-name-of-an-option-of-a-program", curves=False),
    swept({value: [100 / value + 20] for value in range(1, 25)}),
    swept({-4: [5, 6], 0: [6, 7], 4: [0.0001, 8]}, "--level", curves=False),
    swept({1000: [100, 0], 100_000: [50, 80]}),
    swept({"fork": [100, 0], "spawn": [50, 80], "forkserver": [10_000]}, "--start-method", curves=False),
    swept({"x" * 100 + str(number): [100 + number] for number in range(20)}, "--how", curves=False),
    swept({"only": [100]}, "--how", curves=False),
]


@pytest.mark.parametrize("made", EDGES)
@pytest.mark.parametrize("size", [(1920, 1080), (960, 540)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_cut_off_or_overlaps(made: Sweep, size: tuple[int, int], theme: str) -> None:
    """Every text lies within the figure, and header, legend, ticks and footer keep apart."""
    figure = draw(made, "scenario " + "x" * 80, Options(size_px=size, theme=theme))
    figure.draw_without_rendering()
    renderer = FigureCanvasAgg(figure).get_renderer()
    (ax,) = figure.axes
    legend = ax.get_legend()
    assert legend is not None
    low, high = ax.get_ylim()
    ticks = zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
    shown = [text for text in figure.texts if text.get_text()]
    shown += [label for place, label in ticks if low <= place <= high and label.get_text()]
    shown += [*legend.get_texts(), ax.xaxis.label, ax.yaxis.label]
    shown += [label for label in ax.get_xticklabels() if label.get_text()]
    assert not any(text.get_text().endswith("…") for text in figure.texts if text.get_gid() == "title")
    boxes = [text.get_window_extent(renderer) for text in [*shown, *ax.texts]]
    for text, box in zip([*shown, *ax.texts], boxes, strict=True):
        assert min(box.x0, box.y0) >= -1, text
        assert box.x1 <= size[0] + 1, text
        assert box.y1 <= size[1] + 1, text
    for i, first in enumerate(boxes[: len(shown)]):
        for j in range(i + 1, len(shown)):
            wide = min(first.x1, boxes[j].x1) - max(first.x0, boxes[j].x0)
            high = min(first.y1, boxes[j].y1) - max(first.y0, boxes[j].y0)
            assert wide < 2 or high < 3, (shown[i].get_text(), shown[j].get_text())
