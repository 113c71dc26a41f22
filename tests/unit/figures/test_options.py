"""What every figure lets its user choose: size by name, words, legend."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.text import Text

from tests.support.figures import texts
from tests.support.traces import pool_trace
from tracer.figures import ACCOUNT, GANTT, PHASES, Options
from tracer.figures.options import SIZES, OptionsError

LONG = "Four workers took square(1) to square(4); square(5) went to ForkPoolWorker-1, the first to be free"


@pytest.mark.parametrize("kind", [GANTT, ACCOUNT, PHASES], ids=lambda kind: kind.name)
def test_an_empty_title_is_none(kind: Any) -> None:
    """So is an empty subtitle; the panels get the room. Without both, a figure has words of its own."""
    own = kind.draw(pool_trace())
    bare = kind.draw(pool_trace(), title="", subtitle="")
    assert texts(own, "title")
    assert texts(own, "subtitle")
    assert texts(bare, "title") == texts(bare, "subtitle") == []
    assert bare.axes[0].get_position().y1 > own.axes[0].get_position().y1


def test_words_are_data() -> None:
    """A title on one line, whatever is in it; nothing in it is markup."""
    figure = GANTT.draw(pool_trace(), title="$x^2$\n is\tsquare", subtitle="$y$")
    figure.draw_without_rendering()
    assert texts(figure, "title") == ["$x^2$ is square"]
    assert texts(figure, "subtitle") == ["$y$"]


def test_without_a_legend_the_panels_are_higher() -> None:
    """Its room is theirs; the footer stays."""
    with_one, without = (GANTT.draw(pool_trace(), legend=where) for where in ("below", "none"))
    assert texts(with_one, "legend")
    assert texts(without, "legend") == []
    assert texts(without, "footer") == texts(with_one, "footer")
    assert without.axes[-1].get_position().y0 < with_one.axes[-1].get_position().y0


@pytest.mark.parametrize("name", SIZES)
def test_a_size_by_name_cuts_nothing_off(name: str) -> None:
    """Text is as large on half a slide as on the whole; all of it lies within the figure, whole."""
    figure = GANTT.draw(pool_trace(), size_px=name, title=LONG)
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    assert (width, height) == SIZES[name][0]
    assert " ".join(texts(figure, "title")) == LONG
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent()
            assert -1 <= box.x0 <= box.x1 <= width + 1, text
            assert -1 <= box.y0 <= box.y1 <= height + 1, text
    assert not [line for line in texts(figure, "footer") if line.endswith("…")]


def test_half_a_slide_has_the_slides_text() -> None:
    """So two halves beside each other look like one slide."""
    assert Options(size_px="half").dpi == Options().dpi == Options(size_px="square").dpi == 144
    assert Options(size_px="half").pixels == (960, 1080)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"size_px": "huge"}, "no size 'huge': choose from slide, half, square, column"),
        ({"legend": "left"}, "no legend 'left': choose from below, none"),
    ],
)
def test_what_there_is_not_is_refused(wrong: dict[str, Any], said: str) -> None:
    """By an error that says what there is."""
    with pytest.raises(OptionsError, match=said):
        Options(**wrong)
