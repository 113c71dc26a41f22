"""The figure of a comparison: one time scale, each run from its own first submission on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tests.support.traces import MS, S, child, main_process, pool_trace, synthetic, trace, turns
from tracer.analysis.comparison.comparison import compare
from tracer.figures import COMPARISON, ComparedTraces, Options
from tracer.figures.comparison import captions as words
from tracer.figures.comparison.comparison import MOST
from tracer.tables.tables import Tables


def draw(traces: Sequence[Tables], options: Options | None = None, names: Sequence[str] = ()) -> Figure:
    labels = names or [f"run {number}" for number in range(len(traces))]
    return COMPARISON.draw(ComparedTraces(traces, compare(traces, labels)), options)


def zero(ax: Axes) -> float:
    """Return where on the x axis the tick that says 0 stands."""
    labels = ax.xaxis.get_major_formatter().format_ticks(ax.get_xticks())
    return float(ax.get_xticks()[list(labels).index("0")])


def test_every_run_has_the_same_scale_from_its_first_submission_on() -> None:
    """As many milliseconds before and after the zero in both, and the zero where tasks were submitted."""
    traces = [pool_trace(1, 8), pool_trace(4, 8, start_up_ns=3 * MS)]
    figure = draw(traces)
    spans = [np.array(ax.get_xlim()) - zero(ax) for ax in figure.axes]
    assert np.allclose(spans[0], spans[1])
    for ax, made in zip(figure.axes, traces, strict=True):
        assert zero(ax) == pytest.approx(made.tasks["submitted"].min() / MS)


def test_lines_mark_the_end_of_each_makespan() -> None:
    """Each run's own, and in later runs the first one's, as far from the zero as in the first."""
    figure = draw([pool_trace(1, 8), pool_trace(4, 8)])
    ends = [
        sorted(
            float(np.asarray(line.get_xdata())[0]) - zero(ax)
            for line in ax.lines
            if line.get_gid() == "makespan-end"
        )
        for ax in figure.axes
    ]
    assert ends[0] == pytest.approx([83.25])
    assert ends[1] == pytest.approx([24.6, 83.25])


def test_times_stand_only_where_they_cover_no_bar() -> None:
    """At the ends of two makespans there is room for them; six runs with four workers each are too low."""
    for traces, named in (([pool_trace(1, 8), pool_trace(4, 8)], True), ([pool_trace(4, 8)] * MOST, False)):
        said = [text for ax in draw(traces).axes for text in ax.texts if text.get_gid() == "makespan"]
        assert bool(said) == named


def test_the_subtitle_says_how_many_commands_it_leaves_out() -> None:
    """Two are named, and the others counted."""
    made = [pool_trace(2, 4, command=f"scenario {name}") for name in "abcd"]
    assert words.subtitle(compare(made, list("abcd"))).startswith("scenario a and scenario b and 2 more")


def test_the_title_is_what_changed() -> None:
    """The statement and its reason, as in the sentence."""
    compared = compare([pool_trace(1, 8), pool_trace(4, 8)], ["before", "after"])
    assert words.what_changed(compared) == (
        "after took 24.6 ms in place of 83.2 ms, 3.4 times as fast; "
        "4 workers in place of 1, each in the function for 20 ms in place of 80 ms"
    )


def test_more_runs_than_there_is_room_for_are_counted() -> None:
    """The first ones are drawn, and the footer says how many are not."""
    figure = draw([pool_trace(2, 4)] * (MOST + 2))
    assert len(figure.axes) == MOST
    assert any("not shown: 2 more runs" in text.get_text() for text in figure.texts)


EDGES = [
    [trace(), trace()],
    [trace(), pool_trace()],
    [trace((), [main_process(3, 3)]), pool_trace(1, 1)],
    [pool_trace(4, 200, task_ns=70 * S, start_up_ns=3 * S, step_ns=100 * MS), pool_trace(4, 5)],
    [synthetic(20_000, 4), synthetic(2_000, 64)],
    [turns(8, 300, MS), turns(2, 6, MS, core_source="sampled"), pool_trace(64, 64)],
    [trace((), [main_process(), *(child(n, n, 9 * MS, 20 * MS, role="process") for n in range(1, 9))])] * 4,
    [pool_trace(2, 2, losses={"journal_full": 3}), pool_trace(16, 40)],
    [pool_trace(4, 9)] * 6,
]


@pytest.mark.parametrize("traces", EDGES)
@pytest.mark.parametrize("size", [(1920, 1080), (960, 540)])
def test_nothing_is_cut_off_or_overlaps(traces: list[Tables], size: tuple[int, int]) -> None:
    """Every text lies within the figure, and header, heads, labels, legend and footer keep apart."""
    names = [f"outputs/a rather long name of a folder {number}" for number in range(len(traces))]
    figure = draw(traces, Options(size_px=size), names)
    figure.draw_without_rendering()
    renderer = FigureCanvasAgg(figure).get_renderer()
    shown = [text for text in figure.texts if text.get_text()]
    for ax in figure.axes:
        shown += [text for text in ax.texts if text.get_gid() == "run-head"]
        shown += [label for label in ax.get_yticklabels() if label.get_text()]
    shown += [label for label in figure.axes[-1].get_xticklabels() if label.get_text()]
    shown.append(figure.axes[-1].xaxis.label)
    assert not any(text.get_text().endswith("…") for text in figure.texts if text.get_gid() == "title")
    boxes = [text.get_window_extent(renderer) for text in shown]
    for text, box in zip(shown, boxes, strict=True):
        assert min(box.x0, box.y0) >= -1, text
        assert box.x1 <= size[0] + 1, text
        assert box.y1 <= size[1] + 1, text
    for i, first in enumerate(boxes):
        for j in range(i + 1, len(boxes)):
            wide = min(first.x1, boxes[j].x1) - max(first.x0, boxes[j].x0)
            high = min(first.y1, boxes[j].y1) - max(first.y0, boxes[j].y0)
            assert wide < 2 or high < 3, (shown[i].get_text(), shown[j].get_text())


def test_losses_are_in_print() -> None:
    """What a run could not record stands on the figure, with the run's name."""
    said = " ".join(text.get_text() for text in draw(EDGES[7]).texts)
    assert "run 0: not recorded: journal_full: 3" in said
    assert "no records lost" not in said


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_themes_are_drawn(theme: str) -> None:
    """Both, without a warning, and the background is the theme's."""
    figure = draw([pool_trace(), pool_trace()], Options(theme=theme))
    figure.draw_without_rendering()
    assert bool(np.mean(figure.get_facecolor()[:3]) > 0.5) == (theme == "light")
